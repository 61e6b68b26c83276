import { type Person, personOf, type ThreadComment } from '../../src/demo/person.ts';
import { startWorld, stateFolderOf, type World, type WorldOptions } from '../../src/demo/world.ts';
import { oneAppKey } from './app-key.ts';
import { configuration } from './configuration.ts';
import { checkHistory } from './history.ts';
import { watchPorts } from './history-around.ts';
import { createJournal } from './history-facts.ts';
import { temporaryFolder } from './leftovers.ts';
import { compileCache } from './main-process.ts';
import { notConverging } from './operator-of-tests.ts';

/** A world for one test: a hub, Tidegate, four people, and what a reader sees. */
export interface Story {
  readonly world: World;
  readonly folder: string;
  readonly ada: Person;
  readonly grace: Person;
  readonly margaret: Person;
  readonly mallory: Person;
  /** Waits until neither side has anything left to do. */
  settled(): Promise<void>;
  /** Text of the one board comment; null when there is none. Fails when there are two. */
  board(number: number): Promise<string | null>;
  /** Answers to commands, oldest first, without their markers. */
  replies(number: number): Promise<readonly string[]>;
  /** `name: conclusion or status, title`, sorted. */
  checks(number: number): Promise<readonly string[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

export type StoryWish = Partial<Omit<WorldOptions, 'files'>> & {
  /** Files on `main`; gets the folder (absolute) where local state may live. */
  readonly files: (stateFolder: string) => Readonly<Record<string, string>>;
  /** It is planned once more behind each apply, as servers do; most stories are not about that. */
  readonly converges?: boolean;
};

const withoutMarkers = (body: string): string => body.replaceAll(/<!--.*?-->\n*/gs, '').trim();

export const tellStory = async ({ files, converges = false, ...wish }: StoryWish): Promise<Story> => {
  const folder = wish.folder ?? temporaryFolder();
  // Of servers in this process; one of its own tells nobody.
  const history = createJournal();
  const world = await startWorld({
    people: { margaret: 'admin', ada: 'write', grace: 'write', mallory: 'read' },
    environment: { PATH: process.env['PATH'] },
    ...wish,
    hub: { newKey: oneAppKey, ...wish.hub },
    app: {
      hostCode: compileCache,
      ...wish.app,
      around: (given) => {
        const ports = converges ? given : { ...given, operator: notConverging(given.operator) };
        return watchPorts({ ...(wish.app?.around?.(ports) ?? ports), configuration }, history);
      },
    },
    folder,
    files: files(stateFolderOf(folder)),
  });
  const ada = personOf(world, 'ada');
  const said = async (number: number, marker: string): Promise<readonly ThreadComment[]> =>
    (await ada.comments(number)).filter(({ body }) => body.includes(marker));
  return {
    world,
    folder,
    ada,
    grace: personOf(world, 'grace'),
    margaret: personOf(world, 'margaret'),
    mallory: personOf(world, 'mallory'),
    settled: world.settled,
    board: async (number) => {
      const boards = await said(number, 'tidegate:board:');
      if (boards.length > 1) throw new Error(`#${number} has ${boards.length} boards`);
      return boards[0] === undefined ? null : withoutMarkers(boards[0].body);
    },
    replies: async (number) =>
      (await said(number, 'tidegate:reply:')).map(({ body }) => withoutMarkers(body)),
    checks: async (number) =>
      (await ada.checks(number))
        .map((check) => `${check.name}: ${check.conclusion ?? check.status}, ${check.output.title ?? ''}`)
        .sort(),
    [Symbol.asyncDispose]: async () => {
      await world.close();
      const wrong = checkHistory(history.facts, false);
      if (wrong.length > 0) throw new Error(`the history breaks a promise: ${wrong.join('; ')}`);
    },
  };
};

/** `backend "local"` outside every checkout, so that a project may be planned. */
export const localBackend = (stateFolder: string, name: string): string =>
  `terraform {\n  backend "local" {\n    path = "${stateFolder}/${name}.tfstate"\n  }\n}\n`;
