import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { listProjects } from '../../src/config/listed-projects.ts';
import { meaningOf } from '../../src/config/merge-rules.ts';
import { mergeProjects } from '../../src/config/projects.ts';
import { parseRepositoryFile } from '../../src/config/repository-file.ts';
import type { Project } from '../../src/domain/project.ts';
import { usually } from '../../src/domain/rules/people.ts';
import { actions } from '../../src/domain/rules/requirement.ts';
import { inCases } from '../support/in-cases.ts';
import { folders, operatorFile, taken } from './stories.ts';

/** Nothing that was asked is missing, and nobody may do what they could not do. */
const narrower = ({ settings: now }: Project, { settings: before }: Project): void => {
  for (const action of actions) {
    const asked = (now.requirements[action] ?? []).map(meaningOf);
    expect(asked).toEqual(expect.arrayContaining((before.requirements[action] ?? []).map(meaningOf)));
    const who = now.who[action] ?? [];
    expect(who).toEqual(expect.arrayContaining([...(before.who[action] ?? [])]));
    // Whom another rule names does not take the place of those who usually may.
    if (before.who[action] === undefined && who.length > 0) expect(who).toContainEqual(usually(action));
  }
  if (before.bindApprovals === 'plan') expect(now.bindApprovals).toBe('plan');
  expect(now.policies).toEqual(expect.arrayContaining([...(before.policies ?? ['not known'])]));
};

const others = ({
  settings: { requirements: _, who: __, bindApprovals: ___, policies: ____, ...rest },
}: Project) => rest;

