import { describe, expect, test } from 'vitest';
import { isOperation, operationVerbs } from '../../../src/domain/operation.ts';
import type { Permission } from '../../../src/domain/pull.ts';
import {
  type Authorized,
  authorize,
  type Evidence,
  type Subject,
} from '../../../src/domain/rules/authorize.ts';
import { type Action, actions, type Requirement } from '../../../src/domain/rules/requirement.ts';
import { planned, run } from '../../store/samples.ts';
import { applyFacts, evidence, laterFacts, mergedFacts, named, nobody, ruleFacts, source } from './facts.ts';

const { plan } = planned();
if (plan === null) throw new Error('no plan');
const subject: Subject = {
  project: applyFacts.planRun.project.key,
  apply: { run: run().id, planRun: applyFacts.planRun.id, digest: plan.digest },
};
const twoPeople: Requirement = {
  kind: 'approved',
  count: 2,
  from: null,
  codeOwners: false,
  when: null,
  source,
};
const upToDate: Requirement = { kind: 'up_to_date', when: null, source };

const decide = (login: string | null, action: Action, more: Partial<Evidence> = {}) =>
  authorize(login === null ? null : named(login), action, subject, { ...evidence, ...more });

/** The problem's code; `yes` with a proof of exactly what was asked. */
const outcome = (...[login, action, more]: Parameters<typeof decide>): string | undefined => {
  const { verdict, authorized } = decide(login, action, more);
  if (!verdict.holds) {
    expect(authorized).toBeNull();
    return verdict.problem?.code;
  }
  expect(authorized).toMatchObject({ action, subject });
  const marks = Object.getOwnPropertySymbols(authorized);
  expect(marks.map((mark) => Reflect.get(Object(authorized), mark))).toEqual([true]);
  expect(verdict.problem).toBeNull();
  return 'yes';
};

