import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlanSummary, ResourceChange } from '../../src/domain/plan-summary.ts';
import { isAbout, onlyCreates, type RebuildFacts, reaches } from '../../src/domain/rebuild.ts';
import { noCounts, resource, summary } from '../render/samples.ts';
import { planned } from '../store/samples.ts';
import { commit, person, sampleProject } from '../support/samples.ts';

const project = sampleProject('app', { settings: { environment: 'prod' } });
const made = resource('create', 'terraform_data.this');
const creating: PlanSummary = {
  ...summary([made]),
  facts: 'all',
  complete: true,
  counts: { ...noCounts, create: 1 },
  outputs: [],
};

const planRun = (what: PlanSummary = creating, endedAt = 200): RebuildFacts['planRun'] => {
  const { plan } = planned();
  if (plan === null) throw new Error('it is planned');
  return { headSha: commit('a'), extra: [], endedAt, plan: { ...plan, summary: what } };
};

const rebuild = {
  ...{ repositoryId: 1, pullNumber: 1, environment: 'prod', headSha: commit('a') },
  ...{ actor: person(1, 'ada'), commentId: 5, at: 100 },
};
const facts: RebuildFacts = { rebuild, planRun: planRun(), project, affected: [], runs: [] };
const run = (state: RebuildFacts['runs'][number]['state'], createdAt: number) => ({
  ...{ state, createdAt, project },
});

describe('what nobody has seen', () => {
  it('is gone on with where it only creates, and each thing else stops it', () => {
    expect(reaches(facts)).toMatchObject({ holds: true });
    const others: readonly Partial<RebuildFacts>[] = [
      { rebuild: null },
      { rebuild: { ...rebuild, headSha: commit('b') } },
      { rebuild: { ...rebuild, environment: 'dev' } },
      { project: sampleProject('app') },
      { affected: [project] },
      { runs: [run('failed', 150)] },
      { runs: [run('cancelled', 100)] },
      { runs: [run('unresolved', 150)] },
      { planRun: { ...planRun(), plan: null } },
      { planRun: { ...planRun(), endedAt: null, extra: ['-target=a.b'] } },
      { planRun: planRun({ ...creating, counts: { ...noCounts, create: 1, update: 1 } }) },
    ];
    for (const other of others) expect(reaches({ ...facts, ...other })).toMatchObject({ holds: false });
    // What went wrong before is why it was asked for.
    expect(reaches({ ...facts, runs: [run('failed', 99)] }).holds).toBe(true);
  });

  it('is not what was there when it was said: that was shown, whatever it does and whoever changes it', () => {
    const shown = { planRun: planRun(summary([resource('update', 'a.b')]), 100), affected: [project] };
    expect(reaches({ ...facts, ...shown }).holds).toBe(true);
    expect(reaches({ ...facts, ...shown, rebuild: null }).holds).toBe(false);
    expect(reaches({ ...facts, ...shown, rebuild: { ...rebuild, at: 99 } }).holds).toBe(false);
  });

  it('is about projects of that environment and commit', () => {
    expect(isAbout(rebuild, { headSha: commit('a'), project })).toBe(true);
    expect(isAbout(rebuild, { headSha: commit('a'), project: sampleProject('app') })).toBe(false);
    expect(isAbout(null, { headSha: commit('a'), project })).toBe(false);
  });
});

describe('only to create', () => {
  it('is what holds for creates and reads alone, by the counts and by each resource', () => {
    expect(onlyCreates(creating)).toBe(true);
    expect(onlyCreates({ ...creating, counts: { ...creating.counts, read: 3 } })).toBe(true);
    expect(onlyCreates({ ...creating, facts: 'some' })).toBe(false);
    expect(onlyCreates({ ...creating, complete: false })).toBe(false);
    expect(onlyCreates({ ...creating, hasChanges: false })).toBe(false);
    const change: Partial<ResourceChange>[] = [
      { action: 'update' },
      { action: 'delete' },
      { action: 'replace' },
      { action: 'move' },
      { action: 'forget' },
      { action: 'import' },
      { previousAddress: 'terraform_data.that' },
      { importing: { id: 'x' } },
      { deposed: 'k' },
    ];
    for (const one of change)
      expect(onlyCreates({ ...creating, resources: [made, { ...made, ...one }] })).toBe(false);
    for (const action of ['update', 'delete'] as const) {
      const output = { name: 'path', action, before: null, after: null };
      expect(onlyCreates({ ...creating, outputs: [output] })).toBe(false);
    }
  });

  it('is never said of a plan that counts anything else', () => {
    const counts = fc.record({
      ...Object.fromEntries(Object.keys(noCounts).map((kind) => [kind, fc.nat(2)])),
    });
    fc.assert(
      fc.property(counts, (more) => {
        const all = { ...noCounts, ...more };
        const { create: _, read: __, ...others } = all;
        const none = Object.values(others).every((count) => count === 0);
        expect(onlyCreates({ ...creating, counts: all })).toBe(none);
      }),
    );
  });
});
