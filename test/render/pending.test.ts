import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha } from '../../src/domain/ids.ts';
import type { Pending, PendingEnding } from '../../src/domain/pending.ts';
import { byteLength, byteLimit } from '../../src/render/budget.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import type { PendingView } from '../../src/render/view.ts';
import { ada, keyOf, repo } from '../store/samples.ts';
import { hostile } from './hostile.ts';
import { all, parse, textOf } from './parse.ts';
import { row, view } from './samples.ts';

const { board, pushCheck } = createRenderer();

const pending = (name: string, more: Partial<Pending> = {}): Pending => ({
  repo,
  project: keyOf('network'),
  name,
  branch: 'main',
  commit: sha('a'.repeat(40)),
  before: sha('b'.repeat(40)),
  commits: 2,
  forced: false,
  by: ada,
  at: 0,
  ended: null,
  ...more,
});

const shown = (more: Partial<PendingView> = {}): PendingView => ({
  name: 'network',
  branch: 'main',
  commits: 2,
  commit: sha('a'.repeat(40)),
  forced: false,
  login: 'ada',
  plan: 'contains',
  ...more,
});

const boardOf = (pendings: readonly PendingView[]): string =>
  board({ ...view([row('network', 'planned')]), pendings });

describe('the checks of a commit that was pushed without a pull request', () => {
  const endings = (...ended: readonly (PendingEnding | null)[]) =>
    ended.map((one) => pending('p', { ended: one }));

  test.each([
    [endings(null), 'action_required', 'Pushed without a pull request: 1 project is pending'],
    [
      endings(null, 'applied', null),
      'action_required',
      'Pushed without a pull request: 2 projects are pending',
    ],
    [
      [pending('p', { forced: true, commits: 0 })],
      'action_required',
      'Pushed over the branch without a pull request: 1 project is pending',
    ],
    [endings('applied', 'merged'), 'success', 'Pushed without a pull request: nothing is pending any more'],
    [endings('gone'), 'success', 'Pushed without a pull request: nothing is pending any more'],
    [endings('merged', 'merged'), 'success', 'Part of a merged pull request: nothing is pending'],
  ] as const)('%#: %s', (rows, conclusion, title) => {
    expect(pushCheck(rows)).toMatchObject({ status: 'completed', conclusion, title, text: null });
  });

  test('name projects up to a number, and say what is to be done while something is', () => {
    const { summary } = pushCheck(Array.from({ length: 30 }, (_, at) => pending(`p${at}`)));
    expect(all(parse(summary), 'listItem')).toHaveLength(20);
    expect(summary).toContain('And 10 projects more.');
    expect(summary).toContain('`/plan -p NAME`');
    expect(pushCheck([pending('p', { ended: 'applied' })]).summary).not.toContain('/plan');
  });

  test('keep their shape whatever people called things', () => {
    fc.assert(
      fc.property(hostile(), hostile(), hostile(), (name, branch, login) => {
        const { summary, title } = pushCheck([pending(name, { branch, by: { ...ada, login } })]);
        const page = parse(summary);
        expect(all(page, 'list')).toHaveLength(1);
        expect(all(page, 'listItem')).toHaveLength(1);
        for (const type of ['link', 'image', 'heading', 'blockquote', 'code'])
          expect(all(page, type)).toEqual([]);
        expect(title.length).toBeLessThanOrEqual(200);
        expect(byteLength(summary)).toBeLessThan(byteLimit);
      }),
      { numRuns: 40 },
    );
  });
});

describe('the board of a pull request whose projects have something pending', () => {
  test.each([
    [
      shown(),
      '`main` has 2 commits of a push without a pull request (`aaaaaaaaaaaa` by @ada) that concern `network` and are not applied; this plan contains them.',
    ],
    [
      shown({ commits: 1, login: null, plan: 'older' }),
      '`main` has 1 commit of a push without a pull request (`aaaaaaaaaaaa`) that concerns `network` and is not applied; the plan here is from before it.',
    ],
    [
      shown({ commits: 0, forced: true, plan: 'none' }),
      '`main` was pushed over without a pull request (`aaaaaaaaaaaa` by @ada), and what that changed of `network` is not applied; its plan will contain it.',
    ],
  ] as const)('says so: %#', (one, words) => {
    const text = boardOf([one]);
    expect(all(parse(text), 'paragraph').map(textOf)).toContain(
      words.replaceAll('`', '').replace('@', '@\u200b'),
    );
    // Nobody is called by it.
    expect(text).not.toContain('@ada');
  });

  test('a few by name, the others by number', () => {
    const text = boardOf(Array.from({ length: 8 }, () => shown()));
    expect(text.match(/this plan contains them/g)).toHaveLength(5);
    expect(text).toContain('The same holds for 3 more projects.');
  });

  test('keeps its shape whatever people called things', () => {
    const plain = all(parse(boardOf([shown()])), 'paragraph').length;
    fc.assert(
      fc.property(hostile(), hostile(), hostile(), (name, branch, login) => {
        const page = parse(boardOf([shown({ name, branch, login })]));
        expect(all(page, 'paragraph')).toHaveLength(plain);
        for (const type of ['link', 'image', 'list', 'blockquote']) expect(all(page, type)).toEqual([]);
        expect(all(page, 'heading')).toHaveLength(1);
      }),
      { numRuns: 40 },
    );
  });
});