describe('for any files', () => {
  const dirs = ['.', 'a', 'b', 'prod', 'prod/a'];
  const names = ['a', 'b', 'c', 'root', 'prod'];
  const dir = fc.constantFrom(...dirs);
  const settings = fc.record(
    {
      runner: fc.constantFrom('r1', 'r2'),
      version: fc.constantFrom('1.0.0', '2.0.0'),
      var_files: fc.constantFrom(['x'], ['y']),
      backend_files: fc.constantFrom(['x'], []),
      env: fc.constantFrom({ A: '1' }, { A: '2' }, { B: '1' }),
      environment: fc.constantFrom('dev', 'prod'),
      labels: fc.constantFrom(['x'], ['y', 'z']),
      workflow: fc.constantFrom('one', 'two'),
      requirements: fc.constantFrom<unknown>(
        ['approved'],
        [],
        [{ approved: { count: 2, users: ['ada'] }, when: 'plan.destroy > 0' }, 'mergeable'],
        { plan: ['mergeable'], apply: ['approved'] },
      ),
      who_may: fc.constantFrom<unknown>(
        { apply: { users: ['ada'] } },
        { apply: { users: ['ada', 'eve'] }, plan: { permission: 'admin' } },
      ),
      bind_approvals: fc.constantFrom('plan', 'commit'),
    },
    { requiredKeys: [] },
  );
  const rule = fc
    .tuple(
      fc.constantFrom('**', 'a', 'prod/**', '*', '.'),
      settings,
      fc.constantFrom(null, null, 'prod', ['dev', 'test']),
    )
    .map(([match, { environment, ...keys }, environments]) => ({
      match,
      ...keys,
      ...(environments !== null ? { environments } : environment !== undefined ? { environment } : {}),
    }));
  const rules = fc.array(rule, { maxLength: 3 });
  const operatorRules = fc.array(
    fc
      .tuple(rule, fc.constantFrom({}, {}, { repositories: 'A/*' }, { repositories: 'c/*' }))
      .map(([keys, more]) => ({ ...keys, ...more })),
    { maxLength: 3 },
  );
  const policies = fc
    .array(
      fc.record(
        {
          match: fc.constantFrom('**', 'a', 'prod/**', '*', '.'),
          repositories: fc.constantFrom('A/*', 'c/*'),
        },
        { requiredKeys: ['match'] },
      ),
      { maxLength: 4 },
    )
    .map((list) => list.map((keys, index) => ({ name: `p${index}`, rule: 'true', ...keys })));
  const projects = fc
    .uniqueArray(
      fc.tuple(
        fc.record({ name: fc.constantFrom(...names), dir, workspace: fc.constantFrom('default', 'w') }),
        settings,
        fc.record(
          {
            when_modified: fc.constantFrom(['*.tf'], ['**']),
            branches: fc.constantFrom(['main'], ['m*', 'release'], ['release']),
          },
          { requiredKeys: [] },
        ),
      ),
      { maxLength: 4, selector: ([{ name }]) => name },
    )
    .map((list) =>
      list.map(([place, keys, watched], index) => ({
        ...place,
        ...keys,
        ...watched,
        depends_on: index > 0 && keys.runner === 'r1' ? [list[0]?.[0].name] : [],
      })),
    );
  const repositoryFile = fc.option(
    fc
      .record(
        {
          projects,
          rules,
          discovery: fc.record(
            {
              mode: fc.constantFrom('auto', 'enabled', 'disabled'),
              ignore: fc.constantFrom([], ['prod/**']),
            },
            { requiredKeys: [] },
          ),
        },
        { requiredKeys: [] },
      )
      .map((content) => taken(parseRepositoryFile(JSON.stringify({ version: 1, ...content }), 'f'))),
  );
  const found = fc.uniqueArray(dir).map((list) => folders(...list));
  const input = fc.record(
    {
      repositoryId: fc.constant(7),
      declared: fc.constant(new Map()),
      repository: fc.constant('a/b'),
      baseBranch: fc.constant('main'),
      operator: fc
        .tuple(operatorRules, policies)
        .map(([ruled, held]) => operatorFile(JSON.stringify(ruled), JSON.stringify(held))),
      base: repositoryFile,
      head: repositoryFile,
      found,
      foundInBase: found,
    },
    {
      requiredKeys: [
        'repositoryId',
        'declared',
        'repository',
        'baseBranch',
        'operator',
        'base',
        'head',
        'found',
      ],
    },
  );
  const place = (project: Project): string => `${project.dir} ${project.workspace}`;

  inCases(100, 1_000)('the head takes no requirement away, and changes no other setting', (numRuns) => {
    fc.assert(
      fc.property(input, (sources) => {
        const now = mergeProjects(sources).projects;
        const unchanged = mergeProjects({
          ...sources,
          head: sources.base,
          found: sources.foundInBase ?? sources.found,
        }).projects;
        const namesNow = new Set(now.map(({ name }) => name));
        for (const project of now) {
          for (const before of unchanged) {
            if (before.name !== project.name && place(before) !== place(project)) continue;
            narrower(project, before);
          }
          const same =
            unchanged.find(({ name }) => name === project.name) ??
            unchanged.find((before) => place(before) === place(project) && !namesNow.has(before.name));
          // One of that name which the base has for another branch is the same project, and keeps what it was given there.
          const isElsewhere = sources.base?.projects?.some(
            ({ name, branches }) => name === project.name && branches?.includes('release'),
          );
          if (same === undefined || isElsewhere) continue;
          expect(others(project)).toEqual(others(same));
        }
      }),
      { numRuns },
    );
  });

  inCases(100, 500)(
    'the head gets round no policy, and meets them all at a place that the base does not know',
    (numRuns) => {
      fc.assert(
        fc.property(input, (sources) => {
          const ofRepository = sources.operator.policies.filter(
            ({ inRepository }) => inRepository?.('a/b') ?? true,
          );
          const inBase = listProjects(sources.base, sources.foundInBase ?? [], { mode: null, ignores: null });
          for (const project of mergeProjects(sources).projects) {
            const isKnown = inBase.some(
              ({ dir, workspace }) => dir === project.dir && workspace === project.workspace,
            );
            const origin = inBase.find(({ name }) => name === project.name);
            const due = ofRepository.filter(
              ({ matches }) =>
                !isKnown || matches(project.dir) || (origin !== undefined && matches(origin.dir)),
            );
            const { policies: held } = project.settings;
            expect(held).toEqual(expect.arrayContaining(due.map(({ name }) => name)));
            // Each once, and none that is another repository's.
            expect(new Set(held).size).toBe(held?.length);
            expect(ofRepository.map(({ name }) => name)).toEqual(expect.arrayContaining([...(held ?? [])]));
          }
        }),
        { numRuns },
      );
    },
  );

  inCases(100, 1_000)(
    'what comes out hangs together: names and keys once, dependencies that exist, no circle',
    (numRuns) => {
      fc.assert(
        fc.property(input, (sources) => {
          const { projects: all, notTaken } = mergeProjects(sources);
          expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
          expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
          const done = new Set<string>();
          for (let round = 0; round < all.length; round++) {
            for (const { name, dependsOn } of all)
              if (dependsOn.every((need) => done.has(need.name))) done.add(name);
          }
          expect(done.size).toBe(all.length);
          const keys = new Set(all.map(({ key }) => key));
          for (const { project, keys: names } of notTaken) {
            expect(keys.has(project)).toBe(true);
            expect(names.length).toBeGreaterThan(0);
          }
        }),
        { numRuns },
      );
    },
  );

  inCases(100, 500)('nothing is left untaken where the head changes nothing', (numRuns) => {
    fc.assert(
      fc.property(input, (sources) => {
        const { notTaken, rulesAfterMerge } = mergeProjects({ ...sources, head: sources.base });
        expect([notTaken, rulesAfterMerge]).toEqual([[], 0]);
      }),
      { numRuns },
    );
  });
});
