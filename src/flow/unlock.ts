import { matchesGlob } from '../config/globs.ts';
import { isEverything } from '../domain/command.ts';
import type { ProjectKey, RunId } from '../domain/ids.ts';
import { isOperation, operationWords } from '../domain/operation.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { type Actor, atLeast, type Pull, type PullRef } from '../domain/pull.ts';
import { changesWorld } from '../domain/run.ts';
import { select } from '../domain/selector.ts';
import type { StoreTables } from '../store/port.ts';
import { keyOf } from './admit.ts';
import { grantNext, releaseLock, voidPlans } from './conclude.ts';
import { giveUp } from './convergence/begin.ts';
import { endDue, openDues } from './dues.ts';
import { firstLookAt } from './from-command.ts';
import { wantNudge } from './nudge.ts';
import { type Asker, type PermitPorts, permit } from './permit.ts';
import type { FlowPorts } from './ports.ts';
import type { ReplyContent } from './reply.ts';
import type { Wish } from './wish.ts';

type Ports = PermitPorts & Pick<FlowPorts, 'newId'>;

export interface Unlocked {
  readonly reply: ReplyContent;
  readonly superseded: readonly RunId[];
  /** Pull requests whose boards say something else now. */
  readonly touched: readonly PullRef[];
}

/** `/unlock`: gives back this pull request's locks; another's, named by selector, only to an administrator, who may unlock it by the rules. */
export const unlock = async (ports: Ports, wish: Extract<Wish, { kind: 'unlock' }>): Promise<Unlocked> => {
  const { pull, asked, selector } = wish;
  const chosen = select(await lockable(ports, pull), selector, matchesGlob);
  if ('problem' in chosen) return refused(asked, chosen.problem);
  const held = await holders(ports, chosen.chosen);
  const own = held.filter(
    ({ lock, project }) => lock.pullNumber === pull.ref.number && (wish.only ?? project.key) === project.key,
  );
  const targets = isEverything(selector) ? own : held;
  // After a merge what it asks for is given up, also where it only stands in line.
  const dues = await openDues(ports.store, keyOf(pull));
  const inLine = chosen.chosen.filter(
    ({ key }) =>
      (wish.only ?? key) === key &&
      dues.some(({ project }) => project === key) &&
      !targets.some(({ project }) => project.key === key),
  );
  return giveBack(ports, pull, asked, targets, inLine);
};

/** The same from a page: one lock, named by its key, as if its holder's pull request had been commented on. */
export const unlockOne = async (
  ports: Ports,
  { holder, actor, project: key }: PageUnlock,
): Promise<Unlocked> => {
  const pull = await ports.forge.pull(holder);
  const one = (await lockable(ports, pull)).filter((project) => project.key === key);
  const asked: Asker = { actor, text: `/unlock${one.map(({ name }) => ` -p ${name}`).join('')}` };
  const first = await firstLookAt(ports, pull, asked, 'unlock');
  if ('problem' in first) return refused(asked, first.problem);
  const held = await holders(ports, one);
  return giveBack(
    ports,
    pull,
    { ...asked, permission: first.permission },
    held.filter(({ lock }) => lock.pullNumber === holder.number),
    [],
    true,
  );
};

export interface PageUnlock {
  /** The pull request that holds it, as the page showed it. */
  readonly holder: PullRef;
  readonly project: ProjectKey;
  readonly actor: Actor;
}

const refused = (asked: Asker, problem: Problem): Unlocked => ({
  reply: { kind: 'problem', login: asked.actor.login, command: asked.text, problem },
  superseded: [],
  touched: [],
});

