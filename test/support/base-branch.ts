import type { Sha } from '../../src/domain/ids.ts';
import type { Actor } from '../../src/domain/pull.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from './memory-world.ts';

const backend = 'terraform {\n  backend "http" {}\n}\n';
const files = {
  'network/backend.tf': backend,
  'network/main.tf': 'small',
  'app/backend.tf': backend,
  'app/main.tf': 'small',
  'readme.md': 'one',
};
export const minute = 60_000;

export interface Told extends MemoryWorld {
  /** Where `main` is. */
  at: Sha;
}

export const tell = async (
  work: (world: Told) => Promise<void>,
  {
    main = {},
    ...options
  }: { readonly operator?: string; readonly main?: Readonly<Record<string, string>> } = {},
): Promise<void> => {
  const world = await createMemoryWorld({ main: { ...files, 'first.md': '0', ...main }, ...options });
  const told: Told = Object.assign(Object.create(world), { at: world.main({}) });
  told.forge.branches.setBranch(repo, 'main', told.at);
  try {
    await work(told);
  } finally {
    await world.close();
  }
};

interface How {
  /** The commits that it goes on top of; absent: what is there. */
  readonly on?: readonly Sha[];
  readonly by?: Actor | null;
  /** No webhook comes. */
  readonly lost?: boolean;
  readonly branch?: string;
  /** False: nothing is waited for. */
  readonly settles?: boolean;
}

let webhooks = 0;

/** `main` is put there. */
export const place = (world: Told, commit: Sha): void => {
  world.author.branch('main', commit);
  world.forge.branches.setBranch(repo, 'main', commit);
  world.at = commit;
};

/** What somebody does with `git push`. Resolves when everything is done. */
export const push = async (
  world: Told,
  changed: Readonly<Record<string, string>>,
  how: How = {},
): Promise<Sha> => {
  const before = world.at;
  world.at = world.main(changed, how.on ?? [before]);
  world.forge.branches.setBranch(repo, 'main', world.at);
  if (how.lost !== true) await tellOfPush(world, before, world.at, how);
  return world.at;
};

export const tellOfPush = async (
  world: Told,
  before: Sha | null,
  after: Sha | null,
  { by = people.grace, branch = 'main', settles = true }: How = {},
): Promise<void> => {
  const pull = { repo, number: 0 };
  const isDefault = branch === 'main';
  webhooks += 1;
  await world.road.receive({
    id: `push-${webhooks}`,
    event: 'push',
    action: null,
    repository: `${repo.owner}/${repo.name}`,
    trigger: { kind: 'push', pull, branch, before, after, isDefault, sender: by },
    receivedAt: world.ports.clock.now(),
  });
  if (settles) await world.settled();
};

/** Merged with a commit that has both parents. `tells`: in which order the webhooks come. */
export const merge = async (
  world: Told,
  number: number,
  changed: Readonly<Record<string, string>>,
  tells: readonly ('push' | 'closed')[] = ['closed', 'push'],
): Promise<Sha> => {
  const before = world.at;
  const { head } = world.ask(number);
  const commit = world.main(changed, [before, head.sha]);
  world.at = commit;
  world.forge.branches.setBranch(repo, 'main', commit);
  const merged = { commit, by: people.grace, at: world.ports.clock.now() };
  world.edit(number, { state: 'closed', merged });
  for (const one of tells) {
    if (one === 'push') await tellOfPush(world, before, commit);
    else await world.event(number, 'closed');
    await world.settled();
  }
  return commit;
};

export const open = async (
  world: Told,
  number: number,
  changed: Readonly<Record<string, string>>,
): Promise<void> => {
  world.open(number, changed);
  await world.event(number, 'opened');
  await world.settled();
  // Nobody agreed to a plan in the second in which it appeared.
  await world.advance(2_000);
};

export const say = async (world: Told, number: number, words: string): Promise<void> => {
  await world.advance(2_000);
  await world.comment(number, words);
  await world.settled();
};

export const pendings = async ({ ports }: MemoryWorld): Promise<readonly string[]> =>
  (await ports.store.pendings.open(repo.id)).map(
    ({ name, commit, commits, by, forced }) =>
      `${name}: ${commits} of ${commit.slice(0, 7)} by ${by?.login ?? 'nobody'}${forced ? ', forced' : ''}`,
  );

/** The checks on a commit, `name: conclusion, title`. */
export const checksOn = ({ forge }: MemoryWorld, commit: Sha): readonly string[] =>
  forge
    .checks(repo)
    .filter(({ headSha }) => headSha === commit)
    .map(({ name, conclusion, title }) => `${name}: ${conclusion}, ${title}`);

export const both = (conclusion: string, title: string): readonly string[] => [
  `tidegate/plan: ${conclusion}, ${title}`,
  `tidegate/apply: ${conclusion}, ${title}`,
];

/** How each project of that push ended; `null` for what has not. */
export const endings = async ({ ports }: MemoryWorld, commit: Sha): Promise<readonly string[]> =>
  (await ports.store.pendings.ofCommit(repo.id, commit)).map(({ name, ended }) => `${name}: ${ended}`);

export const boardOf = ({ forge }: MemoryWorld, number: number): string =>
  forge.comments(refOf(number)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';