describe('who may', () => {
  const given = actions.filter(
    (action) => action !== 'destroy' && action !== 'apply-all' && !isOperation(action),
  );
  test.each(given)('/%s: write permission is enough, or an administrator’s, and asked for', (action) => {
    expect(outcome('ada', action)).toBe(
      action === 'force-unlock' || action === 'break-glass' ? 'not-permitted' : 'yes',
    );
    expect(outcome('cy', action)).toBe('yes');
    expect(outcome('eve', action)).toBe('not-permitted');
    expect(outcome('nobody', action)).toBe('not-permitted');
    // Plans begin by themselves, and nothing else does.
    expect(outcome(null, action)).toBe(action === 'plan' ? 'yes' : 'not-permitted');
  });

  test('whoever needs an administrator is told so, and what is there without one', () => {
    const advice = (action: Action) => decide('ada', action).verdict.problem?.advice;
    expect(advice('force-unlock')).toBe('Ask an administrator to comment it. `/recover` alone only looks.');
    expect(advice('break-glass')).toBe('Ask an administrator to comment it.');
  });

  const rights: readonly (readonly [Permission, string])[] = [
    ['none', 'not-permitted'],
    ['read', 'not-permitted'],
    ['triage', 'not-permitted'],
    ['write', 'yes'],
    ['maintain', 'yes'],
    ['admin', 'yes'],
  ];
  test.each(rights)('whoever has %s: %s', (permission, expected) => {
    const people = { ...evidence.people, permissionOf: () => permission };
    expect(outcome('ada', 'unlock', { people })).toBe(expected);
  });

  const db = { ...nobody, teams: ['acme/db'] };
  const bob = { ...nobody, users: ['bob'] };
  const admins = { ...nobody, permission: 'admin' as const };
  const unread = { ...nobody, teams: ['acme/unread'] };
  test('everybody who is listed, by each list that there is', () => {
    expect(outcome('bob', 'apply', { who: [db] })).toBe('yes');
    expect(outcome('ada', 'apply', { who: [db] })).toBe('not-permitted');
    expect(outcome('bob', 'apply', { who: [db, bob] })).toBe('yes');
    expect(outcome('bob', 'apply', { who: [db, admins] })).toBe('not-permitted');
    expect(outcome('bob', 'apply', { who: [admins, db] })).toBe('not-permitted');
    expect(outcome('cy', 'apply', { who: [admins] })).toBe('yes');
    // The permission is asked for where nobody is listed; who is listed may have less.
    expect(outcome('eve', 'plan', { who: [{ ...nobody, permission: 'read' }] })).toBe('yes');
    expect(outcome('bob', 'apply', { who: [unread] })).toBe('not-permitted');
    expect(outcome('cy', 'apply', { who: [nobody] })).toBe('not-permitted');
    expect(outcome(null, 'apply', { who: [db] })).toBe('not-permitted');
  });

  test.each(['destroy', 'apply-all'] as const)('/%s: nobody, until a rule says who', (action) => {
    for (const who of ['ada', 'cy', 'eve', null]) expect(outcome(who, action)).toBe('not-permitted');
    expect(outcome('bob', action, { who: [db] })).toBe('yes');
    expect(outcome('cy', action, { who: [db] })).toBe('not-permitted');
    expect(decide('cy', action).verdict.problem).toMatchObject({
      sentence: `\`/${action}\` needs a rule that says who may, and \`cy\` has \`admin\`.`,
      advice: expect.stringContaining(`\`who_may\` with \`${action}\``),
    });
  });

  test('an apply of a plan for the end of a project is for whoever may do both, and what was not read is a no', () => {
    const ending = { ...applyFacts, planRun: { ...applyFacts.planRun, extra: ['-target=a.b', '-destroy'] } };
    expect(outcome('bob', 'apply', { apply: ending })).toBe('requirement-unread');
    expect(outcome('cy', 'apply', { apply: ending, destroyers: [] })).toBe('not-permitted');
    expect(outcome('bob', 'apply', { apply: ending, destroyers: [db] })).toBe('yes');
    expect(outcome('ada', 'apply', { apply: ending, destroyers: [db] })).toBe('not-permitted');
    expect(outcome('bob', 'apply', { apply: ending, who: [admins], destroyers: [db] })).toBe('not-permitted');
    // No rule and no merge lets a project end by itself.
    for (const cause of ['rule', 'merge'] as const)
      expect(
        decide('bob', 'apply', { apply: { ...ending, cause }, destroyers: [db] }).verdict.parts.find(
          ({ name }) => name === 'destroy',
        ),
      ).toMatchObject({ holds: false, problem: { code: 'not-permitted' } });
    // Of any other plan, and of anything but an apply, it is not asked.
    expect(outcome('ada', 'apply', { destroyers: [db] })).toBe('yes');
    expect(outcome('ada', 'plan', { apply: ending, destroyers: [] })).toBe('yes');
    const { parts } = decide('bob', 'apply', { apply: ending, destroyers: [db] }).verdict;
    expect(parts.slice(0, 2).map(({ name, because }) => [name, because])).toEqual([
      ['permission', 'bob has write'],
      ['destroy', 'bob is among those who may'],
    ]);
  });

  test('an apply of all of an environment is for whoever may that as well, and what was not read is a no', () => {
    const rebuild = { holds: true, because: 'planned when bob asked for all of it' };
    const all = { ...applyFacts, cause: 'rebuild', later: { ...laterFacts, rebuild } } as const;
    expect(outcome('bob', 'apply', { apply: all })).toBe('requirement-unread');
    expect(outcome('bob', 'apply', { apply: all, rebuilders: null })).toBe('requirement-unread');
    expect(outcome('cy', 'apply', { apply: all, rebuilders: [] })).toBe('not-permitted');
    expect(outcome('bob', 'apply', { apply: all, rebuilders: [db] })).toBe('yes');
    expect(outcome('ada', 'apply', { apply: all, rebuilders: [db] })).toBe('not-permitted');
    expect(outcome('bob', 'apply', { apply: all, who: [admins], rebuilders: [db] })).toBe('not-permitted');
    expect(outcome(null, 'apply', { apply: all, rebuilders: [db] })).toBe('not-permitted');
    // Of an apply that begins otherwise, and of anything but an apply, it is not asked.
    expect(outcome('ada', 'apply', { rebuilders: [] })).toBe('yes');
    expect(outcome('ada', 'plan', { apply: all, rebuilders: [] })).toBe('yes');
    expect(outcome('ada', 'plan', { apply: all })).toBe('yes');
    const { parts } = decide('bob', 'apply', { apply: all, rebuilders: [db] }).verdict;
    expect(parts.slice(0, 2).map(({ name, because }) => [name, because])).toEqual([
      ['permission', 'bob has write'],
      ['apply-all', 'bob is among those who may'],
    ]);
  });

  test('an import and a state rm take what the house asks, but for a plan', () => {
    for (const verb of operationVerbs) {
      expect(outcome('ada', verb)).toBe('requirement-unread');
      expect(outcome('ada', verb, { operation: applyFacts })).toBe('yes');
      expect(outcome('cy', verb, { operation: applyFacts, apply: null })).toBe('yes');
      expect(outcome('eve', verb, { operation: applyFacts })).toBe('not-permitted');
      expect(outcome(null, verb, { operation: applyFacts })).toBe('not-permitted');
      expect(outcome('ada', verb, { operation: { ...applyFacts, later: null } })).toBe('requirement-unread');
      expect(outcome('ada', verb, { operation: { ...applyFacts, unresolved: true } })).toBe(
        'outcome-unknown',
      );
      const { parts } = decide('ada', verb, { operation: applyFacts, requirements: [upToDate] }).verdict;
      expect(parts.map(({ name }) => name)).toEqual([
        ...[
          'permission',
          'repository',
          'open',
          'comment',
          'lock',
          'settled',
          'board',
          'current',
          'suspended',
          'trust',
        ],
        'up_to_date',
      ]);
    }
    // Nothing else asks for it.
    expect(outcome('ada', 'plan', { operation: { ...applyFacts, unresolved: true } })).toBe('yes');
  });

  describe('after a merge', () => {
    const byMerge = { apply: mergedFacts };
    const permission = (...[login, action, more]: Parameters<typeof decide>) =>
      decide(login, action, { ...byMerge, ...more }).verdict.parts.find(({ name }) => name === 'permission');

    test('whoever merged could, where no rule names anybody', () => {
      expect(outcome('ada', 'apply', byMerge)).toBe('yes');
      expect(outcome('eve', 'apply', byMerge)).toBe('yes');
      expect(outcome(null, 'apply', byMerge)).toBe('yes');
      expect(permission('eve', 'apply')?.because).toBe('merged by eve');
      expect(permission(null, 'apply')?.because).toBe('merged by somebody');
    });

    test('where a rule names somebody it has to be one of those, and a queue or a bot is none', () => {
      expect(outcome('bob', 'apply', { ...byMerge, who: [db] })).toBe('yes');
      expect(permission('bob', 'apply', { who: [db] })?.because).toBe('bob is among those who may');
      expect(outcome('bob', 'apply', { ...byMerge, who: [db, admins] })).toBe('not-permitted');
      expect(outcome('ada', 'apply', { ...byMerge, who: [db] })).toBe('not-permitted');
      expect(outcome('github-merge-queue[bot]', 'apply', { ...byMerge, who: [db] })).toBe('not-permitted');
      expect(outcome(null, 'apply', { ...byMerge, who: [db] })).toBe('not-permitted');
    });

    test('it is the merge that may, and nothing else: no command, no rule, no pull request that is open', () => {
      const applied = (more: Partial<typeof mergedFacts>) =>
        permission('eve', 'apply', { apply: { ...mergedFacts, ...more } })?.problem?.code;
      expect(applied({})).toBeUndefined();
      expect(applied({ cause: 'command' })).toBe('not-permitted');
      expect(applied({ cause: 'rule' })).toBe('not-permitted');
      expect(applied({ pull: applyFacts.pull })).toBe('not-permitted');
    });

    test('a bot’s pull request is applied only where the operator lets it', () => {
      const bot = { id: 90, login: 'renovate[bot]', kind: 'bot' } as const;
      const authored = (apply: 'allow' | 'refuse') => ({
        author: bot,
        bots: { listed: [{ login: 'renovate', plan: 'allow', apply, source } as const], source },
      });
      expect(outcome('ada', 'apply', { ...byMerge, authored: authored('refuse') })).toBe('bot');
      expect(outcome('ada', 'apply', { ...byMerge, authored: authored('allow') })).toBe('yes');
      expect(
        outcome('ada', 'apply', { ...byMerge, authored: { author: bot, bots: { listed: [], source } } }),
      ).toBe('bot');
    });

    test('what a project asks for is asked for still', () => {
      const asks = { ...byMerge, requirements: [twoPeople, upToDate] };
      const rules = { ...ruleFacts, isMerged: true, behind: null };
      expect(outcome('ada', 'apply', { ...asks, rules })).toBe('yes');
      expect(outcome('ada', 'apply', { ...asks, rules: { ...rules, votes: [] } })).toBe('not-approved');
    });
  });

  test('what is said of it', () => {
    const partOf = (...[login, action, more]: Parameters<typeof decide>) => {
      const [first] = decide(login, action, more).verdict.parts;
      return [first?.because, first?.problem?.sentence, first?.problem?.advice];
    };
    expect(partOf('ada', 'plan')).toEqual(['ada has write', undefined, undefined]);
    expect(partOf('bob', 'plan', { who: [db] })).toEqual([
      'bob is among those who may',
      undefined,
      undefined,
    ]);
    expect(partOf('eve', 'plan')).toEqual([
      'eve has read, and it needs write permission to this repository',
      '`/plan` needs write permission to this repository, and `eve` has `read`.',
      'Ask somebody who may write to the repository to comment it.',
    ]);
    expect(partOf('bob', 'unlock', { who: [db, admins] })).toEqual([
      'bob has write, and it needs anybody with admin permission',
      '`/unlock` needs anybody with admin permission, and `bob` has `write`.',
      'Ask anybody with admin permission to comment it.',
    ]);
    expect(partOf(null, 'recover')).toEqual([
      'nobody asked for it',
      '`/recover` has to be asked for by somebody.',
      'Comment it.',
    ]);
  });
});

