import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { downstreamOf, inOrder } from '../../src/domain/graph.ts';
import { needs, sampleProject } from '../support/samples.ts';

const namesOf = (projects: readonly { readonly name: string }[]) => projects.map(({ name }) => name);

/** Projects without circles, each depending on some of those made before it, given in any order. */
const graphs = fc
  .array(fc.array(fc.nat(11), { maxLength: 4 }), { minLength: 1, maxLength: 12 })
  .chain((all) => {
    const projects = all.map((before, index) =>
      sampleProject(`p${index}`, {
        dependsOn: needs(...new Set(before.filter((one) => one < index).map((one) => `p${one}`))),
      }),
    );
    return fc.shuffledSubarray(projects, { minLength: projects.length });
  });

describe('the order of a graph', () => {
  it('puts dependencies before dependants and keeps the rest in order', () => {
    const app = sampleProject('app', { dependsOn: needs('database', 'gone') });
    const data = sampleProject('database', { dependsOn: needs('network') });
    const network = sampleProject('network');
    const other = sampleProject('other');
    expect(namesOf(inOrder([app, other, data, network]))).toEqual(['network', 'database', 'app', 'other']);
  });

  it('property: every project is there once, and behind all that it depends on', () => {
    fc.assert(
      fc.property(graphs, (projects) => {
        const ordered = namesOf(inOrder(projects));
        expect([...ordered].sort()).toEqual(namesOf(projects).sort());
        for (const { name, dependsOn } of projects)
          for (const need of dependsOn)
            expect(ordered.indexOf(need.name)).toBeLessThan(ordered.indexOf(name));
      }),
    );
  });

  it('comes to an end in a circle, and with a chain as long as a file can be', () => {
    const circle = [
      sampleProject('a', { dependsOn: needs('b') }),
      sampleProject('b', { dependsOn: needs('a') }),
    ] as const;
    expect(namesOf(inOrder(circle)).sort()).toEqual(['a', 'b']);
    const chain = Array.from({ length: 20_000 }, (_, at) =>
      sampleProject(`p${at}`, { dependsOn: needs(`p${at + 1}`) }),
    );
    expect(inOrder(chain)[0]?.name).toBe('p19999');
  });

  it('property: downstream of a project is exactly what cannot be reached without it being needed', () => {
    fc.assert(
      fc.property(graphs, fc.nat(11), (projects, at) => {
        const start = projects[at % projects.length]?.name ?? '';
        const edges = new Map(projects.map(({ name, dependsOn }) => [name, dependsOn]));
        const leadsTo = (name: string): boolean =>
          (edges.get(name) ?? []).some((need) => need.name === start || leadsTo(need.name));
        expect(namesOf(downstreamOf(projects, [start]))).toEqual(namesOf(projects).filter(leadsTo));
      }),
    );
  });
});