const giveBack = async (
  ports: Ports,
  pull: Pull,
  asked: Asker,
  targets: Awaited<ReturnType<typeof holders>>,
  inLine: readonly Project[] = [],
  fromPage = false,
): Promise<Unlocked> => {
  const { login } = asked.actor;
  const isOwn = (lock: { readonly pullNumber: number }) => lock.pullNumber === pull.ref.number;
  const foreign = targets.find(({ lock }) => !isOwn(lock));
  if (foreign !== undefined) {
    const permission = await ports.forge.permission(pull.ref.repo, login);
    if (!atLeast(permission, 'admin'))
      return refused(asked, foreignLock(foreign.project.name, foreign.lock.pullNumber, permission));
  }
  const problem = await permit(ports, pull, asked, 'unlock', [
    ...targets.map(({ project }) => project),
    ...inLine,
  ]);
  if (problem !== null) return refused(asked, problem);
  const done = await ports.store.transact(async (tables) => {
    const superseded: RunId[] = [];
    const taken: Taken[] = [];
    const projects: Extract<ReplyContent, { kind: 'unlocked' }>['projects'] = [];
    for (const { project, lock } of targets) {
      const owner: PullRef = { repo: pull.ref.repo, number: lock.pullNumber };
      await giveUp(tables, ports, project.key, lock.pullNumber);
      const outcome = await releaseLock(tables, ports, owner, project.key);
      if (outcome === 'not-held') continue;
      const key = { repositoryId: lock.repositoryId, pullNumber: lock.pullNumber };
      const applied = (await tables.runs.latest(key)).some(
        (run) => run.state === 'applied' && run.project.key === project.key,
      );
      const of = isOwn(lock) ? null : lock.pullNumber;
      const ended = await voidPlans(tables, key, (one) => one === project.key, ports.clock.now());
      superseded.push(...ended);
      const [lost] = ended;
      // Nobody said anything there, and who waits for it would wait for nothing.
      if (lost !== undefined && (of !== null || fromPage))
        taken.push({ owner, run: lost, name: project.name });
      const dropped = await waitingIn(tables, ended);
      projects.push({ name: project.name, atEnd: outcome === 'at-end', applied, of, dropped });
      await tables.audit.append({
        at: ports.clock.now(),
        kind: 'lock.unlocked',
        actor: login,
        ...key,
        runId: null,
        facts: { project: project.key, outcome, asked: pull.ref.number },
      });
      // An apply that goes on tells how it ended.
      if (outcome === 'released') await endDue(tables, ports, owner, project.key, 'given-up', login);
    }
    for (const { key, name } of inLine) {
      superseded.push(...(await voidPlans(tables, keyOf(pull), (one) => one === key, ports.clock.now())));
      await tables.locks.leave(key, keyOf(pull));
      await grantNext(tables, ports, pull.ref.repo, key);
      await endDue(tables, ports, pull.ref, key, 'given-up', login);
      projects.push({ name, atEnd: false, applied: false, of: null, dropped: null });
    }
    await sayTaken(tables, ports, login, taken);
    return { superseded, projects };
  });
  return {
    reply: { kind: 'unlocked', login, projects: done.projects },
    superseded: done.superseded,
    touched: targets.map(({ lock }) => ({ repo: pull.ref.repo, number: lock.pullNumber })),
  };
};

/** What was planned under a lock that somebody took away. */
interface Taken {
  readonly owner: PullRef;
  readonly run: RunId;
  readonly name: string;
}

/** A comment for each pull request. */
const sayTaken = async (
  tables: StoreTables,
  { clock }: Pick<Ports, 'clock'>,
  login: string,
  taken: readonly Taken[],
): Promise<void> => {
  for (const [, some] of Map.groupBy(taken, ({ owner }) => owner.number)) {
    const [first] = some;
    const run = first === undefined ? null : await tables.runs.get(first.run);
    if (first === undefined || run === null) continue;
    const names = some.map(({ name }) => name);
    const content = { kind: 'lock-taken', batchId: run.batchId, login, names } as const;
    await wantNudge({ store: tables, clock }, first.owner, content);
  }
};

/** Who asked for it hears of it here: an order that is not carried out has no end of its own. */
const waitingIn = async (tables: StoreTables, ended: readonly RunId[]): Promise<string | null> => {
  const runs = await Promise.all(ended.map((id) => tables.runs.get(id)));
  const order = runs.find((run) => run !== null && changesWorld(run.verb));
  return order == null ? null : isOperation(order.verb) ? operationWords[order.verb] : order.verb;
};

/**
 * What can be named here: what the last plan found, and every project of the repository that is
 * locked. Locks outlive the plan they were taken for: a push that broke the configuration finds no project.
 */
const lockable = async ({ store }: Ports, pull: Pull): Promise<readonly Project[]> => {
  const batch = await store.batches.latest(keyOf(pull), 'plan');
  const projects = new Map((batch?.affected ?? []).map((project) => [project.key, project]));
  for (const lock of await store.locks.all()) {
    if (lock.repositoryId !== pull.ref.repo.id || projects.has(lock.project)) continue;
    const run = (await store.runs.latest(lock)).find((one) => one.project.key === lock.project);
    if (run !== undefined) projects.set(lock.project, run.project);
  }
  return [...projects.values()];
};

const holders = async ({ store }: Ports, projects: readonly Project[]) => {
  const found = await Promise.all(
    projects.map(async (project) => ({ project, lock: await store.locks.get(project.key) })),
  );
  return found.flatMap(({ project, lock }) => (lock === null ? [] : [{ project, lock }]));
};

const foreignLock = (project: string, holder: number, permission: string): Problem => ({
  code: 'locked',
  sentence: `The lock of \`${project}\` is held by #${holder}; taking it away needs administrator permission, and you have \`${permission}\`.`,
  advice: `Wait until #${holder} is merged or closed, comment \`/unlock\` there, or ask an administrator.`,
});
