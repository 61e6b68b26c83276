import { expect, test } from 'vitest';
import { approved } from '../../../src/domain/rules/approved.ts';
import { isAmong, peopleText } from '../../../src/domain/rules/people.ts';
import type { ApprovedRequirement } from '../../../src/domain/rules/requirement.ts';
import { person } from '../../support/samples.ts';
import { named, nobody, people, ruleFacts, source, vote } from './facts.ts';

const db = { ...nobody, teams: ['acme/db'] };
const maintainers = { ...nobody, permission: 'maintain' as const };

test('somebody is among them by name, by team or by permission', () => {
  const some = { users: ['eve'], teams: ['acme/db'], permission: 'maintain' as const };
  expect(['ada', 'bob', 'cy', 'eve'].map((login) => isAmong(some, named(login), people))).toEqual([
    false,
    true,
    true,
    true,
  ]);
  expect(isAmong({ ...nobody, users: ['eve'] }, person(4, 'Eve'), people)).toBe(true);
  expect(isAmong({ ...nobody, teams: ['acme/unread'] }, named('bob'), people)).toBe(false);
  expect(isAmong({ ...nobody, teams: ['acme/unread', 'acme/db'] }, named('bob'), people)).toBe(true);
  expect(isAmong(nobody, named('cy'), people)).toBe(false);
});

test('they are told in words', () => {
  expect(peopleText(nobody)).toBe('nobody');
  expect(peopleText(db)).toBe('`acme/db`');
  expect(peopleText(maintainers)).toBe('anybody with maintain permission');
  expect(peopleText({ ...db, users: ['ada'] })).toBe('`acme/db` or `ada`');
  expect(peopleText({ users: ['ada', 'bob'], teams: ['acme/db'], permission: 'admin' })).toBe(
    '`acme/db`, `ada`, `bob` or anybody with admin permission',
  );
});

const asked: ApprovedRequirement = {
  kind: 'approved',
  count: 1,
  from: null,
  codeOwners: false,
  when: null,
  source,
};

test('who was counted, who was not, and why', () => {
  const facts = {
    ...ruleFacts,
    votes: [vote('ada', 'author'), vote('bob'), vote('cy'), vote('eve', 'no-write')],
  };
  expect(approved({ ...asked, from: db }, facts)).toMatchObject({
    holds: true,
    because:
      'approved by bob; not counted: cy (is not among those who are asked); not counted: ada (the author of the pull request); not counted: eve (may not write to the repository)',
    source,
  });
  expect(approved(asked, { ...ruleFacts, votes: [vote('bob'), vote('cy')] }).because).toBe(
    'approved by bob, cy',
  );
  expect(approved(asked, { ...ruleFacts, votes: [] }).because).toBe('no approval that counts');
});

test('what is missing, and whom to ask', () => {
  const said = (more: Partial<ApprovedRequirement>, bound: 'plan' | 'commit' = 'plan') => {
    const { needs, problem } = approved({ ...asked, ...more }, { ...ruleFacts, bound, votes: [vote('ada')] });
    return [needs, problem?.sentence, problem?.advice];
  };
  const end =
    'to approve, then comment `/apply` again. Authors of a commit and whoever pushed last do not count.';
  expect(said({ from: db })).toEqual([
    'a review by `acme/db`',
    'It waits for a review by `acme/db`; so far: no approval that counts; not counted: ada (is not among those who are asked).',
    `Ask \`acme/db\`, who has looked at the plan as it is shown now, ${end}`,
  ]);
  expect(said({ count: 3 }, 'commit')).toEqual([
    '2 of 3 reviews by anybody with write permission',
    'It waits for 2 of 3 reviews by anybody with write permission; so far: approved by ada.',
    `Ask anybody with write permission ${end}`,
  ]);
});

