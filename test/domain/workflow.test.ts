import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Workflow, type WorkflowStep, workflowProblem } from '../../src/domain/workflow.ts';

const runner = {
  name: 'terraform',
  ownSteps: {
    plan: ['init', 'workspace', 'plan', 'show'].map((name) => ({ name, reads: name === 'show' })),
    apply: ['init', 'workspace', 'show', 'apply'].map((name) => ({ name, reads: name === 'show' })),
  },
};
const lint: WorkflowStep = ['tflint', '--recursive', 'more'];
const problem = (more: Partial<Workflow>) =>
  workflowProblem({ name: 'checked', plan: null, apply: null, ...more }, runner);

describe('a workflow', () => {
  it.each<[string, Partial<Workflow>]>([
    ['the own steps alone', { plan: ['init', 'workspace', 'plan', 'show'] }],
    ['programs anywhere in a plan', { plan: [lint, 'init', lint, lint, 'workspace', 'plan', lint, 'show'] }],
    [
      'programs before the reading of an apply',
      { apply: [lint, 'init', 'workspace', lint, 'show', 'apply'] },
    ],
  ])('may have %s', (_, more) => {
    expect(problem(more)).toBeNull();
  });

  it.each<[string, Partial<Workflow>]>([
    ['its `plan` leaves out the step `workspace`', { plan: ['init', lint, 'plan', 'show'] }],
    ['its `plan` leaves out the step `init`', { plan: [lint] }],
    ['its `plan` has the step `plan` in another place', { plan: ['init', 'plan', 'workspace', 'show'] }],
    ['its `plan` has the step `init` twice', { plan: ['init', 'init', 'workspace', 'plan', 'show'] }],
    ['its `plan` has the step `tflint`, which the runner', { plan: ['init', 'workspace', 'tflint', 'plan'] }],
    [
      'its `plan` has `tflint --recursive` behind the step `show`',
      { plan: ['init', 'workspace', 'plan', 'show', lint] },
    ],
    [
      'its `apply` has `tflint --recursive` behind the step `show`',
      { apply: ['init', 'workspace', 'show', lint, 'apply'] },
    ],
    [
      'its `apply` has `tflint --recursive` behind the step `show`',
      { apply: ['init', 'workspace', 'show', 'apply', lint] },
    ],
    ['its `apply` leaves out the step `apply`', { apply: ['init', 'workspace', 'show'] }],
  ])('is refused where %s', (why, more) => {
    const refused = problem(more);
    expect(refused).toMatchObject({ code: 'workflow-unfit' });
    expect(refused?.sentence).toContain(`Workflow \`checked\`: ${why}`);
    expect(refused?.advice).toContain('in this order, with the programs before `show`');
  });

  it('that passes is the own steps with programs in between, and an apply ends with what was read last', () => {
    const step = fc.constantFrom<WorkflowStep>('init', 'workspace', 'plan', 'show', 'apply', lint);
    const steps = fc.oneof(
      fc.array(step, { maxLength: 8 }),
      // Nearly right ones.
      fc
        .tuple(fc.constantFrom('plan', 'apply'), fc.array(fc.nat(5), { maxLength: 3 }))
        .map(([verb, places]): WorkflowStep[] => {
          const all: WorkflowStep[] = runner.ownSteps[verb === 'plan' ? 'plan' : 'apply'].map(
            ({ name }) => name,
          );
          for (const place of places) all.splice(place, 0, lint);
          return all;
        }),
    );
    fc.assert(
      fc.property(fc.constantFrom('plan', 'apply'), steps, (verb, list) => {
        if (problem({ [verb]: list }) !== null) return;
        const own = runner.ownSteps[verb === 'plan' ? 'plan' : 'apply'].map(({ name }) => name);
        expect(list.filter((one) => typeof one === 'string')).toEqual(own);
        expect(list.at(-1)).toBe(own.at(-1));
        if (verb === 'apply') expect(list.slice(-2)).toEqual(['show', 'apply']);
      }),
      { numRuns: 2000 },
    );
  });
});
