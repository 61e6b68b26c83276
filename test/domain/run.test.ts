import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOver, next, type RunEvent, type RunState, type RunVerb, runStates } from '../../src/domain/run.ts';

const kinds = [
  'started',
  'planned',
  'applied',
  'failed',
  'called-off',
  'cancelled',
  'superseded',
  'lost',
  'acknowledged',
] as const;
const event = fc.constantFrom(...kinds).map((kind): RunEvent => ({ kind }));
const verb = fc.constantFrom<RunVerb>('plan', 'apply');

/** Every state a run goes through; events that its state does not allow change nothing. */
const walk = (of: RunVerb, events: readonly RunEvent[]): readonly RunState[] => {
  const states: RunState[] = ['queued'];
  for (const each of events) {
    const state = states.at(-1) ?? 'queued';
    const after = next({ state, verb: of }, each);
    if (after !== null) states.push(after);
  }
  return states;
};

describe('the state machine of runs', () => {
  it('is a table that people can read', () => {
    const table = runStates.flatMap((state) =>
      kinds.flatMap((kind) =>
        (['plan', 'apply'] as const).flatMap((of) => {
          const after = next({ state, verb: of }, { kind });
          return after === null ? [] : [`${of}: ${state} + ${kind} -> ${after}`];
        }),
      ),
    );
    expect(table.join('\n')).toMatchInlineSnapshot(`
      "plan: queued + started -> running
      apply: queued + started -> running
      plan: queued + failed -> failed
      apply: queued + failed -> failed
      plan: queued + cancelled -> cancelled
      apply: queued + cancelled -> cancelled
      plan: queued + superseded -> superseded
      apply: queued + superseded -> superseded
      plan: running + planned -> planned
      apply: running + applied -> applied
      plan: running + failed -> failed
      apply: running + failed -> failed
      apply: running + called-off -> failed
      plan: running + cancelled -> cancelled
      plan: running + superseded -> superseded
      plan: running + lost -> failed
      apply: running + lost -> unresolved
      plan: planned + superseded -> superseded
      apply: unresolved + acknowledged -> failed"
    `);
  });

  it('starts once, and leaves no end but a plan that is superseded and an unknown one that is acknowledged', () => {
    fc.assert(
      fc.property(verb, fc.array(event, { maxLength: 30 }), (of, events) => {
        const states = walk(of, events);
        expect(states.filter((state) => state === 'running').length).toBeLessThanOrEqual(1);
        const firstEnd = states.findIndex(isOver);
        if (firstEnd >= 0) expect(['', 'superseded', 'failed']).toContain(states.slice(firstEnd + 1).join());
        const after = states[firstEnd + 1];
        if (after === 'superseded') expect(states[firstEnd]).toBe('planned');
        if (after === 'failed') expect(states[firstEnd]).toBe('unresolved');
      }),
    );
  });

  it('never takes a running apply away, whatever is asked', () => {
    for (const kind of ['cancelled', 'superseded', 'planned', 'started'] as const)
      expect(next({ state: 'running', verb: 'apply' }, { kind })).toBeNull();
  });
});
