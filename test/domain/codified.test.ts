import { describe, expect, test } from 'vitest';
import { bringsSecret, readable, refusedPath, tooMuch } from '../../src/domain/drift/codified.ts';
import { repoPath, root } from '../../src/domain/repo-path.ts';

describe('a path that a tool wrote to', () => {
  test.each([
    ['people/people.yaml', 'people', true],
    ['people/more/list.txt', 'people', true],
    ['main.tf', '.', true],
    ['peoples/people.yaml', 'people', false],
    ['people.yaml', 'people', false],
    ['people/../x', 'people', false],
    ['people/tidegate.yaml', 'people', false],
    ['CodeOwners', '.', false],
    ['people/.gitattributes', 'people', false],
    ['people/.GitHub/workflows/x.yml', 'people', false],
    ['people/a\u202eb', 'people', false],
  ])('%s, of a project in %s: %s', (path, dir, isTaken) => {
    expect(refusedPath(path, dir === '.' ? root : repoPath(dir)) === null).toBe(isTaken);
  });
});

describe('a secret', () => {
  const hide = (text: string) => text.replaceAll(/hunter2|one\ntwo/g, '***');
  test.each<readonly [string, string | null, string | null, boolean]>([
    ['is new', 'a\n', 'a\nkey: hunter2\n', true],
    ['is in a new file', null, 'hunter2', true],
    ['was there before, and its line stays', 'key: hunter2\n', 'b\nkey: hunter2\n', false],
    ['was there before, and comes to another line', 'key: hunter2\n', 'key: hunter2\nother: hunter2\n', true],
    ['goes over lines of which one was there', 'two\n', 'one\ntwo\n', true],
    ['goes with its file', 'key: hunter2\n', null, false],
  ])('%s', (_what, before, after, isBrought) => {
    expect(bringsSecret({ before, after }, hide)).toBe(isBrought);
  });
});

test('text is what people read as it stands, byte for byte', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  for (const text of ['', 'é\r\n\tx', '\ufeffa']) expect(readable(bytes(text))).toBe(text);
  for (const text of ['\u0000', '\u001b[2K', 'a\u202eb']) expect(readable(bytes(text))).toBeNull();
  expect(readable(Uint8Array.of(0xff))).toBeNull();
});

test('what nobody could read is too much', () => {
  const file = (after: string) => ({ path: 'a', before: null, after });
  expect(tooMuch([file('x')])).toBeNull();
  expect(tooMuch(Array.from({ length: 51 }, () => file('x')))).toContain('51 files');
  expect(tooMuch(Array.from({ length: 5 }, () => file('x'.repeat(1024 * 1024))))).toContain('4 MB');
});
