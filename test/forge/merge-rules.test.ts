import { describe, expect, test } from 'vitest';
import { mergeFactsFrom } from '../../src/forge/github/merge-facts.ts';
import { askedByProtection, askedByRulesets, both } from '../../src/forge/github/merge-rules.ts';

const pull = { headSha: 'f'.repeat(40), draft: false, mergeable: true, state: 'blocked' };
const counts = { unsigned: { count: 0, complete: true }, unresolved: { count: 0, complete: true } };
const untold = { refUpdateRule: null, branchProtectionRule: null };
const answer = { headSha: pull.headSha, decision: null, isQueued: false, ...counts, protection: untold };
const nothing = askedByRulesets([]);

const classic = (more: object = {}) => ({ protected: true, protection: { enabled: true, ...more } });
const forEverybody = {
  requiredApprovingReviewCount: 1,
  requiresSignatures: false,
  requiresConversationResolution: true,
};
const forAdministrators = {
  requiresStrictStatusChecks: false,
  requiresCommitSignatures: true,
  requiresConversationResolution: false,
  requiresDeployments: false,
  lockBranch: false,
};

describe('classic protection', () => {
  test('that is off asks nothing, also where a ruleset protects the branch', () => {
    expect(askedByProtection({ protected: true, protection: { enabled: false } }, untold)).toEqual(nothing);
    expect(askedByProtection({ protected: false, protection: {} }, untold)).toEqual(nothing);
  });

  test('of which nothing more is told: what could be asked is not known, and checks are taken for strict', () => {
    const asked = askedByProtection(
      classic({ required_status_checks: { contexts: ['a', 'b'], checks: [{ context: 'a', app_id: -1 }] } }),
      untold,
    );
    expect(asked).toEqual({
      required: [
        { name: 'a', appId: null },
        { name: 'b', appId: null },
      ],
      strict: true,
      approvals: false,
      signatures: null,
      conversations: null,
      unknown: ['branch_protection'],
    });
  });

  test('whose other half everybody is told', () => {
    expect(askedByProtection(classic(), { ...untold, refUpdateRule: forEverybody })).toMatchObject({
      approvals: true,
      signatures: false,
      conversations: true,
      strict: false,
      unknown: ['branch_protection'],
    });
  });

  test('of which administrators are told everything', () => {
    const checks = { required_status_checks: { contexts: ['a'], checks: [{ context: 'a', app_id: 7 }] } };
    const of = (rule: object) =>
      askedByProtection(classic(checks), {
        ...untold,
        branchProtectionRule: { ...forAdministrators, ...rule },
      });
    expect(of({})).toMatchObject({ strict: false, signatures: true, conversations: false, unknown: [] });
    expect(of({ requiresStrictStatusChecks: true }).strict).toBe(true);
    expect(of({ requiresDeployments: true, lockBranch: true }).unknown).toEqual([
      'required_deployments',
      'lock_branch',
    ]);
  });
});

describe('rulesets', () => {
  const source = { ruleset_id: 1, ruleset_source: 'acme/infra', ruleset_source_type: 'Repository' } as const;

  test('what no merge can break asks nothing; what is not known is named', () => {
    const types = [
      'creation',
      'deletion',
      'non_fast_forward',
      'required_linear_history',
      'merge_queue',
      'update',
    ];
    const rules = types.map((type) => ({ ...source, type }));
    expect(askedByRulesets(JSON.parse(JSON.stringify(rules))).unknown).toEqual(['update']);
  });

  test('a rule without what belongs to it is not known', () => {
    for (const type of ['required_status_checks', 'pull_request'] as const)
      expect(askedByRulesets([{ ...source, type }]).unknown).toEqual([type]);
  });

  test('named reviewers are not known', () => {
    const parameters = {
      dismiss_stale_reviews_on_push: false,
      require_code_owner_review: false,
      require_last_push_approval: false,
      required_approving_review_count: 0,
      required_review_thread_resolution: false,
      required_reviewers: [{ minimum_approvals: 1 }],
    };
    expect(askedByRulesets([{ ...source, type: 'pull_request', parameters }])).toMatchObject({
      approvals: false,
      unknown: ['required_reviewers'],
    });
  });

  test('what one asks is asked, and what is not known of one is not known', () => {
    const some = { ...nothing, signatures: true, conversations: null, strict: true, unknown: ['x'] };
    expect(both(nothing, some)).toMatchObject({ signatures: true, conversations: null, strict: true });
    expect(both({ ...nothing, signatures: null }, some)).toMatchObject({ signatures: true });
    expect(both(some, some).unknown).toEqual(['x']);
  });
});

describe('put together', () => {
  const facts = (asked: object, told: object = {}) =>
    mergeFactsFrom(pull, { ...nothing, ...asked }, { ...answer, ...told }, []);

  test.each([
    [false, 3, true, null, []],
    [true, 3, true, 3, []],
    [true, 0, true, 0, []],
    [true, 2, false, 2, []],
    [true, 0, false, null, ['required_signatures']],
    [null, 0, true, 0, []],
    [null, 1, true, null, ['required_signatures']],
    [null, 0, false, null, ['required_signatures']],
  ] as const)(
    'signatures asked: %j, %i without, all seen: %j',
    (signatures, count, complete, unsigned, unknown) => {
      expect(facts({ signatures }, { unsigned: { count, complete } })).toMatchObject({ unsigned, unknown });
    },
  );

  test('conversations that may matter', () => {
    const unresolved = { count: 1, complete: true };
    expect(facts({ conversations: null }, { unresolved })).toMatchObject({
      unresolved: null,
      unknown: ['required_review_thread_resolution'],
    });
  });

  test.each([
    [null, false, null],
    [null, true, 'required'],
    ['APPROVED', true, 'approved'],
    ['CHANGES_REQUESTED', false, 'changes_requested'],
    ['REVIEW_REQUIRED', false, 'required'],
    ['INVENTED_TOMORROW', false, 'required'],
  ] as const)('GitHub says %j, approvals asked: %j', (decision, approvals, reviews) => {
    expect(facts({ approvals }, { decision }).reviews).toBe(reviews);
  });

  test('a word for the whole that this version does not know is none', () => {
    expect(mergeFactsFrom({ ...pull, state: 'unknown' }, nothing, answer, []).state).toBeNull();
    expect(mergeFactsFrom({ ...pull, state: 'constructor' }, nothing, answer, []).state).toBeNull();
  });

  test('one name twice by one App is the worse of the two', () => {
    const check = (state: 'success' | 'failure' | 'pending', appId: number | null = 7) => ({
      name: 'test',
      appId,
      state,
    });
    const of = (...checks: readonly ReturnType<typeof check>[]) =>
      mergeFactsFrom(pull, nothing, answer, checks).checks.map(({ state }) => state);
    expect(of(check('success'), check('failure'))).toEqual(['failure']);
    expect(of(check('pending'), check('success'))).toEqual(['pending']);
    expect(of(check('success'), check('failure', null))).toEqual(['success', 'failure']);
  });
});
