import type { Sha } from '../../src/domain/ids.ts';
import { comment, send } from './between.ts';
import { type Happening, happenings, initial, type Scene } from './scene.ts';
import { people, refOf, repo } from './world.ts';

/** What lies on `main` now, whatever brought it. What #1 is applied as was settled when it was merged, so the model is told nothing. */
const pushToMain = (scene: Scene, changed: Readonly<Record<string, string>>): void => {
  const { git } = scene.world;
  const files = { 'network/main.tf': `base-${initial.base};`, 'docs/readme.md': '1', ...changed };
  scene.tip = git.commit(repo.id, files, [scene.tip]);
  git.branch(repo.id, 'main', scene.tip);
};

const headOf = ({ world }: Scene, number: number): Sha => world.pull(number).head.sha;

/** Merged by ada, with a commit that has both parents. */
export const merge = async (scene: Scene, number: number): Promise<void> => {
  const { world } = scene;
  const commit = world.git.merge(repo.id, scene.tip, headOf(scene, number));
  if (commit === null) throw new Error(`#${number} does not merge`);
  scene.tip = commit;
  world.git.branch(repo.id, 'main', commit);
  await world.merge(number, commit, ['network']);
  send(world, { kind: 'pull', reason: 'closed', pull: refOf(number), sender: people.ada });
};

/** #2, of the same project: it waits for #1. */
export const openOther = (scene: Scene): void => {
  const { world } = scene;
  const pull = world.pull(2);
  const files = {
    'network/main.tf': `base-${initial.base};`,
    'docs/readme.md': '1',
    'network/other.tf': 'other-1;',
  };
  const head = world.git.commit(repo.id, files, [scene.fork]);
  world.git.pull(repo.id, 2, head);
  world.edit(2, { head: { ...pull.head, sha: head } });
  send(world, { kind: 'pull', reason: 'opened', pull: refOf(2), sender: people.ada });
};

const of = (name: string): Happening => {
  const found = happenings[name];
  if (found === undefined) throw new Error(`nothing is called ${name}`);
  return found;
};

/** Each alone, at every point on the road from the merge to the tool. */
export const afterMerge: Readonly<Record<string, Happening>> = {
  'push to the base': { stops: 'never', act: (scene) => pushToMain(scene, { 'network/main.tf': 'base-4;' }) },
  'rules on the base': {
    stops: 'never',
    act: (scene) =>
      pushToMain(scene, {
        'tidegate.yaml':
          'version: 1\nprojects:\n  - dir: network\n    requirements: [{approved: {count: 2}}]\n',
      }),
  },
  'another merged': { stops: 'never', act: (scene) => void merge(scene, 2) },
  dismissal: of('dismissal'),
  'a no': of('a no'),
  // It is put right, and what it held up begins again.
  'board edit': { ...of('board edit'), stops: 'never' },
  unlock: { stops: 'early', act: ({ world }) => void comment(world, '/unlock', people.margaret) },
};
