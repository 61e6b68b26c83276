import { posix as path } from 'node:path';
import { type Consumer, type ConsumersLook, effectOf, type UsedModules } from '../../domain/consumers.ts';
import { batchId, runId, type TreeId } from '../../domain/ids.ts';
import { gitModule } from '../../domain/module-source.ts';
import { type ProblemCode, problemCatalogue } from '../../domain/problem.ts';
import { fullNameOf, noPull, type RepoRef } from '../../domain/pull.ts';
import { type RepoPath, root } from '../../domain/repo-path.ts';
import type { Run } from '../../domain/run.ts';
import { withoutLock } from '../../domain/tool-arguments.ts';
import type { Graft } from '../../git/port.ts';
import { artifactBinding, rescueState } from '../execute.ts';
import { writtenIn } from '../lay-out.ts';
import { leftOutProblem } from '../left-out.ts';
import type { InTurn } from '../merge-group.ts';
import { placeProblems } from '../place-problem.ts';
import { makePlan } from '../plan.ts';
import type { FlowPorts } from '../ports.ts';
import { projectsOf, snapshotAt } from '../pushed.ts';
import type { FoundCaller } from './find.ts';
import type { Caller } from './may.ts';
import { callersOf, tipOf } from './used.ts';

export type Planned = Pick<Consumer, 'effect' | 'counts' | 'dangers' | 'because'>;

/** Where it stands, and how it is laid out. */
export interface CallerAtTip extends Caller {
  readonly commit: UsedModules['commit'];
  readonly tree: TreeId;
}

/** The project as its base branch has it. `because`: why it is not planned. */
export const callerAt = async (
  ports: FlowPorts,
  used: UsedModules,
  name: string,
  modules: RepoRef,
): Promise<CallerAtTip | { readonly because: string }> => {
  const { git } = ports;
  const { repo, branch, commit } = used;
  // What it uses may be known from before a mirror was taken away.
  if (!(await git.hasCommit(repo.id, commit))) await tipOf(ports, repo, branch);
  if (!(await git.hasCommit(repo.id, commit)))
    return { because: 'its branch was moved while it was looked at' };
  const tree = await git.treeOf(repo.id, commit);
  const snapshot = await snapshotAt(ports, repo, branch, commit);
  const project = projectsOf(ports, repo, branch, snapshot).find((one) => one.name === name);
  const calls = callersOf(used, modules).find((one) => one.name === name)?.calls ?? [];
  if (project === undefined || calls.length === 0) return { because: 'it is not there any more' };
  const problem = placeProblems(ports, snapshot)(project);
  // Their sentences name files, which are none of those that may be shown.
  if (problem !== null)
    return { because: 'its folder, or its runner, cannot be used as its repository has it' };
  if (leftOutProblem(ports, snapshot, project) !== null)
    return { because: 'it needs more than the operator lets it read' };
  return { repo, project, calls, commit, tree };
};

interface With {
  readonly caller: CallerAtTip;
  readonly look: ConsumersLook;
  /** The merged tree of the module's pull request. */
  readonly modules: { readonly repo: RepoRef; readonly tree: TreeId };
}

const below = (dir: RepoPath, file: string): string => (dir === root ? file : `${dir}/${file}`);

/** Where tools keep modules that they have installed, and the list of these. */
const installed = '.terraform/modules';
const manifestName = `${installed}/modules.json`;

/** A local source as tools write it down. */
const plainSource = (source: string): string => {
  const clean = path.normalize(source).replace(/(?<=.)\/$/, '');
  return clean.startsWith('../') ? clean : `./${clean}`;
};

/**
 * The tool takes a module for installed where this says that it came from the very source that is called. The local ones on the way
 * have to be there: what is below one that is not is thrown away.
 */
const manifestOf = ({ calls, project }: Caller): Buffer => {
  const local = calls.flatMap(({ through }) =>
    through.map(({ key, source, folder }) => ({
      Key: key,
      Source: plainSource(source),
      Dir: path.relative(`/${project.dir}`, `/${folder}`) || '.',
    })),
  );
  const outside = calls.flatMap(({ key, source }) => {
    const from = gitModule(source);
    if (from === null) return [];
    const below = from.folder === root ? '' : `/${from.folder}`;
    return [{ Key: key, Source: from.recorded, Dir: `${installed}/${key}${below}` }];
  });
  const modules = [{ Key: '', Source: '', Dir: '.' }, ...local, ...outside];
  return Buffer.from(
    JSON.stringify({ Modules: [...new Map(modules.map((one) => [one.Key, one])).values()] }),
  );
};

