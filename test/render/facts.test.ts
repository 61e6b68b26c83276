import { expect, test } from 'vitest';
import type { PlanSummary } from '../../src/domain/plan-summary.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import { all, parse, textOf } from './parse.ts';
import { resource, row, summary, view } from './samples.ts';

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

test('what was not laid out is told where the plan changes something, and above all where it destroys', () => {
  const changing = { hasChanges: true, filesAway: 1_204 };
  expect(shown(changing)).toContain(
    'Planned without 1,204 files of the repository, which the operator does not let it read (`reads`).',
  );
  expect(shown(changing)).not.toContain('without all files');
  expect(shown({ filesAway: 1_204 })).toBe(shown({}));
  const said = 'The plan of `a` destroys something, and was made without all files of the repository.';
  for (const action of ['delete', 'replace'] as const) {
    const { counts } = summary([resource(action, 't.a')]);
    expect(shown({ ...changing, counts }), action).toContain(said);
    expect(shown({ ...changing, filesAway: 0, counts }), action).not.toContain('without all files');
    expect(shown({ ...changing, counts }, 'applied'), action).not.toContain('without all files');
    const both = ['a', 'b'].map((name) =>
      row(name, 'planned', { summary: { ...summary([resource(action, 't.a')]), filesAway: 1 } }),
    );
    expect(board(view(both))).toContain('The plan of `a` and 1 more project destroys something, and');
  }
});
