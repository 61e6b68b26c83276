import { describe, expect, test } from 'vitest';
import { askedOfApply, askedOfOperation, whoMay } from '../../../src/domain/rules/asked-of-apply.ts';
import { actions, isGated, type Requirement } from '../../../src/domain/rules/requirement.ts';
import { nobody, source } from './facts.ts';

const asks = (kind: 'mergeable' | 'up_to_date'): Requirement => ({ kind, when: null, source });
const users = (login: string) => ({ ...nobody, users: [login] });
const settings = {
  who: { apply: [users('ada')], destroy: [users('bob')] },
  requirements: { apply: [asks('mergeable')], destroy: [asks('up_to_date')] },
};

describe('what is asked of an apply', () => {
  test('of a plan for the end of a project: what is asked of both', () => {
    expect(askedOfApply(settings, ['-parallelism=1', '-destroy'], 'command')).toEqual({
      who: [users('ada')],
      destroyers: [users('bob')],
      rebuilders: null,
      requirements: [asks('mergeable'), asks('up_to_date')],
    });
    expect(askedOfApply({ who: {}, requirements: {} }, ['-destroy'], 'command')).toEqual({
      who: [],
      destroyers: [],
      rebuilders: null,
      requirements: [],
    });
  });

  test('of any other plan: nothing of that', () => {
    expect(askedOfApply(settings, ['-target=a.b'], 'command')).toEqual({
      who: [users('ada')],
      destroyers: null,
      rebuilders: null,
      requirements: [asks('mergeable')],
    });
    expect(askedOfApply({ who: {}, requirements: {} }, [], 'command')).toEqual({
      who: [],
      destroyers: null,
      rebuilders: null,
      requirements: [],
    });
  });

  test('of all of an environment: what is asked of that as well', () => {
    const whole = {
      who: { ...settings.who, 'apply-all': [users('cy')] },
      requirements: { ...settings.requirements, 'apply-all': [asks('up_to_date')] },
    };
    expect(askedOfApply(whole, [], 'rebuild')).toEqual({
      who: [users('ada')],
      destroyers: null,
      rebuilders: [users('cy')],
      requirements: [asks('mergeable'), asks('up_to_date')],
    });
    // Nobody is named, so nobody may.
    expect(askedOfApply(settings, [], 'rebuild').rebuilders).toEqual([]);
  });

  test('is asked against the plan, as nothing else is but what changes a state', () => {
    expect([...actions].sort()).toEqual([
      ...[
        'apply',
        'apply-all',
        'break-glass',
        'cancel',
        'consumers',
        'destroy',
        'force-unlock',
        'import',
        'override',
        'plan',
      ],
      ...['plan-all', 'recover', 'state-rm', 'suspend', 'trust', 'unlock'],
    ]);
    expect(actions.filter(isGated)).toEqual([...['apply', 'destroy', 'import', 'state-rm', 'break-glass']]);
  });
});

describe('what is asked of a change of the state', () => {
  test('what is asked of an apply, and what is asked of this besides', () => {
    const requirements = { apply: [asks('mergeable')], import: [asks('up_to_date')] };
    expect(askedOfOperation({ requirements }, 'import')).toEqual([asks('mergeable'), asks('up_to_date')]);
    expect(askedOfOperation({ requirements }, 'state-rm')).toEqual([asks('mergeable')]);
    expect(askedOfOperation({ requirements: { import: [asks('up_to_date')] } }, 'import')).toEqual([
      asks('up_to_date'),
    ]);
  });

  test('it is for those who may apply, and of them for those whom a rule names', () => {
    const who = { apply: [users('ada')], import: [users('bob')] };
    expect(whoMay(who, 'import')).toEqual([users('ada'), users('bob')]);
    expect(whoMay(who, 'state-rm')).toEqual([users('ada')]);
    expect(whoMay({ import: [users('bob')] }, 'import')).toEqual([
      { ...nobody, permission: 'write' },
      users('bob'),
    ]);
    expect(whoMay({}, 'state-rm')).toEqual([{ ...nobody, permission: 'write' }]);
    expect(whoMay(who, 'apply')).toEqual([users('ada')]);
    expect(whoMay(who, 'unlock')).toEqual([]);
  });

  test('plans of consumers are for those who may plan, and of them for those whom a rule names', () => {
    const who = { plan: [users('ada')], consumers: [users('bob')] };
    expect(whoMay(who, 'consumers')).toEqual([users('ada'), users('bob')]);
    expect(whoMay({ plan: who.plan }, 'consumers')).toEqual([users('ada')]);
    expect(whoMay({ consumers: who.consumers }, 'consumers')).toEqual([users('bob')]);
    // What is usual for a plan is asked by whoever judges it.
    expect(whoMay({}, 'consumers')).toEqual([]);
    expect(whoMay(who, 'plan')).toEqual([users('ada')]);
  });
});

describe('what holds an apply up, and what passes what rules ask', () => {
  test('who may apply may suspend, unless a rule names who', () => {
    expect(whoMay({ apply: [users('ada')] }, 'suspend')).toEqual([users('ada')]);
    expect(whoMay({ apply: [users('ada')], suspend: [users('bob')] }, 'suspend')).toEqual([users('bob')]);
    expect(whoMay({ suspend: [users('bob')] }, 'suspend')).toEqual([users('bob')]);
    // What is usual is asked by whoever judges it.
    expect(whoMay({}, 'suspend')).toEqual([]);
  });

  test('administrators may break the glass, and of them those whom a rule names', () => {
    const administrators = { ...nobody, permission: 'admin' };
    expect(whoMay({}, 'break-glass')).toEqual([administrators]);
    expect(whoMay({ apply: [users('ada')], 'break-glass': [users('bob')] }, 'break-glass')).toEqual([
      administrators,
      users('bob'),
    ]);
  });
});
