import { describe, expect, test } from 'vitest';
import type { Counts, PlanSummary } from '../../../src/domain/plan-summary.ts';
import { knownView, planView } from '../../../src/domain/rules/plan-view.ts';
import { summary } from '../../store/samples.ts';

const none: Counts = {
  create: 0,
  update: 0,
  replace: 0,
  delete: 0,
  import: 0,
  move: 0,
  forget: 0,
  read: 0,
  invoke: 0,
  deferred: 0,
};

describe('a plan as conditions see it', () => {
  test('counts a replace as something that is destroyed', () => {
    const view = planView({ ...summary, counts: { ...none, delete: 2, replace: 3, read: 4 } });
    expect([view.destroy, view.delete, view.replace, view.read]).toEqual([5, 2, 3, 4]);
  });

  test('is not known where an older version read less of it', () => {
    expect(knownView({ ...summary, facts: 'all' })).toEqual(planView(summary));
    expect(knownView({ ...summary, facts: 'some' })).toBeNull();
  });

  test('says nothing where there is nothing to say', () => {
    const [first] = summary.resources;
    if (first === undefined) throw new Error('no resource');
    const seen = (more: Partial<typeof first>) => {
      const [view] = planView({ ...summary, resources: [{ ...first, ...more }] }).resources;
      return [view?.module, view?.previousAddress, view?.reason];
    };
    expect(seen({ module: null, previousAddress: null, reason: null })).toEqual(['', '', '']);
    expect(seen({ module: 'module.a', previousAddress: 'a.b', reason: 'tainted' })).toEqual([
      'module.a',
      'a.b',
      'tainted',
    ]);
    const outputs = (['create', 'no-op'] as const).map((action) => ({
      name: action,
      action,
      before: null,
      after: null,
    }));
    expect(planView({ ...summary, outputs }).outputs).toEqual([{ name: 'create', action: 'create' }]);
  });

  test('is nothing but moves only where nothing else happens', () => {
    const [first] = summary.resources;
    if (first === undefined) throw new Error('no resource');
    const moved = { ...first, action: 'move' as const };
    const onlyMoves = (more: Partial<PlanSummary>) =>
      planView({
        ...summary,
        facts: 'all',
        complete: true,
        counts: { ...none, move: 1 },
        resources: [moved],
        outputs: [],
        ...more,
      }).onlyMoves;
    expect(onlyMoves({})).toBe(true);
    expect(onlyMoves({ complete: null })).toBe(true);
    for (const kind of [
      'create',
      'update',
      'replace',
      'delete',
      'import',
      'forget',
      'read',
      'invoke',
      'deferred',
    ] as const)
      expect(onlyMoves({ counts: { ...none, move: 1, [kind]: 1 } }), kind).toBe(false);
    expect(onlyMoves({ resources: [moved, { ...first, action: 'update' }] })).toBe(false);
    expect(onlyMoves({ outputs: [{ name: 'id', action: 'create', before: null, after: null }] })).toBe(false);
    expect(onlyMoves({ facts: 'some' })).toBe(false);
    expect(onlyMoves({ complete: false })).toBe(false);
    expect(onlyMoves({ counts: none, resources: [] })).toBe(false);
  });

  test('holds no value of an attribute or an output', () => {
    const view = planView({
      ...summary,
      resources: summary.resources.map((one) => ({
        ...one,
        attributes: [{ path: 'input', before: '"sesame"', after: '"sesame"', forcesReplacement: true }],
        importing: { id: 'sesame' },
      })),
      outputs: [{ name: 'id', action: 'create', before: 'sesame', after: 'sesame' }],
    });
    expect(view.resources.length).toBeGreaterThan(0);
    expect(JSON.stringify(view)).not.toContain('sesame');
  });
});
