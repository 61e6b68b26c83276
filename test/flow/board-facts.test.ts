import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boardFacts } from '../../src/flow/outbox/board-facts.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import { hostile } from '../render/hostile.ts';
import { all, toPage } from '../render/parse.ts';
import { view } from '../render/samples.ts';
import { batch, planned, project } from '../store/samples.ts';
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

  it('has room for some projects only, and counts the others', () => {
    const names = Array.from({ length: 300 }, (_, index) => `project-${index}`);
    const text = of(names);
    expect(Buffer.byteLength(text)).toBeLessThan(6_200);
    const { projects, more } = read(text);
    expect(projects.length).toBeGreaterThan(5);
    expect(projects.length + more).toBe(300);
  });

  it('stays unseen, whatever names say', () => {
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
      { numRuns: 1_000 },
    );
  });
});
