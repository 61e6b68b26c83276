import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Run } from '../../src/domain/run.ts';
import { boardFacts, saysPlanned } from '../../src/flow/outbox/board-facts.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import { hostile } from '../render/hostile.ts';
import { all, toPage } from '../render/parse.ts';
import { view } from '../render/samples.ts';
import { batch, planned, project } from '../store/samples.ts';
import { inCases } from '../support/in-cases.ts';
import { samplePull } from '../support/samples.ts';

const sign = (text: string): string => `mac${text.length}`;
const of = (names: readonly string[]): string => {
  const affected = names.map((name) => ({ ...project('network'), name }));
  const runs = affected.map((one) => planned({ project: one }));
  return boardFacts({ pull: samplePull(), batch: batch({ affected }), runs, sign }) ?? '';
};
const read = (facts: string) => {
  const [, json = '', mac] = /^tidegate:facts (\{.*\}) (\w+)$/s.exec(facts) ?? [];
  return { ...JSON.parse(json), json, mac };
};

describe('what other programs may read of a board', () => {
  it('is JSON with a version, the plans, and a MAC over its text', () => {
    const { json, mac, ...facts } = read(of(['network']));
    expect(facts).toMatchObject({
      v: 1,
      repository: 'acme/infrastructure',
      more: 0,
      projects: [
        {
          name: 'network',
          plan: { state: 'planned', digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
          apply: null,
        },
      ],
    });
    expect(mac).toBe(sign(JSON.stringify(['board facts', json])));
  });

  it('says which state a plan was made from, where that is known', () => {
    const one = planned({ project: project('network') });
    const facts = (madeFrom?: { serial: number; lineage: string | null }): string => {
      const plan = one.plan === null ? null : { ...one.plan, summary: { ...one.plan.summary, madeFrom } };
      const affected = [one.project];
      return (
        boardFacts({ pull: samplePull(), batch: batch({ affected }), runs: [{ ...one, plan }], sign }) ?? ''
      );
    };
    const state = { serial: 41, lineage: '9aa5686c-4bb6-31e4-d594-c51586d5132f' };
    expect(read(facts(state)).projects[0].plan.madeFrom).toEqual(state);
    // Of an older Tidegate.
    expect(read(facts()).projects[0].plan.madeFrom).toBeNull();
  });

  it('is known again by its MAC, for the pull request that it is of', () => {
    const keyed = (key: string) => (words: string) => createHmac('sha256', key).update(words).digest('hex');
    const pull = samplePull();
    const run = planned({ project: project('network') });
    const facts = (runs: readonly Run[]) =>
      boardFacts({ pull, batch: batch({ affected: [run.project] }), runs, sign: keyed('ours') });
    const body = createRenderer().board({ ...view([]), facts: facts([run]) });
    const isOurs = (words: string, ref = pull.ref, key = 'ours'): boolean =>
      saysPlanned(words, ref, keyed(key));
    expect(isOurs(body)).toBe(true);
    expect(isOurs(body, { ...pull.ref, repo: { ...pull.ref.repo, owner: 'ACME' } })).toBe(true);
    expect(isOurs(body, pull.ref, 'another')).toBe(false);
    expect(isOurs(body, { ...pull.ref, number: pull.ref.number + 1 })).toBe(false);
    expect(isOurs(body, { ...pull.ref, repo: { ...pull.ref.repo, name: 'other' } })).toBe(false);
    expect(isOurs(body.replace('"v":1', '"v": 1'))).toBe(false);
    expect(isOurs(body.replace(/ \w+ -->\s*$/, ' -->'))).toBe(false);
    // A note below it.
    expect(isOurs(`${body}\nwords`)).toBe(true);
    expect(isOurs('')).toBe(false);
    expect(isOurs(createRenderer().board({ ...view([]), facts: facts([]) }))).toBe(false);
  });

  it('has room for some projects only, and counts the others', () => {
    const names = Array.from({ length: 300 }, (_, index) => `project-${index}`);
    const text = of(names);
    expect(Buffer.byteLength(text)).toBeLessThan(6_200);
    const { projects, more } = read(text);
    expect(projects.length).toBeGreaterThan(5);
    expect(projects.length + more).toBe(300);
  });

  inCases(100, 1_000)('stays unseen, whatever names say', (numRuns) => {
    const { board } = createRenderer();
    const plain = all(toPage(board(view([]))), 'element').length;
    fc.assert(
      fc.property(fc.array(hostile(), { maxLength: 3 }), (names) => {
        const facts = of(names);
        expect(read(facts).projects.map(({ name }: { name: string }) => name)).toEqual(names);
        const page = toPage(board({ ...view([]), facts }));
        expect(all(page, 'element')).toHaveLength(plain);
        expect(all(page, 'comment')).toHaveLength(2);
      }),
      { numRuns },
    );
  });
});
