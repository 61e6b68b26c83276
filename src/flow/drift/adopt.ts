import type { Codified } from '../../domain/drift/codified.ts';
import { newestOf } from '../../domain/drift/pull.ts';
import { batchId, type ProjectKey, runId, type Sha, type TreeId } from '../../domain/ids.ts';
import type { Problem } from '../../domain/problem.ts';
import type { Project } from '../../domain/project.ts';
import { noPull, type Pull } from '../../domain/pull.ts';
import type { Git } from '../../git/port.ts';
import { answer } from '../answer.ts';
import { type Followed, nothing } from '../followed.ts';
import type { InTurn } from '../merge-group.ts';
import { pushOwn, type Refusing } from '../open-own.ts';
import type { FlowPorts } from '../ports.ts';
import type { Wish } from '../wish.ts';
import { adoptRefused, codify } from './codify.ts';
import { openOf, tellOpened, whatDrifts } from './follow-drift.ts';
import { obstacleTo } from './obstacle.ts';
import { type Making, openDriftPull } from './open-pull.ts';
import { lookingRun } from './see.ts';

type AdoptWish = Extract<Wish, { kind: 'adopt' }>;

/**
 * `/adopt` on the issue that tells of drift: a pull request of our own that has Git say what is there. The tool of the project writes its
 * files (`codify`), we make a commit of those on the tip of the branch. From there it is a pull request like any.
 */
export const adoptDrift = async (ports: FlowPorts, wish: AdoptWish, inTurn: InTurn): Promise<Followed> => {
  const { pull, asked, reason } = wish;
  const key = pull.drift;
  if (key === undefined) {
    await answer(ports, wish, notOnIssue);
    return nothing;
  }
  const there = await openOf(ports, pull, key, 'adopt');
  if (there !== null) {
    await tellOpened(ports, wish, there);
    return nothing;
  }
  const found = await mayBeAdopted(ports, wish, key);
  if ('code' in found) {
    await answer(ports, wish, found);
    return nothing;
  }
  await forgetLost(ports, pull, key);
  const { project } = found;
  const making = adopting(ports, pull, found, inTurn);
  const made = await openDriftPull(ports, { issue: pull, project, making, asker: asked.actor, reason });
  if ('code' in made) {
    await answer(ports, wish, made);
    return nothing;
  }
  await tellOpened(ports, wish, made.opened);
  return { ...nothing, superseded: made.superseded };
};

interface Adoptable {
  readonly project: Project;
  /** Tip of its branch, which has the project as it was applied. */
  readonly tip: Sha;
  readonly tree: TreeId;
}

const mayBeAdopted = async (
  ports: FlowPorts,
  wish: AdoptWish,
  key: ProjectKey,
): Promise<Adoptable | Problem> => {
  // A project of tags has its own words.
  const found = await whatDrifts(ports, wish, adoptRefused);
  if ('code' in found) return found;
  const { project, tree, headSha: tip } = found;
  const { runner } = project.settings;
  if (ports.runners.get(runner)?.codifies !== true) return cannot(runner);
  const tracked = await ports.store.tracked.get(key);
  const because = tracked === null ? null : await obstacleTo(ports, tracked);
  return because === null ? { project, tip, tree } : notNow(because);
};

/** What was cut off between its commit and the branch of it, and the commit is not there any more. */
const forgetLost = async ({ store, git }: FlowPorts, { ref }: Pull, key: ProjectKey): Promise<void> => {
  const known = newestOf(await store.driftPulls.ofProject(key), 'adopt');
  if (known === null || known.number !== null || known.head === null) return;
  if (!(await git.hasCommit(ref.repo.id, known.head))) await store.driftPulls.drop(key, known.attempt);
};

const adopting = (
  ports: FlowPorts,
  { ref }: Pull,
  { project, tip, tree }: Adoptable,
  inTurn: InTurn,
): Making => ({
  way: 'adopt',
  commit: async (message, at) => {
    const { git, newId } = ports;
    const { id: repositoryId } = ref.repo;
    const run = lookingRun(ports, {
      ...{ id: runId(newId()), batchId: batchId(newId()), repositoryId, pullNumber: noPull },
      ...{ project, headSha: tip, baseSha: tip, tree },
    });
    const written = await inTurn(run, (control) => codify(ports, run, control));
    if (written === undefined) return cutOff;
    if ('code' in written) return written;
    if (written.length === 0) return nothingToAdopt(project);
    const made = await treeWith(git, repositoryId, tree, written);
    const head = await git.commit(repositoryId, { tree: made, parent: tip, message, at });
    return { head, files: written.map(({ path }) => path) };
  },
  publish: ({ branch }, commit) => pushOwn(ports, ref.repo, { branch, commit }, refusing),
  refusing,
});

const treeWith = async (
  git: Pick<Git, 'part' | 'graft'>,
  repositoryId: number,
  tree: TreeId,
  written: readonly Codified[],
): Promise<TreeId> => {
  const paths = new Set(written.map(({ path }) => path));
  const rest = await git.part(repositoryId, tree, (path) => !paths.has(path));
  const grafts = written.flatMap(({ path, after }) =>
    after === null ? [] : [{ path, bytes: Buffer.from(after) }],
  );
  return git.graft(repositoryId, rest, grafts);
};

const notOnIssue = adoptRefused(
  '`/adopt` works on the issue that tells of drift, and this is a pull request.',
  'Comment it there.',
);

const cannot = (runner: string): Problem =>
  adoptRefused(
    `The runner \`${runner}\` cannot write down what is there: it has no phase \`codify\`.`,
    'Write down what is to stay yourself, in a pull request of your own, or put the drift back.',
  );

const notNow = (because: string): Problem =>
  adoptRefused(
    `What is there is not written down now, because ${because}.`,
    'Comment `/adopt` again when that is over.',
  );

const cutOff = adoptRefused(
  'Tidegate was stopped while the tool wrote down what is there. Nothing was changed.',
  'Comment `/adopt` again.',
);

const nothingToAdopt = ({ name }: Project): Problem =>
  adoptRefused(
    `The tool of \`${name}\` left every file as it is: Git says already what it can say of what is there.`,
    'What differs still is for people to write down in a pull request, or to put back.',
  );

const refusing: Refusing = {
  command: '/adopt',
  refusal: adoptRefused,
  without: () =>
    Promise.resolve('Without it: write down what is there yourself, in a pull request of your own.'),
};
