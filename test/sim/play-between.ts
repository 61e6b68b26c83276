import { checkHistory } from '../support/history.ts';
import { type Told, whyNot } from './approvals.ts';
import { comment, createEar, type Point, settle } from './between.ts';
import { realRunners } from './plain-ports.ts';
import { createRandom } from './random.ts';
import { createScene, type Happening, initial, lay, push, pushed, review } from './scene.ts';
import { merge, openOther } from './scene-merge.ts';
import { createWorld, people, repo, type Sabotage, type World } from './world.ts';

const runners = await realRunners();

export interface Wish {
  /** False: grace approved the plan before this one. */
  readonly approved: boolean;
  /** What asks for the apply; a command, unless it is said. */
  readonly road?: 'command' | 'merge';
  readonly happening?: Happening;
  readonly point?: Point;
  /** `waits`: the apply was asked for, and neither started nor refused. */
  readonly twin?: (waits: () => boolean) => Sabotage;
}

export interface Played {
  readonly applied: boolean;
  readonly wrong: readonly string[];
  readonly points: readonly Point[];
}

/** An apply from the command to its end, with something that happens on the way. */
export const play = async ({ approved, road = 'command', happening, point, twin }: Wish): Promise<Played> => {
  const ear = createEar();
  let asked = false;
  const sabotage = twin?.(
    () =>
      asked &&
      [...ear.applies.values()].every(({ startedAt, refusedAt }) => startedAt === null && refusedAt === null),
  );
  const world = await createWorld({
    story: {
      seed: 1,
      projects: ['network'],
      modes: [road],
      drift: [],
      tagged: null,
      guarded: null,
      pulls: 2,
      parallelRuns: 2,
      events: [],
    },
    random: createRandom(1),
    runners,
    sabotage: (ports, more) => ear.around(sabotage?.(ports, more) ?? ports),
  });
  try {
    const scene = createScene(world, ear);
    for (const who of ['grace', 'margaret', 'ada'])
      ear.told.push({ kind: 'may write', who, may: true, tick: 0 });
    lay(scene, initial);
    scene.fork = scene.tip;
    if (!approved) {
      push(scene, { ...initial, head: 1 });
      pushed(world);
      await settle(world);
      review(scene, people.grace, 'approved');
      await settle(world);
    }
    push(scene, initial);
    pushed(world);
    await settle(world);
    if (approved) review(scene, people.grace, 'approved');
    await settle(world);
    if (road === 'merge') {
      openOther(scene);
      await settle(world);
    }
    asked = true;
    ear.listen();
    if (road === 'merge') await merge(scene, 1);
    else scene.command = comment(world, '/apply');
    let came = happening === undefined;
    if (happening !== undefined && point !== undefined)
      ear.at(point, () => {
        came = true;
        happening.act(scene);
      });
    await settle(world);
    const wrong = [...checkHistory(world.journal.facts, true), ...world.complaints];
    if (!came) wrong.push('it never came to that point');
    const asks = await asksOf(world);
    for (const [run, { plan, startedAt, refusedAt }] of ear.applies) {
      const applying = { run, command: asks.get(run) ?? scene.command, plan };
      const because = whyNot(ear.told, applying);
      if (startedAt !== null && because !== null) wrong.push(`applied, and ${because}`);
      if (refusedAt === null || happening?.stops === 'early') continue;
      // It is asked for more than once, and one no is enough: what was altered may have been put right again by the time it is said.
      const moments = [...ear.told.filter(({ kind }) => kind !== 'asks').map(({ tick }) => tick), refusedAt];
      const held = moments
        .filter((tick) => tick >= readyAt(ear.told, run) && tick <= refusedAt)
        .every((moment) => whyNot(stateAt(ear.told, moment), applying) === null);
      if (because === null && held) wrong.push('refused, and everything was as it was approved');
    }
    const applied = [...ear.applies.values()].some(({ startedAt }) => startedAt !== null);
    if (!applied && happening?.stops === 'never')
      wrong.push('nothing stood in the way, and it was not applied');
    return { applied, wrong, points: ear.points };
  } finally {
    await world.close();
  }
};

const readyAt = (told: readonly Told[], run: string): number =>
  told.find((one) => one.kind === 'ready' && one.run === run)?.tick ?? Number.POSITIVE_INFINITY;

/** What was so at this moment, whatever was asked for before it. */
const stateAt = (told: readonly Told[], moment: number): readonly Told[] =>
  told.filter(({ kind, tick }) => kind !== 'asks' && tick <= moment);

/** Which comment asked for an apply, by run. */
const asksOf = async ({ store }: World): Promise<ReadonlyMap<string, number>> => {
  const found = new Map<string, number>();
  for (const run of await store.runs.ofPull({ repositoryId: repo.id, pullNumber: 1 }, [
    'applied',
    'failed',
    'cancelled',
    'superseded',
  ])) {
    const batch = await store.batches.get(run.batchId);
    if (batch?.commentId != null) found.set(run.id, batch.commentId);
  }
  return found;
};
