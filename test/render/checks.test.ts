import { describe, expect, test } from 'vitest';
import type { ProblemCode } from '../../src/domain/problem.ts';
import { byteLength, byteLimit } from '../../src/render/budget.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import type { BoardRow, BoardView, CheckView } from '../../src/render/view.ts';
import { attribute, everyState, networkPlan, resource, row, summary, view } from './samples.ts';

const { planCheck, applyCheck, projectCheck } = createRenderer();

const said = ({ status, conclusion, title }: CheckView) => `${conclusion ?? status}: ${title}`;

const network = row('network', 'planned', { summary: networkPlan });
const dns = row('dns', 'planned', { summary: summary([]) });
const inLine = row('cluster', 'waiting', { holder: { pullNumber: 4, url: 'https://forge.example/4' } });

describe('tidegate/plan and tidegate/apply', () => {
  const stories = {
    'nothing affected': [],
    'still queued': [row('network', 'queued'), dns],
    'being planned': [row('network', 'running'), dns],
    'without changes': [dns],
    planned: [network, dns],
    'with only outputs': [
      row('out', 'planned', {
        summary: summary([], [{ name: 'a', action: 'create', before: null, after: '"b"' }]),
      }),
    ],
    'in line': [network, inLine],
    'not planned': [row('network', 'unplanned')],
    'out of date': [row('network', 'superseded')],
    'plan failed': [row('network', 'failed'), dns],
    applying: [row('network', 'applying', { summary: networkPlan }), dns],
    'partly applied': [
      row('network', 'applied', { summary: networkPlan }),
      row('app', 'planned', { summary: networkPlan }),
    ],
    applied: [row('network', 'applied', { summary: networkPlan }), dns],
    'apply failed': [row('network', 'failed', { summary: networkPlan })],
    unresolved: [row('network', 'unresolved', { summary: networkPlan })],
  };

  test('say where things stand', () => {
    const all = Object.entries(stories).map(([story, rows]) => ({
      story,
      plan: said(planCheck(view(rows))),
      apply: said(applyCheck(view(rows))),
    }));
    expect(all).toMatchInlineSnapshot(`
      [
        {
          "apply": "success: Nothing to apply",
          "plan": "success: No project is affected",
          "story": "nothing affected",
        },
        {
          "apply": "in_progress: Waiting for the plan of network",
          "plan": "in_progress: Planning 1 of 2 projects",
          "story": "still queued",
        },
        {
          "apply": "in_progress: Waiting for the plan of network",
          "plan": "in_progress: Planning 1 of 2 projects",
          "story": "being planned",
        },
        {
          "apply": "success: Nothing to apply: no changes",
          "plan": "success: 1 project planned: no changes",
          "story": "without changes",
        },
        {
          "apply": "action_required: Waits for /apply of network (1 to add, 1 to change, 1 to replace, 1 to destroy)",
          "plan": "success: 2 projects planned: 1 to add, 1 to change, 1 to replace, 1 to destroy",
          "story": "planned",
        },
        {
          "apply": "action_required: Waits for /apply of out",
          "plan": "success: 1 project planned: only outputs change",
          "story": "with only outputs",
        },
        {
          "apply": "action_required: Waits for /apply of network (1 to add, 1 to change, 1 to replace, 1 to destroy)",
          "plan": "in_progress: 1 of 2 projects waiting in line for another pull request: cluster",
          "story": "in line",
        },
        {
          "apply": "action_required: Waits for /plan of network",
          "plan": "action_required: 1 project not planned, waiting for /plan: network",
          "story": "not planned",
        },
        {
          "apply": "action_required: Waits for /plan of network",
          "plan": "action_required: 1 project not planned, waiting for /plan: network",
          "story": "out of date",
        },
        {
          "apply": "failure: Cannot be applied, the plan failed: network",
          "plan": "failure: 1 of 2 projects failed to plan: network",
          "story": "plan failed",
        },
        {
          "apply": "in_progress: Applying network",
          "plan": "success: 2 projects planned: 1 to add, 1 to change, 1 to replace, 1 to destroy",
          "story": "applying",
        },
        {
          "apply": "action_required: Waits for /apply of app (1 to add, 1 to change, 1 to replace, 1 to destroy)",
          "plan": "success: 2 projects planned: 2 to add, 2 to change, 2 to replace, 2 to destroy",
          "story": "partly applied",
        },
        {
          "apply": "success: 1 project applied: 1 added, 1 changed, 1 replaced, 1 destroyed",
          "plan": "success: 2 projects planned: 1 to add, 1 to change, 1 to replace, 1 to destroy",
          "story": "applied",
        },
        {
          "apply": "failure: Failed to apply: network",
          "plan": "success: 1 project planned: 1 to add, 1 to change, 1 to replace, 1 to destroy",
          "story": "apply failed",
        },
        {
          "apply": "failure: Outcome unknown: network",
          "plan": "success: 1 project planned: 1 to add, 1 to change, 1 to replace, 1 to destroy",
          "story": "unresolved",
        },
      ]
    `);
  });

  test('answer each row of the check table, and nothing else', () => {
    const stop = (code: ProblemCode) =>
      view([], { problem: { code, sentence: 'It stops here.', advice: 'Do this.' } });
    const changed = (state: BoardRow['state'], more: Partial<BoardRow> = {}) =>
      view([row('network', state, { summary: networkPlan, ...more }), dns]);
    const bad = Object.fromEntries(
      (['draft', 'fork', 'conflict', 'config-invalid'] as const).map((code) => [
        code,
        [stop(code), 'action_required', 'action_required'] as const,
      ]),
    );
    const table: Readonly<Record<string, readonly [BoardView, plan: string, apply: string]>> = {
      'no project': [view([]), 'success', 'success'],
      queued: [view([row('network', 'queued')]), 'in_progress', 'in_progress'],
      planning: [view([row('network', 'running')]), 'in_progress', 'in_progress'],
      'changes planned': [changed('planned'), 'success', 'action_required'],
      'no changes': [view([dns]), 'success', 'success'],
      'on merge, rules met': [changed('planned', { afterMerge: 'ready' }), 'success', 'success'],
      'on merge, rules not met': [changed('planned', { afterMerge: 'waits' }), 'success', 'action_required'],
      ...bad,
      'about to apply': [changed('queued'), 'success', 'in_progress'],
      applying: [changed('applying'), 'success', 'in_progress'],
      applied: [changed('applied'), 'success', 'success'],
      'applied with a newer commit': [view([row('network', 'contained')]), 'success', 'success'],
      failed: [changed('failed'), 'success', 'failure'],
      unresolved: [changed('unresolved'), 'success', 'failure'],
    };
    const of = ({ status, conclusion }: CheckView) => conclusion ?? status;
    const answers = Object.entries(table).map(([name, [seen]]) => [
      name,
      of(planCheck(seen)),
      of(applyCheck(seen)),
    ]);
    expect(answers).toEqual(Object.entries(table).map(([name, [, plan, apply]]) => [name, plan, apply]));
    expect(applyCheck(view([])).title).toBe('Nothing to apply');
    expect(applyCheck(changed('planned')).title).toMatch(/^Waits for /);
    expect(applyCheck(changed('planned', { afterMerge: 'ready' })).title).toMatch(/^Applies after the merge/);
  });

  test('say what the merge applies, also where that is only outputs', () => {
    const outputs = summary([], [{ name: 'a', action: 'create', before: null, after: '"b"' }]);
    const follows = row('out', 'planned', { summary: outputs, afterMerge: 'ready' });
    expect(applyCheck(view([follows])).title).toBe('Applies after the merge: only outputs change');
  });

  test('are as red as the reddest of several projects', () => {
    const one = (state: BoardRow['state'], more: Partial<BoardRow> = {}) =>
      row(state, state, { summary: networkPlan, ...more });
    const follows = one('planned', { afterMerge: 'ready' });
    for (const [other, conclusion] of [
      [one('planned'), 'action_required'],
      [one('applying'), null],
      [one('failed'), 'failure'],
      [one('unresolved'), 'failure'],
      [one('applied'), 'success'],
    ] as const)
      for (const rows of [
        [follows, other],
        [other, follows],
      ])
        expect(applyCheck(view(rows)).conclusion).toBe(conclusion);
  });

  test('never let a merge pass without having decided', () => {
    const undecided = Object.entries(stories).filter(
      ([story]) => !['nothing affected', 'without changes', 'applied'].includes(story),
    );
    for (const [, rows] of undecided) expect(applyCheck(view(rows)).conclusion).not.toBe('success');
    for (const rows of Object.values(stories))
      for (const check of [planCheck(view(rows)), applyCheck(view(rows))]) {
        expect(check.conclusion).not.toBe('neutral');
        expect(check.conclusion === null).toBe(check.status !== 'completed');
      }
  });

  test('ask somebody to act where nothing could be run', () => {
    const of = (code: ProblemCode) =>
      [planCheck, applyCheck].map((check) =>
        said(check(view([], { problem: { code, sentence: `A \`${code}\`.`, advice: 'Do this.' } }))),
      );
    for (const code of ['conflict', 'fork', 'draft', 'config-invalid'] as const)
      expect(of(code)).toEqual([`action_required: A ${code}.`, `action_required: A ${code}.`]);
  });

  test('say what one project waits for, and of several that there is something', () => {
    const gated = {
      summary: networkPlan,
      unmet: true,
      next: '1 of 2 reviews, then `/apply -p network`',
    } as const;
    const one = row('network', 'planned', gated);
    const other = row('app', 'planned', { summary: networkPlan, next: '`/apply -p app`' });
    expect(applyCheck(view([one, dns])).title).toBe(
      'Waits for 1 of 2 reviews, then /apply -p network (1 to add, 1 to change, 1 to replace, 1 to destroy)',
    );
    expect(applyCheck(view([one, other])).title).toBe(
      'Waits for what the rules ask for, then /apply of network, app (2 to add, 2 to change, 2 to replace, 2 to destroy)',
    );
    // Nobody is asked to apply what the merge applies.
    const onMerge = {
      ...one,
      next: '1 of 2 reviews, then the merge, which applies it',
      afterMerge: 'waits',
    } as const;
    expect(applyCheck(view([onMerge, other])).title).toMatch(
      /^Waits for what the rules ask for, then \/apply of app \(/,
    );
    expect(applyCheck(view([onMerge, { ...onMerge, name: 'app' }])).title).toMatch(
      /^Waits for what the rules ask for, then the merge \(/,
    );
  });

  test('say what is not applied because another one is not', () => {
    const waits = (name: string, ...after: readonly string[]) =>
      row(name, 'planned', { summary: networkPlan, after, next: `${after.join()} to be applied, then it` });
    const [cluster, app, alone] = [waits('cluster', 'network'), waits('app', 'cluster'), waits('alone')];
    const of = (...rows: readonly BoardRow[]) => applyCheck(view(rows)).title.replace(/ \(.*/, '');
    const network = (state: BoardRow['state']) => row('network', state, { summary: networkPlan });
    for (const [state, said] of [
      ['failed', 'Failed to apply: network'],
      ['unresolved', 'Outcome unknown: network'],
      ['refused', 'Cannot be applied, it is refused: network'],
    ] as const)
      expect(of(app, network(state), cluster, alone)).toBe(
        `${said}; not applied because of that: cluster, app`,
      );
    expect(of(row('network', 'failed'), cluster)).toBe(
      'Cannot be applied, the plan failed: network; not applied because of that: cluster',
    );
    // What the first one waits for is what all of them wait for.
    expect(of(network('held'), cluster, app)).toMatch(/^Waits for \/trust .*: network$/);
    expect(of(row('network', 'waiting'), cluster)).toMatch(/^Waiting in line .*: network$/);
    expect(of(network('planned'), cluster, app)).toBe('Waits for /apply of network, cluster, app');
    // Nobody is asked to apply what begins by itself, nor what comes after it before that.
    const itself = row('network', 'planned', { summary: networkPlan, byItself: true });
    expect(of(itself, row('dns', 'planned', { summary: networkPlan, byItself: true }))).toBe(
      'Waits for the apply of network, dns, which begins by itself',
    );
    expect(of(itself, cluster)).toBe(
      'Waits for the apply of network, which begins by itself, then /apply of cluster',
    );
    // A project that the merge applies has to be merged first, whatever waits for it.
    const follows = row('network', 'planned', { summary: networkPlan, afterMerge: 'ready' });
    expect(applyCheck(view([follows, cluster])).conclusion).toBe('action_required');
  });

  test('have the table as their summary', () => {
    const { summary: words } = planCheck(everyState);
    expect(words).toContain('| `network` | 1 | 1 | **1** | **1** |');
    expect(words).not.toContain('<!--');
  });

  test('have titles and summaries of a size GitHub takes', () => {
    const rows = Array.from({ length: 2000 }, (_, index) =>
      row(`project-${index}-${'x'.repeat(90)}`, 'failed', { next: 'y'.repeat(500) }),
    );
    for (const check of [planCheck(view(rows)), applyCheck(view(rows))]) {
      expect(check.title.length).toBeLessThanOrEqual(200);
      expect(byteLength(check.summary)).toBeLessThanOrEqual(byteLimit);
    }
  });
});

describe('the check of one project', () => {
  test('tells its state', () => {
    const states = ['queued', 'running', 'cancelled', 'unplanned', 'failed'] as const;
    const checks = [
      network,
      dns,
      inLine,
      row('a', 'applied', { summary: networkPlan }),
      ...states.map((state) => row('a', state)),
    ];
    expect(checks.map((one) => said(projectCheck(one)))).toMatchInlineSnapshot(`
      [
        "success: Planned: 1 to add, 1 to change, 1 to replace, 1 to destroy",
        "success: No changes",
        "in_progress: Waiting in line for #4",
        "success: Applied: 1 added, 1 changed, 1 replaced, 1 destroyed",
        "in_progress: Queued",
        "in_progress: Planning",
        "cancelled: Cancelled",
        "action_required: Not planned: waits for /plan",
        "failure: The plan failed",
      ]
    `);
  });

  test('has the plan as its text', () => {
    expect(projectCheck(network).text).toContain('! replace module.vpc.terraform_data.gateway');
    expect(projectCheck(dns).text).toBe(null);
  });

  test('shortens a plan that is too long', () => {
    const large = summary(
      Array.from({ length: 3000 }, (_, index) =>
        resource('create', `terraform_data.item[${index}]`, [
          attribute('input', null, `"${'a'.repeat(150)}"`),
        ]),
      ),
    );
    const { text } = projectCheck(row('large', 'planned', { summary: large }));
    expect(text && byteLength(text)).toBeLessThanOrEqual(byteLimit);
    expect(text).toContain('left out');
  });
});
