import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byteLength, byteLimit } from '../../src/render/budget.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import type { BoardRow } from '../../src/render/view.ts';
import { inCases } from '../support/in-cases.ts';
import { hostile } from './hostile.ts';
import { all, linkableText, textOf, toPage } from './parse.ts';
import { attribute, resource, row, summary, view } from './samples.ts';

const { board } = createRenderer();

const states = [
  'queued',
  'running',
  'planned',
  'applied',
  'failed',
  'cancelled',
  'superseded',
  'unresolved',
  'waiting',
  'unplanned',
  'applying',
] as const;

const hostileRow: fc.Arbitrary<BoardRow> = fc
  .record({
    name: hostile(),
    dir: hostile(),
    workspace: hostile(),
    state: fc.constantFrom(...states),
    next: hostile(),
    planned: fc.boolean(),
    addresses: fc.array(hostile(), { maxLength: 4 }),
    value: hostile(),
    action: fc.constantFrom(
      'create' as const,
      'update' as const,
      'delete' as const,
      'replace' as const,
      'move' as const,
    ),
    output: fc.option(hostile(30)),
    words: fc.option(hostile()),
    url: hostile(),
  })
  .map((raw) => {
    const plan = summary(
      raw.addresses.map((address) =>
        resource(raw.action, address, [attribute(raw.value, raw.value, address, true)], {
          previousAddress: address,
        }),
      ),
      [{ name: raw.value, action: 'update', before: raw.value, after: null }],
    );
    return row(raw.name, raw.state, {
      dir: raw.dir,
      workspace: raw.workspace,
      next: raw.next,
      ...(raw.planned ? { summary: plan } : {}),
      output: raw.output,
      problem:
        raw.words === null
          ? null
          : { code: 'tool-failed', sentence: raw.words, advice: raw.value, details: raw.output ?? '' },
      holder: { pullNumber: 4, url: `https://forge.example/${raw.url}` },
    });
  });

inCases(100, 1_000)('whatever users and tools write, the comment keeps its shape', (numRuns) => {
  fc.assert(
    fc.property(fc.array(hostileRow, { maxLength: 4 }), hostile(), hostile(), (rows, baseRef, reason) => {
      const body = board(view(rows, { baseRef, skipped: [{ name: reason, reason }] }));
      expect(byteLength(body)).toBeLessThanOrEqual(byteLimit);
      const tree = toPage(body);
      const top = (tree.children ?? []).filter(({ type }) => type === 'element');
      const allowed = new Set(['h3', 'p', 'table', 'blockquote', 'ul', 'details']);
      expect(top.filter(({ tagName }) => !allowed.has(tagName ?? ''))).toEqual([]);
      // Every fold stands on the outermost level, so none was closed early or left open.
      expect(all(tree, 'details')).toHaveLength(top.filter(({ tagName }) => tagName === 'details').length);
      const columns = body.includes('| Other |') ? 8 : 7;
      for (const tr of all(tree, 'tr'))
        expect(tr.children?.filter(({ type }) => type === 'element')).toHaveLength(columns);
      if (rows.length > 0) expect(all(tree, 'tr')).toHaveLength(rows.length + 1);
      expect(top.at(-1) && textOf(top.at(-1) ?? tree)).toContain('lists the commands');
      for (const tag of ['script', 'img', 'h1', 'h2', 'input', 'svg']) expect(all(tree, tag)).toHaveLength(0);
      expect(all(tree, 'a').every((one) => textOf(one) === '#4')).toBe(true);
      expect(linkableText(tree)).not.toMatch(/@[a-z\d]|#\d|GH-\d|:\/\/|www\./i);
    }),
    { numRuns },
  );
});

test.each(['|', '`', '<', 'é', '🙂', '@a', 'x\n', '\u202e', '`|', '\\|`', '`a`|'])(
  'however long everything is, the comment fits: %j',
  (part) => {
    const text = part.repeat(1200);
    const problem = { code: 'tool-failed' as const, sentence: text, advice: text, details: text };
    const plan = summary([resource('delete', text, [attribute(text, text, text, true)])]);
    const more = { dir: text, workspace: text, next: text, output: text, problem, summary: plan };
    for (const many of [1, 3, 40]) {
      const rows = Array.from({ length: many }, (_, index) =>
        row(text, index % 2 === 0 ? 'unresolved' : 'failed', more),
      );
      const skipped = Array.from({ length: many }, () => ({ name: text, reason: text }));
      expect(byteLength(board(view(rows, { baseRef: text, problem, skipped })))).toBeLessThanOrEqual(
        byteLimit,
      );
    }
  },
);
