import { describe, expect, test } from 'vitest';
import { askedOfApply } from '../../../src/domain/rules/asked-of-apply.ts';
import { actions, isOfPlan, type Requirement } from '../../../src/domain/rules/requirement.ts';
import { nobody, source } from './facts.ts';

const asks = (kind: 'mergeable' | 'up_to_date'): Requirement => ({ kind, when: null, source });
const users = (login: string) => ({ ...nobody, users: [login] });
const settings = {
  who: { apply: [users('ada')], destroy: [users('bob')] },
  requirements: { apply: [asks('mergeable')], destroy: [asks('up_to_date')] },
};

describe('what is asked of an apply', () => {
  test('of a plan for the end of a project: what is asked of both', () => {
    expect(askedOfApply(settings, ['-parallelism=1', '-destroy'])).toEqual({
      who: [users('ada')],
      destroyers: [users('bob')],
      requirements: [asks('mergeable'), asks('up_to_date')],
    });
    expect(askedOfApply({ who: {}, requirements: {} }, ['-destroy'])).toEqual({
      who: [],
      destroyers: [],
      requirements: [],
    });
  });

  test('of any other plan: nothing of that', () => {
    expect(askedOfApply(settings, ['-target=a.b'])).toEqual({
      who: [users('ada')],
      destroyers: null,
      requirements: [asks('mergeable')],
    });
    expect(askedOfApply({ who: {}, requirements: {} }, [])).toEqual({
      who: [],
      destroyers: null,
      requirements: [],
    });
  });

  test('is asked against the plan, as nothing else is', () => {
    expect(actions.filter(isOfPlan)).toEqual(['apply', 'destroy']);
  });
});
