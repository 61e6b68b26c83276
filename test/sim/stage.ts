import { settle } from './between.ts';
import { act, type Stage, setMain } from './happen.ts';
import { realRunners } from './plain-ports.ts';
import { createRandom } from './random.ts';
import type { Happening, Mode } from './story.ts';
import { createWorld, repo, type Sabotage, type World } from './world.ts';

/** A story that is told line by line, on one project `network`. */
export interface Told {
  readonly world: World;
  /** It happens, and everything follows from it. */
  tell(what: Happening): Promise<void>;
  /** The same, without waiting for anything. */
  begin(what: Happening): Promise<void>;
  settled(): Promise<void>;
  /** Somebody pushes these files to `main`. */
  lay(files: Record<string, string>): void;
  /** Time goes by, and so does what follows from that. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

export interface Telling {
  readonly mode: Mode;
  readonly sabotage?: Sabotage;
}

export const pullKey = (pullNumber: number) => ({ repositoryId: repo.id, pullNumber });

/** Close it in the same test. */
export const beginStory = async ({ mode, sabotage }: Telling): Promise<Told> => {
  const story = {
    seed: 1,
    projects: ['network'],
    modes: [mode],
    drift: [],
    tagged: null,
    guarded: null,
    pulls: 3,
    parallelRuns: 2,
    events: [],
  };
  const world: World = await createWorld({
    story,
    random: createRandom(1),
    runners: await realRunners(),
    ...(sabotage === undefined ? {} : { sabotage }),
  });
  const stage: Stage = {
    world,
    story,
    background: new Set(),
    files: { 'network/main.tf': 'network 0\n' },
    own: new Map(),
    tip: world.pull(1).base.sha,
    changes: 0,
    deliveries: 0,
    downMs: 0,
    again: null,
  };
  return {
    world,
    tell: async (what) => {
      await act(stage, { after: 0, what });
      await settle(world);
    },
    begin: (what) => act(stage, { after: 0, what }),
    settled: () => settle(world),
    lay: (files) => setMain(stage, files),
    pass: async (ms) => {
      let isOver = false;
      // Where no server is up nobody else sleeps, and time would stand still.
      void world.schedule.clock.sleep(ms).then(() => {
        isOver = true;
      });
      await world.schedule.until(() => isOver, ms + 1);
      await settle(world);
    },
    close: world.close,
  };
};
