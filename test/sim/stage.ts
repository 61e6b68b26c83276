import type { Sha } from '../../src/domain/ids.ts';
import { settle } from './between.ts';
import { act, type Stage, setMain } from './happen.ts';
import { firstFiles } from './laid.ts';
import { realRunners } from './plain-ports.ts';
import { createRandom } from './random.ts';
import type { Happening, Mode, Story } from './story.ts';
import { createWorld, repo, type Sabotage, type World } from './world.ts';

/** A story that is told line by line, on one project `network` where nothing else is said. */
export interface Told {
  readonly world: World;
  /** Files of `main`, as they are now. */
  readonly files: Readonly<Record<string, string>>;
  /** The newest commit of `main`. */
  tip(): Sha;
  /** Files that pull requests have besides. */
  readonly own: ReadonlyMap<number, Readonly<Record<string, string>>>;
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
  /** What else is there, in the place of one project that nobody watches, and three pull requests. */
  readonly cast?: Partial<Pick<Story, 'seed' | 'drift' | 'tagged' | 'pulls'>>;
}

export const pullKey = (pullNumber: number) => ({ repositoryId: repo.id, pullNumber });

/** Close it in the same test. */
export const beginStory = async ({ mode, sabotage, cast }: Telling): Promise<Told> => {
  const story: Story = {
    seed: 1,
    projects: ['network'],
    modes: [mode],
    drift: [],
    tagged: null,
    guarded: null,
    pulls: 3,
    parallelRuns: 2,
    events: [],
    ...cast,
  };
  const world: World = await createWorld({
    story,
    random: createRandom(story.seed),
    runners: await realRunners(),
    ...(sabotage === undefined ? {} : { sabotage }),
  });
  const stage: Stage = {
    world,
    story,
    background: new Set(),
    files: firstFiles(story),
    own: new Map(),
    tip: world.pull(1).base.sha,
    changes: 0,
    deliveries: 0,
    downMs: 0,
    again: null,
  };
  return {
    world,
    files: stage.files,
    tip: () => stage.tip,
    own: stage.own,
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
