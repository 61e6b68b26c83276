import type { Sha } from '../../src/domain/ids.ts';
import type { Actor, Review } from '../../src/domain/pull.ts';
import { comment, type Ear, send } from './between.ts';
import { people, refOf, repo, type World } from './world.ts';

/** #1 while its apply is under way, and everything that somebody may do to it at any moment. */
export interface Scene {
  readonly world: World;
  readonly ear: Ear;
  /** The comment that asked for the apply; 0 before that. */
  command: number;
  /** Where #1 left `main`, and where that is now. */
  fork: Sha;
  tip: Sha;
  readonly given: Review[];
}

export const createScene = (world: World, ear: Ear): Scene => {
  const { sha } = world.pull(1).base;
  return { world, ear, command: 0, fork: sha, tip: sha, given: [] };
};

const rules = (needed: number) =>
  `version: 1\nprojects:\n  - dir: network\n    requirements: [{approved: {count: ${needed}}}]\n`;

/** What lies on `main`, and what #1 brings. */
export interface Files {
  base: number;
  head: number;
  needed: number;
  docs: number;
}

export const lay = (scene: Scene, files: Files): void => {
  const { ear } = scene;
  const { git } = scene.world;
  const onMain = {
    'network/main.tf': `base-${files.base};`,
    'docs/readme.md': String(files.docs),
    'tidegate.yaml': rules(files.needed),
  };
  const tick = ear.now();
  scene.tip = git.commit(repo.id, onMain, [scene.tip]);
  git.branch(repo.id, 'main', scene.tip);
  ear.told.push({ kind: 'base', text: `base-${files.base};`, needed: files.needed, tick });
};

export const push = (scene: Scene, files: Files): void => {
  const { world, ear } = scene;
  const { git } = world;
  const pull = world.pull(1);
  const changed = {
    'network/main.tf': `base-1;`,
    'docs/readme.md': '1',
    'tidegate.yaml': rules(1),
    'network/pull.tf': `head-${files.head};`,
  };
  const head = git.commit(repo.id, changed, [pull.head.sha, scene.fork]);
  git.pull(repo.id, 1, head);
  world.edit(1, { head: { ...pull.head, sha: head } });
  ear.told.push({ kind: 'head', text: `head-${files.head};`, tick: ear.now() });
};

export const pushed = (world: World): void =>
  send(world, { kind: 'pull', reason: 'synchronize', pull: refOf(1), sender: people.ada });
const looked = (world: World, sender: Actor, commentId: number | null): void =>
  send(world, {
    kind: 'rules',
    reason: commentId === null ? 'review' : 'comment_edited',
    pull: refOf(1),
    sender,
    commentId,
    viaAppId: commentId === null ? null : 99,
  });

export const review = (
  { world, ear, given }: Scene,
  author: Actor,
  state: 'approved' | 'changes_requested',
): void => {
  const submittedAt = world.schedule.clock.now();
  const { head } = world.pull(1);
  const added = world.memory.addReview(refOf(1), { author, state, commit: head.sha, submittedAt });
  given.push(added);
  const says = state === 'approved' ? 'yes' : 'no';
  ear.told.push({ kind: 'review', who: author.login, says, at: submittedAt, tick: ear.now() });
  looked(world, author, null);
};

const alter = ({ world, ear }: Scene): number => {
  const id = ear.board ?? 0;
  world.memory.editComment(repo, id, 'Nothing will be destroyed. Trust me.');
  ear.told.push({ kind: 'comment altered', tick: ear.now() });
  return id;
};

export const initial: Files = { base: 1, head: 2, needed: 1, docs: 1 };

export interface Happening {
  readonly act: (scene: Scene) => void;
  /** `never`: it takes nothing away, and must stop nothing. `early`: it may stop more than what was approved would. */
  readonly stops: 'exactly' | 'early' | 'never';
}

/** Each alone, at every point. */
export const happenings: Readonly<Record<string, Happening>> = {
  push: {
    stops: 'early',
    act: (scene) => {
      push(scene, { ...initial, head: 3 });
      pushed(scene.world);
    },
  },
  'push (unheard)': { stops: 'exactly', act: (scene) => push(scene, { ...initial, head: 3 }) },
  'a no': { stops: 'exactly', act: (scene) => review(scene, people.grace, 'changes_requested') },
  dismissal: {
    stops: 'exactly',
    act: ({ world, ear, given }) => {
      const at = world.schedule.clock.now();
      for (const one of given) world.memory.setReview(refOf(1), { ...one, state: 'dismissed' });
      ear.told.push({ kind: 'review', who: 'grace', says: 'nothing', at, tick: ear.now() });
      looked(world, people.margaret, null);
    },
  },
  'role lost': {
    stops: 'exactly',
    act: ({ world, ear }) => {
      world.memory.setPermission(repo, 'grace', 'read');
      ear.told.push({ kind: 'may write', who: 'grace', may: false, tick: ear.now() });
    },
  },
  'base move': { stops: 'exactly', act: (scene) => lay(scene, { ...initial, base: 4 }) },
  'base move elsewhere': { stops: 'never', act: (scene) => lay(scene, { ...initial, docs: 4 }) },
  'config change': { stops: 'exactly', act: (scene) => lay(scene, { ...initial, needed: 2 }) },
  'board edit': {
    stops: 'early',
    act: (scene) => looked(scene.world, people.margaret, alter(scene)),
  },
  // Approvals since our own text was written are void as soon as it is found: nobody knows when it was changed.
  'board edit (unheard)': { stops: 'early', act: (scene) => void alter(scene) },
  'command edit': {
    stops: 'exactly',
    act: ({ world, ear, command }) => {
      world.memory.editComment(repo, command, '/apply -p other');
      ear.told.push({ kind: 'command altered', id: command, tick: ear.now() });
    },
  },
  're-plan': { stops: 'early', act: ({ world }) => void comment(world, '/plan', people.margaret) },
  're-plan of a moved base': {
    stops: 'early',
    act: (scene) => {
      lay(scene, { ...initial, base: 4 });
      comment(scene.world, '/plan', people.margaret);
    },
  },
  apply: { stops: 'never', act: ({ world }) => void comment(world, '/apply', people.margaret) },
};

/** Somebody approves while the apply of what nobody has approved is under way. */
export const approval: Happening = {
  stops: 'exactly',
  act: (scene) => review(scene, people.grace, 'approved'),
};
