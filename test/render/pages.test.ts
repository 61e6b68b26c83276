import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lasted, moment, sized } from '../../src/render/pages/moments.ts';

const folder = new URL('../../src/render/templates/pages/', import.meta.url);
const templates = readdirSync(folder).map(
  (name) => [name, readFileSync(new URL(name, folder), 'utf8')] as const,
);

test.each(templates)('%s puts every value where escaping makes it text', (_name, template) => {
  expect(template).not.toMatch(/\{\{\{|\{\{~?&/);
  // Inside a tag a value stands between quotes, alone or behind words of ours, and never in a name.
  for (const [tag] of template.matchAll(/<[a-z][^>]*>/g)) {
    const bare = tag.replaceAll(/"[^"]*"/g, '""').replaceAll(/\{\{[#/](?:if|unless)[^}]*\}\}/g, '');
    expect(bare).not.toContain('{{');
    expect(tag).not.toMatch(/\s(?:on\w+|style|srcdoc)=/);
    // An address begins with a path of ours, or is one that the server made of the forge's.
    for (const [, address = ''] of tag.matchAll(/(?:href|action|src)="([^"]*)"/g))
      expect(address).toMatch(
        /^(?:\{\{(?:\.\.\/)*base\}\}|#(?:step|change)-|\{\{(?:\w+\.)?(?:pull|commit|issue)Url\}\}$)/,
      );
  }
  expect(template).not.toMatch(/<script(?! src="\{\{base\}\}\/assets\/[a-z]+\.js" defer><\/script>)|<style/);
});

test('times and sizes are words that people read', () => {
  expect(moment(Date.UTC(2026, 10, 1, 8, 7, 2))).toEqual({
    iso: '2026-11-01T08:07:02.000Z',
    words: '1 Nov 2026, 08:07:02 UTC',
  });
  expect([-5, 340, 9_940, 59_400, 125_000, 7_800_000].map(lasted)).toEqual([
    '0.0 s',
    '0.3 s',
    '9.9 s',
    '59 s',
    '2 min 5 s',
    '2 h 10 min',
  ]);
  expect([0, 999, 40_400, 1_540_000].map(sized)).toEqual(['0 bytes', '999 bytes', '40 kB', '1.5 MB']);
});
