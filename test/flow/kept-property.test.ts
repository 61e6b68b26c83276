/** Drift, suspensions, tags and time, in whatever order: decisions 50, 51, 52, 53 and 59. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { passedOver } from '../sim/laid.ts';
import { changed } from '../sim/twins.ts';
import type { Sabotage } from '../sim/world.ts';
import { inCases } from '../support/in-cases.ts';
import { names } from '../support/kept-model.ts';
import { beginKept, type Command, type PlainKind } from '../support/kept-real.ts';

const name = fc.constantFrom(...names);
const more = fc.constantFrom<(readonly string[])[]>([], ['size'], ['size'], ['owner'], [passedOver]);
const only = (...kinds: PlainKind[]) => fc.constantFrom(...kinds).map((kind): Command => ({ kind }));

/** Landed first, or there is nothing that the world can differ from. */
const landing: readonly Command[] = [
  ...(['push', 'apply', 'merge', 'tag'] as const).map((kind) => ({ kind })),
  { kind: 'apply on the issue', name: 'edge' },
];

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('drift' as const), name, more }) },
  { weight: 7, arbitrary: only('an hour goes by') },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('time goes by' as const),
      minutes: fc.integer({ min: 1, max: 50 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('suspend' as const), name, hours: fc.constantFrom(1, 3) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('resume' as const, 'main moves' as const), name }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('apply on the issue' as const), name }) },
  { weight: 6, arbitrary: only('push', 'apply', 'apply', 'merge') },
  { weight: 4, arbitrary: only('tag', 'tag moves', 'tag goes', 'tag comes back') },
  { weight: 1, arbitrary: only('another server') },
);

/** What is otherwise than the model says, from the first command on behind which anything is; null: nothing. */
const whatDiffers = async (
  seed: number,
  commands: readonly Command[],
  sabotage?: Sabotage,
): Promise<string | null> => {
  const kept = await beginKept(seed, sabotage);
  try {
    for (const [at, one] of [...landing, ...commands].entries()) {
      await kept.do(one);
      const differs = await kept.differs();
      if (differs.length > 0) return `after ${at}, ${JSON.stringify(one)}: ${differs.join('; ')}`;
    }
    return null;
  } finally {
    await kept.close();
  }
};

const lists = fc.array(command, { minLength: 5, maxLength: 25, size: 'max' });

inCases(5, 80)(
  'what is kept of projects is what a small model says, whatever happens in whatever order',
  (numRuns) =>
    fc.assert(
      fc.asyncProperty(fc.nat(), lists, async (seed, commands) => {
        expect(await whatDiffers(seed, commands)).toBeNull();
      }),
      { numRuns },
    ),
);

const suspended: readonly Command[] = [
  { kind: 'suspend', name: 'network', hours: 3 },
  { kind: 'push' },
  { kind: 'apply' },
];
/** Each is a world in which one protection is gone, and the shortest story that shows it. */
const twins: readonly (readonly [string, readonly Command[], RegExp, Sabotage])[] = [
  [
    'who suspends a project is not heard',
    suspended,
    /network is applied 1 times/,
    (ports) =>
      changed(ports, (tables) => ({
        ...tables,
        suspensions: { ...tables.suspensions, of: async () => [] },
      })),
  ],
  [
    'what is suspended stays so for longer than was said',
    [{ kind: 'suspend', name: 'edge', hours: 1 }, { kind: 'an hour goes by' }],
    /edge is .*"suspended":true.* should be .*"suspended":false/,
    (ports) =>
      changed(ports, (tables) => ({
        ...tables,
        suspensions: {
          ...tables.suspensions,
          add: (one) => tables.suspensions.add({ ...one, until: one.until + 3_600_000 }),
        },
      })),
  ],
  [
    'nobody keeps where a tag led',
    [{ kind: 'main moves', name: 'edge' }, { kind: 'tag moves' }],
    /network is .*should|edge is .*"pending".*should be/,
    (ports) =>
      changed(ports, (tables) => ({ ...tables, tags: { ...tables.tags, kept: async () => new Map() } })),
  ],
  [
    'what was applied is taken for what is asked for',
    [{ kind: 'main moves', name: 'network' }],
    /network is .*"standing":"same".* should be .*"standing":"pending"/,
    (ports) =>
      changed(ports, (tables) => ({
        ...tables,
        tracked: {
          ...tables.tracked,
          get: async (key) => {
            const row = await tables.tracked.get(key);
            if (row?.applied == null || row.desired === null) return row;
            return { ...row, applied: { ...row.applied, sha: row.desired.sha } };
          },
        },
      })),
  ],
  [
    'it is forgotten once for which moment a look was',
    [{ kind: 'an hour goes by' }],
    /is looked at twice for a moment/,
    (ports) => {
      let forgotten = 0;
      return changed(ports, (tables) => ({
        ...tables,
        drifts: {
          ...tables.drifts,
          put: (row) => {
            const isOver = row.tickAt !== null && row.underWay === null;
            if (isOver) forgotten += 1;
            return tables.drifts.put(isOver && forgotten === 1 ? { ...row, tickAt: null } : row);
          },
        },
      }));
    },
  ],
  [
    'an issue is opened each time that there is something to tell',
    [],
    /"issue":"open".* should be .*"issue":"closed"/,
    (ports) => ({
      ...ports,
      forge: {
        ...ports.forge,
        upsertIssue: (repo, issue) => {
          const marker = `${issue.marker} ${ports.newId()}`;
          const body = issue.body.replace(issue.marker, marker);
          return ports.forge.upsertIssue(repo, { ...issue, number: null, marker, body });
        },
      },
    }),
  ],
];

test.each(twins)('%s: the model finds it out', async (_, commands, says, sabotage) => {
  expect(await whatDiffers(1, commands)).toBeNull();
  expect(await whatDiffers(1, commands, sabotage)).toMatch(says);
});