describe('what is known', () => {
  test('an apply without its facts is a no, and so is one of which half was read', () => {
    expect(outcome('ada', 'apply', { apply: null })).toBe('requirement-unread');
    expect(outcome('ada', 'apply', { apply: { ...applyFacts, later: null } })).toBe('requirement-unread');
    expect(outcome('ada', 'apply', { apply: { ...applyFacts, lockHolder: 4 } })).toBe('locked');
    expect(
      outcome('ada', 'apply', { apply: { ...applyFacts, later: { ...laterFacts, waitsFor: 'base' } } }),
    ).toBe('depends-on');
  });

  test('what the house asks before an apply, it asks before nothing else', () => {
    expect(outcome('ada', 'plan', { apply: null })).toBe('yes');
    expect(outcome('ada', 'unlock', { apply: { ...applyFacts, lockHolder: 4 } })).toBe('yes');
  });

  test('a requirement without facts is a no; none asks for none', () => {
    expect(outcome('ada', 'plan', { rules: null })).toBe('yes');
    expect(outcome('ada', 'plan', { requirements: [upToDate], rules: null })).toBe('requirement-unread');
    expect(outcome('ada', 'apply', { requirements: [upToDate], rules: null })).toBe('requirement-unread');
  });

  test('every requirement has to hold', () => {
    const behind = { ...ruleFacts, behind: ['main.tf'] };
    expect(outcome('ada', 'apply', { requirements: [twoPeople, upToDate] })).toBe('yes');
    expect(outcome('ada', 'apply', { requirements: [twoPeople, upToDate], rules: behind })).toBe(
      'not-up-to-date',
    );
    expect(outcome('ada', 'plan', { requirements: [twoPeople], rules: { ...ruleFacts, votes: [] } })).toBe(
      'not-approved',
    );
  });

  test('the tree has everything that was asked, and the first no says why', () => {
    const rules = { ...ruleFacts, votes: [], behind: ['main.tf'] };
    const { verdict } = decide('ada', 'apply', { requirements: [twoPeople, upToDate], rules });
    expect(verdict.name).toBe('apply');
    expect(verdict.parts.map(({ name }) => name)).toEqual([
      'permission',
      'repository',
      'open',
      'comment',
      'lock',
      'settled',
      'plan',
      'board',
      'current',
      'suspended',
      'mode',
      'order',
      'trust',
      'depends_on',
      'approved',
      'up_to_date',
    ]);
    expect(verdict).toMatchObject({
      because: 'no approval that counts',
      problem: { code: 'not-approved' },
      needs: '2 of 2 reviews by anybody with write permission, the base branch to be merged into this one',
    });
  });
});

test('no other road can make a proof: it would not compile', () => {
  const take = ({ action }: Authorized<'apply'>): string => action;
  const forged = { action: 'apply', subject } as const;
  // @ts-expect-error what `authorize` puts into a proof is nobody else's to put there
  expect(take(forged)).toBe('apply');
  const { authorized } = decide('ada', 'plan');
  if (authorized === null) throw new Error('ada may plan');
  // @ts-expect-error a proof for one thing is none for another
  expect(take({ ...authorized, action: 'plan' })).toBe('plan');
});
