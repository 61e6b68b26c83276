import { matchesGlob } from '../config/globs.ts';
import type { RunId } from '../domain/ids.ts';
import { isOperation } from '../domain/operation.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { atLeast, type Permission } from '../domain/pull.ts';
import { changesWorld, type Run, reachOf } from '../domain/run.ts';
import { select } from '../domain/selector.ts';
import { keyOf } from './admit.ts';
import { endRun } from './conclude.ts';
import { type PermitPorts, permit } from './permit.ts';
import type { FlowPorts } from './ports.ts';
import type { ReplyContent } from './reply.ts';
import type { Wish } from './wish.ts';

type Ports = PermitPorts & Pick<FlowPorts, 'newId'>;
type CancelWish = Extract<Wish, { kind: 'cancel' }>;
type Said = Extract<ReplyContent, { kind: 'cancelled' }>['projects'][number];

export interface Cancelled {
  readonly reply: ReplyContent;
  /** Processes to be interrupted; the rows are written. */
  readonly interrupt: readonly RunId[];
  /** Applies to be interrupted a second time. */
  readonly insist: readonly RunId[];
}

/**
 * `/cancel`: ends plans and what is queued. An apply that runs is asked to stop, once: the tool finishes what it began and
 * writes its state. A second time takes an administrator as well, who says that the state may break. Its row stays
 * `running`, and its lock where it is, until the tool has ended.
 */
export const cancel = async (ports: Ports, wish: CancelWish): Promise<Cancelled> => {
  const { pull, asked, selector } = wish;
  const { login } = asked.actor;
  const refuse = (problem: Problem): Cancelled => ({
    reply: { kind: 'problem', login, command: asked.text, problem },
    interrupt: [],
    insist: [],
  });
  const runs = await ports.store.runs.ofPull(keyOf(pull), ['queued', 'running']);
  const batch = await ports.store.batches.latest(keyOf(pull), 'plan');
  const known = new Map<string, Project>();
  for (const project of [...(batch?.affected ?? []), ...runs.map((run) => run.project)])
    known.set(project.key, project);
  const picked = select([...known.values()], selector, matchesGlob);
  if ('problem' in picked) return refuse(picked.problem);
  const chosen = new Set(picked.chosen.map(({ key }) => key));
  const meant = runs.filter((run) => chosen.has(run.project.key));
  if (meant.length === 0) return refuse(nothingToCancel);
  const running = new Map(meant.map(({ project }) => [project.key, project]));
  const problem = await permit(ports, pull, asked, 'cancel', [...running.values()]);
  if (problem !== null) return refuse(problem);
  // Read once, and only where somebody's right to it counts.
  const permission = wish.acceptBrokenState
    ? await ports.forge.permission(pull.ref.repo, login)
    : ('none' as const);
  const projects: Said[] = [];
  const interrupt: RunId[] = [];
  const insist: RunId[] = [];
  for (const run of meant) {
    const ended = isGoing(run) ? null : await end(ports, run, login);
    // One that was queued a moment ago may have begun since.
    const now = ended === null ? await ports.store.runs.get(run.id) : null;
    const said = now !== null && isGoing(now) ? await stop(ports, wish, now, permission) : ended;
    if (said === null) continue;
    projects.push({ name: run.project.name, verb: reachOf(run.verb), what: said });
    if (said === 'ended' || said === 'asked') interrupt.push(run.id);
    if (said === 'insisted') insist.push(run.id);
  }
  if (projects.length === 0) return refuse(nothingToCancel);
  const [only] = projects;
  if (projects.length === 1 && only?.what === 'refused')
    return refuse(refusal(only.name, wish.acceptBrokenState ? permission : null));
  return { reply: { kind: 'cancelled', login, command: asked.text, projects }, interrupt, insist };
};

const isGoing = (run: Run): boolean => changesWorld(run.verb) && run.state === 'running';

/** Null: it ended in between. A plan that an apply would have used stands as it did. */
const end = async (ports: Ports, run: Run, login: string): Promise<'ended' | null> => {
  const advice =
    run.verb === 'plan'
      ? 'Comment `/plan` to plan again.'
      : isOperation(run.verb)
        ? 'Nothing of it was run. Comment it again if it is meant.'
        : 'Nothing of it was run, and its plan still stands: comment `/apply` to apply it.';
  const problem: Problem = { code: 'cancelled', sentence: `Cancelled by \`${login}\`.`, advice };
  const ended = await endRun(ports, run, { kind: 'cancelled' }, { problem });
  return ended === null ? null : 'ended';
};

const stop = async (
  { store, clock }: Ports,
  { pull, asked, acceptBrokenState }: CancelWish,
  run: Run,
  permission: Permission,
): Promise<Said['what']> =>
  store.transact(async (tables) => {
    const events = await tables.audit.ofPull(keyOf(pull));
    const times = events.filter(
      (event) => event.runId === run.id && event.kind === 'apply.interrupted',
    ).length;
    const what =
      times === 0 ? 'asked' : acceptBrokenState && atLeast(permission, 'admin') ? 'insisted' : 'refused';
    await tables.audit.append({
      at: clock.now(),
      kind: what === 'refused' ? 'apply.interrupt-refused' : 'apply.interrupted',
      actor: asked.actor.login,
      ...keyOf(pull),
      runId: run.id,
      facts: { project: run.project.key, what, acceptBrokenState, times },
    });
    return what;
  });

const nothingToCancel: Problem = {
  code: 'nothing-to-cancel',
  sentence: 'There is nothing to cancel: no run is queued or under way.',
  advice: '`/status` says where every project stands.',
};

/** `permission` of who named the risk; null where nobody did. */
const refusal = (project: string, permission: Permission | null): Problem =>
  permission === null
    ? {
        code: 'cancel-refused',
        sentence: `The apply of \`${project}\` was asked to stop already, and ends by itself when what it began is done.`,
        advice:
          'Asked a second time, the tool ends at once: what it is making is then in no state, and somebody has to find it by hand. An administrator who takes that upon himself comments `/cancel --accept-broken-state`.',
      }
    : {
        code: 'not-permitted',
        sentence: `\`/cancel --accept-broken-state\` needs administrator permission, and you have \`${permission}\`.`,
        advice: 'The apply was asked to stop already. Wait for its end, or ask an administrator.',
      };