test('by owners: whose approval is missing, and for which files', () => {
  const byOwners = { ...asked, codeOwners: true };
  const judged = (votes: readonly string[], owned: typeof ruleFacts.owned, count = 1) =>
    approved({ ...byOwners, count }, { ...ruleFacts, votes: votes.map((login) => vote(login)), owned });
  const dba = { owners: db, files: ['db/a.tf', 'db/b.tf', 'db/c.tf'] };
  const web = { owners: { ...nobody, users: ['ada'] }, files: ['web/a.tf'] };
  const infra = { owners: { ...nobody, users: ['eve'] }, files: ['a.tf'] };
  expect(judged([], [dba]).needs).toBe('a review by `acme/db` (owns `db/a.tf` and 2 more)');
  expect(judged([], [{ ...dba, files: ['db/a.tf', 'db/b.tf'] }]).needs).toContain('`db/a.tf` and 1 more');
  expect(judged([], [web]).needs).toBe('a review by `ada` (owns `web/a.tf`)');
  expect(judged([], [web, dba]).needs).toBe('a review by `ada` (owns `web/a.tf`), and of 1 other owners');
  expect(judged([], [web, dba, infra]).needs).toBe(
    'a review by `ada` (owns `web/a.tf`), and of 2 other owners',
  );
  expect(judged(['bob'], [web, dba]).needs).toBe('a review by `ada` (owns `web/a.tf`)');
  expect(judged(['bob'], [dba], 3).needs).toBe('2 of 3 reviews by anybody with write permission');
  expect(judged(['bob'], [dba])).toMatchObject({
    holds: true,
    because: "approved by bob; every file has an owner's",
    source,
  });
  expect(judged([], [])).toMatchObject({ holds: false, needs: 'a review by anybody with write permission' });
  const free = { owners: null, files: ['free/a.tf'] };
  expect(judged([], [free])).toMatchObject({
    holds: true,
    because: 'nobody is asked: CODEOWNERS names no owner of these files',
    source,
  });
  // Who asks for two people asks for two, whoever owns the files.
  expect(judged([], [free], 2)).toMatchObject({
    holds: false,
    needs: '2 of 2 reviews by anybody with write permission',
  });
  expect(judged(['bob', 'cy'], [free], 2)).toMatchObject({ holds: true, because: 'approved by bob, cy' });
  expect(judged(['bob'], null)).toMatchObject({ holds: false, problem: { code: 'not-approved' }, source });
});

test('by owners: whose approval does not help, and what helps where nobody knows who owns it', () => {
  const judged = (votes: readonly string[], owned: typeof ruleFacts.owned) =>
    approved(
      { ...asked, codeOwners: true },
      { ...ruleFacts, votes: votes.map((login) => vote(login)), owned },
    ).problem;
  const web = { owners: { ...nobody, users: ['ada'] }, files: ['web/a.tf'] };
  expect(judged(['bob'], [web])).toEqual({
    code: 'not-approved',
    sentence:
      'It waits for a review by `ada` (owns `web/a.tf`); so far: no approval that counts; bob approved but owns none of the files.',
    advice:
      'Ask `ada`, who has looked at the plan as it is shown now, to approve, then comment `/apply` again. Authors of a commit and whoever pushed last do not count.',
  });
  const unread = {
    owners: { ...nobody, permission: 'admin' as const },
    files: ['live/a.tf', 'live/b.tf'],
    unread: { place: '.github/CODEOWNERS', line: 2, reason: 'it is odd' },
  };
  expect(judged([], [unread])).toMatchObject({
    sentence:
      'It waits for a review by an administrator (line 2 of `.github/CODEOWNERS`, which may be about `live/a.tf` and 1 more, cannot be read: it is odd); so far: no approval that counts.',
    advice: expect.stringContaining(
      'Fix line 2 of `.github/CODEOWNERS` on the base branch, or ask an administrator, who has looked',
    ),
  });
  expect(judged([], [{ owners: nobody, files: ['mail/a.tf'] }])).toMatchObject({
    sentence:
      'It waits for a review by an owner whom CODEOWNERS names by a mail address only (owns `mail/a.tf`); so far: no approval that counts.',
    advice: expect.stringContaining('Name that owner as `@user` on the base branch'),
  });
});
