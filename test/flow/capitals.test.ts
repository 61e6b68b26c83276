import { afterEach, describe, expect, test } from 'vitest';
import type { Actor } from '../../src/domain/pull.ts';
import { cast, giveRights } from '../support/cast.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;

/** A plan of grace's, an approval, and an `/apply`; says whether it was applied. */
const isApplied = async (
  operator: string,
  { asks = people.ada, approves = cast.member }: { asks?: Actor; approves?: Actor } = {},
  main: Readonly<Record<string, string>> = {},
): Promise<boolean> => {
  const w = await createMemoryWorld({ main: { 'network/main.tf': tf('one'), ...main }, operator });
  open.push(w);
  giveRights(w.forge);
  // Rules may name people who may not write; approvals count of those who may.
  w.forge.setPermission(repo, 'mia', 'write');
  w.open(1, { 'network/main.tf': tf('two') }, { author: people.grace });
  await w.event(1, 'opened');
  await w.settled();
  await w.advance(2_000);
  w.forge.addReview(refOf(1), {
    author: approves,
    state: 'approved',
    commit: w.ask(1).head.sha,
    submittedAt: w.ports.clock.now(),
  });
  await w.comment(1, '/apply', asks);
  await w.settled();
  return w.tool.state.has('network');
};

const loud = (actor: Actor): Actor => ({ ...actor, login: actor.login.toUpperCase() });
const rule = (what: string, repositories = 'ACME/Infra*') =>
  `rules: [{match: "**", repositories: ["${repositories}"], ${what}}]\n`;

interface Case {
  readonly what: string;
  readonly operator: string;
  readonly asks?: Actor;
  readonly main?: Readonly<Record<string, string>>;
}
const rules: readonly Case[] = [
  { what: 'a login in `who_may`', operator: rule('who_may: {apply: {users: [ADA]}}') },
  { what: 'a team in `who_may`', operator: rule('who_may: {apply: {teams: [Acme/OPS]}}'), asks: cast.member },
  { what: 'a login that approves', operator: rule('requirements: [{approved: {users: [Mia]}}]') },
  { what: 'a team that approves', operator: rule('requirements: [{approved: {teams: [ACME/Ops]}}]') },
  {
    what: 'a team of CODEOWNERS',
    operator: rule('requirements: [{approved: {code_owners: true}}]'),
    main: { CODEOWNERS: '* @ACME/Ops\n' },
  },
];

describe('GitHub knows no capital letters', () => {
  test.each(rules)('$what', async ({ operator, asks = people.ada, main }) => {
    expect(await isApplied(operator, { asks }, main)).toBe(true);
    expect(await isApplied(operator, { asks: loud(asks), approves: loud(cast.member) }, main)).toBe(true);
    // Whom the rule does not name it does not let, so that a yes is the rule's.
    expect(await isApplied(operator, { asks: people.margaret, approves: people.margaret }, main)).toBe(false);
  });

  test('a rule for a repository holds however its name is written', async () => {
    const nobody = (repositories: string) => rule('who_may: {apply: {users: []}}', repositories);
    expect(await isApplied(nobody('ACME/Infrastructure'))).toBe(false);
    expect(await isApplied(nobody('acme/other'))).toBe(true);
  });
});
