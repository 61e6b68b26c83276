import { expect, test } from 'vitest';
import type { PlanSummary } from '../../src/domain/plan-summary.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import { all, parse, textOf } from './parse.ts';
import { row, summary, view } from './samples.ts';

const { board } = createRenderer();
const bare = summary([]);
const shown = (more: Partial<PlanSummary>, state: 'planned' | 'applied' = 'planned'): string =>
  board(view([row('a', state, { summary: { ...bare, ...more } })]));
const late = { address: 't.late', type: 't', action: 'create', reason: 'deferred_prereq' } as const;

test('what waits for another plan has a line, and is not called no change', () => {
  const body = shown({
    hasChanges: true,
    counts: { ...bare.counts, deferred: 1_204 },
    deferred: Array.from({ length: 200 }, (_, index) => ({ ...late, address: `t.late[${index}]` })),
  });
  expect(body).toContain('1,204 changes wait for another plan, after this one was applied: `t.late[0]`');
  expect(body).toContain('`t.late[4]` and 1,199 more.');
  expect(body).toContain('only changes that wait for another plan');
  expect(body).not.toContain('no changes');
});

test('provider actions are counted and named', () => {
  const body = shown({
    hasChanges: true,
    counts: { ...bare.counts, invoke: 1 },
    invocations: [{ address: 'action.p_wake.a', type: 'p_wake', trigger: 't.a', event: 'AfterCreate' }],
  });
  expect(body).toContain('| 1 to invoke | planned |');
  expect(body).toContain('Applying also invokes 1 action of the provider: `action.p_wake.a`.');
});

test('checks that do not hold are said even where nothing changes, and their words are only words', () => {
  const check = {
    address: 'check.c',
    kind: 'check',
    status: 'fail',
    problems: ['<b>@ada</b> is `down`'],
  } as const;
  const body = shown({ checkCounts: { pass: 3, fail: 1, error: 0, unknown: 0 }, checks: [check] });
  expect(body).toContain('1 check does not hold: `check.c`. The first says: ');
  expect(textOf(parse(body))).toMatch(/<b>@\W?ada<\/b> is down/);
  expect(
    all(parse(body), 'html')
      .map(({ value }) => value)
      .join(''),
  ).not.toContain('<b>@ada');
});

test('drift is told as no doing of the pull request', () => {
  const drift = [{ address: 't.seen', type: 't', action: 'update', attributes: [] }] as const;
  expect(shown({ driftCounts: { relevant: 1, all: 9 }, drift })).toContain(
    'Not from this pull request: 1 resource was changed outside of the tool, and the plan follows from that too: `t.seen`.',
  );
});

test('of what is applied, and of a plan that has none of it, there is no word', () => {
  const drift = [{ address: 't.seen', type: 't', action: 'update', attributes: [] }] as const;
  expect(shown({ driftCounts: { relevant: 1, all: 9 }, drift }, 'applied')).not.toContain('t.seen');
  expect(
    shown({
      driftCounts: { relevant: 0, all: 9 },
      reads: [{ address: 'data.t.a', type: 't', reason: null }],
    }),
  ).toBe(shown({}));
});
