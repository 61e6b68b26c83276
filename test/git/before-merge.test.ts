import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sha, sha } from '../../src/domain/ids.ts';
import { createHouse, type House, repo } from './house.ts';

/** Times are seconds. */
interface Written {
  readonly on: readonly Sha[];
  readonly message: string;
  readonly writtenAt: number;
  readonly committedAt?: number;
}

describe('what the base branch was right before a merge', () => {
  let house: House;
  let number = 0;
  beforeAll(async () => {
    house = await createHouse();
  });
  afterAll(() => house.close());

  const commit = ({ on, message, writtenAt, committedAt = writtenAt }: Written): Sha => {
    const tree = house.author.git(
      ['mktree'],
      `100644 blob ${house.author.git(['hash-object', '-w', '--stdin'], `${message} ${writtenAt}`)}\ta.tf\n`,
    );
    const text = [
      `tree ${tree}`,
      ...on.map((parent) => `parent ${parent}`),
      `author Ada <ada@example.invalid> ${writtenAt} +0000`,
      `committer GitHub <noreply@github.example> ${committedAt} +0000`,
      '',
      message,
      '',
    ].join('\n');
    return sha(house.author.git(['hash-object', '-t', 'commit', '-w', '--stdin'], text));
  };

  /** A base branch of two commits, and a pull request of three that left it at the first. */
  const scene = () => {
    const fork = commit({ on: [], message: 'start', writtenAt: 1_000 });
    const base = commit({ on: [fork], message: 'rules get stricter', writtenAt: 2_000 });
    const own = ['one', 'two', 'three'].map((message, at) => ({ message, writtenAt: 1_500 + at }));
    const head = own.reduce((on, each) => commit({ ...each, on: [on] }), fork);
    return { fork, base, own, head };
  };

  const baseBefore = async (merged: Sha, head: Sha): Promise<Sha | null> => {
    number += 1;
    house.author.branch(`base-${number}`, merged);
    house.author.pull(number, head);
    await house.git.fetch(repo, house.wish({ pullNumber: number, baseRef: `base-${number}` }));
    return house.git.beforeMerge(repo.id, merged, head);
  };

  test('is the first parent of a merge commit', async () => {
    const { base, head } = scene();
    expect(await baseBefore(commit({ on: [base, head], message: 'Merge', writtenAt: 9_000 }), head)).toBe(
      base,
    );
  });

  test('is the parent of a squashed commit', async () => {
    const { base, head } = scene();
    expect(await baseBefore(commit({ on: [base], message: 'All (#1)', writtenAt: 9_000 }), head)).toBe(base);
  });

  test('is the parent of the first commit that was put on top', async () => {
    const { base, own, head } = scene();
    const merged = own.reduce((on, each) => commit({ ...each, on: [on], committedAt: 9_000 }), base);
    expect(await baseBefore(merged, head)).toBe(base);
  });

  test('is never before a commit that the branch had a copy of, so that older rules would count', async () => {
    const { fork, base, own, head: _ } = scene();
    // A copy of what made the rules stricter comes first in the branch, and vanishes when it is put on top.
    const copy = { message: 'rules get stricter', writtenAt: 2_000 };
    const head = [copy, ...own].reduce((on, each) => commit({ ...each, on: [on] }), fork);
    const merged = own.reduce((on, each) => commit({ ...each, on: [on], committedAt: 9_000 }), base);
    expect(await baseBefore(merged, head)).toBe(base);
  });

  test('is never a commit of the pull request of which another one vanished, or lost something of its name', async () => {
    const { base, own, head } = scene();
    const [one, , three] = own.map((each) => ({ ...each, committedAt: 9_000 }));
    if (one === undefined || three === undefined) throw new Error('there are three');
    const without = commit({ ...three, on: [commit({ ...one, on: [base] })] });
    expect(await baseBefore(without, head)).toBe(base);
    const [first, ...others] = own.map((each) => ({ ...each, committedAt: 9_000 }));
    const lost = [{ ...(first ?? one), message: 'one, otherwise' }, ...others];
    const merged = lost.reduce((on, each) => commit({ ...each, on: [on] }), base);
    expect(await baseBefore(merged, head)).toBeNull();
  });

  test('is nothing where the pull request itself was pushed onto the base branch', async () => {
    const { base, head } = scene();
    expect(await baseBefore(head, head)).toBeNull();
    expect(await baseBefore(commit({ on: [head], message: 'later', writtenAt: 9_000 }), head)).toBeNull();
    const turned = commit({ on: [head, base], message: 'Merge main', writtenAt: 9_000 });
    expect(await baseBefore(turned, turned)).toBeNull();
    expect(await baseBefore(turned, head)).toBeNull();
  });

  test('is nothing where the merge is all there is', async () => {
    const { head } = scene();
    expect(await baseBefore(commit({ on: [], message: 'new start', writtenAt: 9_000 }), head)).toBeNull();
  });
});
