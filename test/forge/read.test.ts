import { describe, expect, test } from 'vitest';
import { nextPage, pages } from '../../src/forge/github/pages.ts';
import { gitUrl, permissionFrom, pullFrom, reviewFrom } from '../../src/forge/github/read.ts';

describe('permission', () => {
  test.each([
    ['admin', 'admin', 'admin'],
    ['write', 'write', 'write'],
    ['write', 'maintain', 'maintain'],
    ['read', 'triage', 'triage'],
    ['read', 'read', 'read'],
    ['none', 'none', 'none'],
    // An Enterprise server from before `role_name`.
    ['write', undefined, 'write'],
    // Roles of an organisation's own count as what they are built on.
    ['write', 'deployer', 'write'],
    // A role's name can not lift what `permission` says.
    ['read', 'admin', 'read'],
    ['read', 'maintain', 'read'],
    ['none', 'admin', 'none'],
    ['owner', 'owner', 'none'],
    ['', '', 'none'],
  ])('permission %j with role %j is %s', (permission, role, expected) => {
    expect(permissionFrom({ permission, ...(role === undefined ? {} : { role_name: role }) })).toBe(expected);
  });
});

describe('the address of Git', () => {
  test.each([
    ['https://api.github.com', 'https://github.com/acme/infra.git'],
    ['https://api.github.com/', 'https://github.com/acme/infra.git'],
    ['https://api.acme.ghe.com', 'https://acme.ghe.com/acme/infra.git'],
    ['https://github.acme.example/api/v3', 'https://github.acme.example/acme/infra.git'],
    ['https://api.acme.example/api/v3/', 'https://api.acme.example/acme/infra.git'],
    ['http://127.0.0.1:4567/api/v3', 'http://127.0.0.1:4567/acme/infra.git'],
    ['https://acme.example/github/api/v3', 'https://acme.example/github/acme/infra.git'],
  ])('%s -> %s', (api, expected) => {
    expect(gitUrl(api, 'acme', 'infra')).toBe(expected);
  });
});

describe('pages', () => {
  test.each([
    [undefined, null],
    ['', null],
    ['<https://api.github.com/x?page=3>; rel="next", <https://api.github.com/x?page=9>; rel="last"', 3],
    [
      '<https://api.github.com/x?page=1>; rel="prev", <https://api.github.com/x?per_page=100&page=3>; rel="next"',
      3,
    ],
    ['<https://api.github.com/x?page=1>; rel="first"', null],
    ['<https://api.github.com/x?per_page=7>; rel="next"', null],
    ['<https://mallory.example/steal?page=2>; rel="next"', 2],
  ])('the next page of %j is %j', (link, expected) => {
    expect(nextPage(link)).toBe(expected);
  });

  test('a list that leads back to itself ends in an error', async () => {
    const link = '<https://api.github.com/x?page=2>; rel="next"';
    const seen: number[] = [];
    const walk = async () => {
      for await (const page of pages(async (number) => ({ data: number, headers: { link } })))
        seen.push(page);
    };
    await expect(walk()).rejects.toMatchObject({ failure: 'unavailable' });
    expect(seen).toEqual([1, 2]);
  });
});

type ReviewAnswer = Parameters<typeof reviewFrom>[0];
type PullAnswer = Parameters<typeof pullFrom>[1];

const sha = 'a'.repeat(40);

describe('reviews', () => {
  // GitHub's answers have dozens of fields; these are the ones that are read.
  const review = (fields: object): ReviewAnswer =>
    ({
      id: 5,
      user: { id: 2, login: 'ann', type: 'User' },
      state: 'APPROVED',
      commit_id: sha,
      submitted_at: '2026-11-03T10:00:00Z',
      ...fields,
    }) as ReviewAnswer;

  test('an approval', () => {
    expect(reviewFrom(review({}))).toEqual({
      id: 5,
      author: { id: 2, login: 'ann', kind: 'user' },
      state: 'approved',
      commit: sha,
      submittedAt: Date.parse('2026-11-03T10:00:00Z'),
    });
  });

  test.each([
    ['CHANGES_REQUESTED', 'changes_requested'],
    ['COMMENTED', 'commented'],
    ['DISMISSED', 'dismissed'],
    ['PENDING', 'pending'],
    ['APPROVED_BY_MACHINE', 'commented'],
  ])('the state %s is %s', (state, expected) => {
    expect(reviewFrom(review({ state })).state).toBe(expected);
  });

  test('of a deleted account, on a commit that is gone, by a bot', () => {
    expect(reviewFrom(review({ user: null })).author).toEqual({ id: 0, login: 'ghost', kind: 'user' });
    expect(reviewFrom(review({ commit_id: null })).commit).toBeNull();
    expect(reviewFrom(review({ user: { id: 3, login: 'a[bot]', type: 'Bot' } })).author.kind).toBe('bot');
    expect(reviewFrom(review({ user: { id: 3, login: 'm', type: 'Mannequin' } })).author.kind).toBe('bot');
  });
});

describe('pull requests', () => {
  const ref = { repo: { id: 9, owner: 'acme', name: 'infra', installationId: 1 }, number: 4 };
  const pull = (fields: object): PullAnswer =>
    ({
      title: 'Grow',
      html_url: 'https://github.com/acme/infra/pull/4',
      state: 'open',
      merged: false,
      user: null,
      head: { sha, ref: 'grow', repo: null },
      base: { sha, ref: 'main', repo: { id: 9, full_name: 'acme/infra', default_branch: 'main' } },
      ...fields,
    }) as unknown as PullAnswer;

  test('of a deleted account from a deleted fork', () => {
    expect(pullFrom(ref, pull({}))).toEqual({
      ref,
      title: 'Grow',
      url: 'https://github.com/acme/infra/pull/4',
      state: 'open',
      merged: null,
      draft: false,
      author: { id: 0, login: 'ghost', kind: 'user' },
      head: { sha, ref: 'grow', repoId: null },
      base: { sha, ref: 'main', isDefault: true },
    });
  });

  test('of a repository that has another name by now: it is called by that from here on', () => {
    const repo = { id: 9, full_name: 'umbrella/platform', default_branch: 'main' };
    expect(pullFrom(ref, pull({ base: { sha, ref: 'main', repo } })).ref).toEqual({
      repo: { id: 9, owner: 'umbrella', name: 'platform', installationId: 1 },
      number: 4,
    });
  });

  test.each([undefined, 'platform', 'acme/..'])(
    'of a repository with the name %s: nothing is guessed',
    (full_name) => {
      const answer = pull({ base: { sha, ref: 'main', repo: { id: 9, full_name, default_branch: 'main' } } });
      expect(() => pullFrom(ref, answer)).toThrow(expect.objectContaining({ failure: 'unavailable' }));
    },
  );

  test('of another repository that took the name', () => {
    const answer = pull({ base: { sha, ref: 'main', repo: { id: 10 } } });
    expect(() => pullFrom(ref, answer)).toThrow(expect.objectContaining({ failure: 'gone' }));
  });

  test('without a commit id: nothing is guessed', () => {
    expect(() => pullFrom(ref, pull({ head: { sha: 'HEAD', ref: 'grow', repo: null } }))).toThrow(TypeError);
  });
});