const graftsOf = ({ caller, modules }: With): readonly Graft[] => {
  const { dir } = caller.project;
  return [
    ...caller.calls.map(({ key }) => ({
      path: below(dir, `${installed}/${key}`),
      repositoryId: modules.repo.id,
      tree: modules.tree,
    })),
    { path: below(dir, manifestName), bytes: manifestOf(caller) },
  ];
};

/**
 * Plans a project with the module as the pull request makes it. It is no run of anything: nobody can apply it, and what it makes is
 * thrown away. Null: it was asked for anew, or this server goes first.
 */
export const planWith = async (ports: FlowPorts, work: With, inTurn: InTurn): Promise<Planned | null> => {
  const { git, store, clock } = ports;
  const { caller, look, modules } = work;
  const { repo, project, commit } = caller;
  const tree = await git.graft(repo.id, caller.tree, graftsOf(work));
  const now = clock.now();
  const run: Run = {
    id: runId(ports.newId()),
    batchId: batchId(ports.newId()),
    repositoryId: repo.id,
    pullNumber: noPull,
    // What would have to hold before an apply is nobody's matter here, and programs that judge plans are of pull requests.
    project: { ...project, settings: { ...project.settings, requirements: {} } },
    verb: 'plan',
    state: 'running',
    headSha: commit,
    baseSha: commit,
    tree,
    actor: look.actor,
    extra: [withoutLock],
    planRunId: null,
    plan: null,
    spent: false,
    problem: null,
    output: null,
    isolation: null,
    createdAt: now,
    startedAt: now,
    endedAt: null,
  };
  const planned = await inTurn(run, async (control): Promise<Planned | null> => {
    const latest = await store.consumers.latest({ repositoryId: look.repo.id, pullNumber: look.pullNumber });
    if (latest?.commentId !== look.commentId || latest.state !== 'looking') return null;
    await store.audit.append({
      at: clock.now(),
      kind: 'consumers.planned',
      actor: look.actor.login,
      repositoryId: repo.id,
      pullNumber: noPull,
      runId: run.id,
      facts: {
        project: project.key,
        commit,
        modules: fullNameOf(modules.repo),
        pull: look.pullNumber,
        tree: modules.tree,
      },
    });
    const made = await makePlan(ports, run, control);
    if (made === undefined) return null;
    if ('plan' in made) await ports.blobs.delete(made.plan.artifact, artifactBinding(run));
    const isAsLaid = await keptModule(ports, run, caller);
    if (!isAsLaid)
      return failed('the tool fetched the module by itself, so it was not planned with this pull request');
    // Never its own sentence: that names files, folders of the server and what a tool said.
    if ('problem' in made) return failed(whyNot(made.problem.code));
    return { ...effectOf(made.plan.summary), because: null };
  });
  return planned ?? null;
};

const failed = (because: string): Planned => ({ effect: 'failed', counts: null, dangers: [], because });

/** What the catalogue says of such a problem, the same of every project. */
const whyNot = (code: ProblemCode): string => {
  const sentence = problemCatalogue[code].replace(/\.$/, '');
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
};

/** Is the module that was planned with the one that was laid out? The list of modules is the tool's to write. */
const keptModule = async (ports: FlowPorts, run: Run, { project, calls }: Caller): Promise<boolean> => {
  const folders = calls.map(({ key }) => `${below(project.dir, `${installed}/${key}`)}/`);
  const written = await writtenIn(ports, run);
  return !written.some(
    ({ path, kind }) => kind !== 'added' && folders.some((folder) => path.startsWith(folder)),
  );
};

/** They are of no pull request, so nothing else takes them away. */
export const removeCheckouts = async (ports: FlowPorts, callers: readonly FoundCaller[]): Promise<void> => {
  const { git, checkouts } = ports;
  const repositories = new Set(callers.map(({ used }) => used.repo.id));
  for (const repositoryId of repositories) {
    const above = checkouts.folderOfPull(repositoryId, noPull);
    const rescue = rescueState(ports, { id: runId(ports.newId()), repositoryId, pullNumber: noPull });
    for (const folder of await git.foldersBelow(above, 2))
      await checkouts.exclusive(folder, () => git.removeCheckout(repositoryId, folder, rescue));
  }
};
