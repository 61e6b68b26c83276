import { matchesGlob } from '../config/globs.ts';
import type { Recovery } from '../domain/command.ts';
import type { Problem } from '../domain/problem.ts';
import type { PullRef } from '../domain/pull.ts';
import type { Run } from '../domain/run.ts';
import { select } from '../domain/selector.ts';
import { keyOf } from './admit.ts';
import { endRun, wakeToLook } from './conclude.ts';
import { actionOf } from './from-command.ts';
import { atBench, keepLook, type LookPorts, lookAt, lookFailed } from './look.ts';
import { type Mended, mend } from './mend.ts';
import { type PermitPorts, permit } from './permit.ts';
import type { RecheckPorts } from './recheck.ts';
import type { ReplyContent } from './reply.ts';
import { wantReaction, wantReply, wantReplyLater } from './report.ts';
import type { Asked, Wish } from './wish.ts';

/** What has to be done with a tool about applies whose outcome is not known. */
export interface Recovering {
  readonly pull: PullRef;
  readonly runs: readonly Run[];
  /** Null: Tidegate looks by itself. */
  readonly asked: Asked | null;
  readonly action: { readonly kind: 'look' } | Exclude<Recovery, { kind: 'acknowledge' }>;
}

/** An answer that says no more than what was begun waits this long for the one that says how it ended. */
const patienceMs = 60_000;

/** From the wish to what is left to do with a tool; refusals and acknowledgements are answered here. */
export const beginRecovery = async (
  ports: LookPorts & PermitPorts,
  wish: Extract<Wish, { kind: 'recover' | 'look' }>,
): Promise<Recovering | null> => {
  const { pull } = wish;
  if (wish.kind === 'look') {
    const run = await ports.store.runs.get(wish.runId);
    return run?.state === 'unresolved'
      ? { pull: pull.ref, runs: [run], asked: null, action: { kind: 'look' } }
      : null;
  }
  const { asked, recovery } = wish;
  const refuse = async (problem: Problem): Promise<null> => {
    const { actor, id, text } = asked;
    await wantReaction(ports, pull.ref, id, 'confused');
    const content = { kind: 'problem', login: actor.login, command: text, problem } as const;
    await wantReply(ports, pull.ref, id, content);
    return null;
  };
  const all = await ports.store.runs.ofPull(keyOf(pull), ['unresolved']);
  if (all.length === 0) return refuse(nothingToRecover);
  const picked = select(
    all.map((run) => run.project),
    wish.selector,
    matchesGlob,
  );
  if ('problem' in picked) return refuse(picked.problem);
  const chosen = new Set(picked.chosen.map(({ key }) => key));
  const runs = all.filter((run) => chosen.has(run.project.key));
  const action = actionOf('recover', recovery);
  // What writes by an administrator's hand is not done by what was true a moment ago.
  const { permission: _, ...afresh } = asked;
  const problem = await permit(
    ports,
    pull,
    action === 'recover' ? asked : afresh,
    action,
    runs.map(({ project }) => project),
  );
  if (problem !== null) return refuse(problem);
  if (recovery?.kind === 'acknowledge') {
    await acknowledge(ports, pull.ref, asked, runs);
    return null;
  }
  if (recovery !== null && runs.length > 1) return refuse(oneAtATime(runs));
  const what = recovery ?? { kind: 'look' as const };
  await wantReplyLater(ports, pull.ref, asked.id, begun(asked, runs, what), patienceMs);
  return { pull: pull.ref, runs, asked, action: what };
};

/** Unresolved becomes failed; the lock stays where it is, and what is left is planned by itself. */
const acknowledge = async (
  ports: LookPorts,
  pull: PullRef,
  asked: Asked,
  runs: readonly Run[],
): Promise<void> => {
  const { login } = asked.actor;
  const projects: string[] = [];
  for (const run of runs) {
    await ports.store.audit.append({
      at: ports.clock.now(),
      kind: 'apply.acknowledged',
      actor: login,
      repositoryId: run.repositoryId,
      pullNumber: run.pullNumber,
      runId: run.id,
      facts: { project: run.project.key },
    });
    const ended = await endRun(
      ports,
      run,
      { kind: 'acknowledged' },
      {
        problem: {
          code: 'outcome-unknown',
          sentence: `Nobody knew how this apply ended. \`${login}\` has looked, and answers for what was found.`,
          advice: 'Comment `/plan` to see what is left to do.',
        },
      },
    );
    if (ended !== null) projects.push(run.project.name);
  }
  await wantReply(ports, pull, asked.id, {
    kind: 'acknowledged',
    login,
    command: asked.text,
    projects,
  });
};

/**
 * Does it, run by run, and says how it ended. Rejects for nothing that a person could do something about. When the
 * signal fires a look is given up: `lookAgain` finds it after the next start.
 */
export const recover = async (
  ports: LookPorts & PermitPorts & RecheckPorts,
  { pull, runs, asked, action }: Recovering,
  signal: AbortSignal,
): Promise<void> => {
  let mended: Mended | null = null;
  for (const run of runs) {
    if (signal.aborted) return;
    if (action.kind === 'look') await lookOnce(ports, pull, run, asked, signal);
    else mended = await mend(ports, pull, run, action, asked);
  }
  if (asked === null || signal.aborted) return;
  const { id, actor, text } = asked;
  if (mended !== null && 'problem' in mended) {
    await wantReaction(ports, pull, id, 'confused');
    const { problem } = mended;
    await wantReply(ports, pull, id, { kind: 'problem', login: actor.login, command: text, problem });
    return;
  }
  await wantReply(ports, pull, id, {
    kind: 'recovery',
    login: actor.login,
    command: text,
    sentence: mended?.sentence ?? '',
    runs: runs.map((run) => run.id),
  });
};

const lookOnce = async (
  ports: LookPorts,
  pull: PullRef,
  run: Run,
  asked: Asked | null,
  signal: AbortSignal,
): Promise<void> => {
  const actor = asked?.actor.login ?? null;
  try {
    const found = await atBench(ports, run, 'plan', (bench) => lookAt(ports, run, bench, signal));
    if (found !== null) await keepLook(ports, pull, run, found.look, actor);
  } catch (error) {
    ports.log.warn('the state after an apply of unknown outcome could not be looked at', {
      run: run.id,
      error: String(error),
    });
    await keepLook(ports, pull, run, lookFailed(error, ports.clock.now()), actor);
  }
};

/** After a start: has every state looked at that nobody looked at since its apply was lost. */
export const lookAgain = async (ports: Pick<LookPorts, 'store' | 'clock' | 'newId'>): Promise<void> => {
  const { store } = ports;
  for (const run of await store.runs.inState(['unresolved'])) {
    const batch = await store.batches.get(run.batchId);
    if (batch === null) continue;
    const events = await store.audit.ofPull({ repositoryId: run.repositoryId, pullNumber: run.pullNumber });
    if (events.some((event) => event.kind === 'apply.looked' && event.runId === run.id)) continue;
    await wakeToLook(store, ports, { repo: batch.repo, number: run.pullNumber }, run);
  }
};

const begun = (asked: Asked, runs: readonly Run[], action: Recovering['action']): ReplyContent => ({
  kind: 'recovery',
  login: asked.actor.login,
  command: asked.text,
  sentence:
    action.kind === 'look'
      ? 'The state is still being looked at; this answer will say what is found. If it stays as it is, the server was stopped meanwhile: comment `/recover` again.'
      : 'It was begun, and is not over. If this answer stays as it is, the server was stopped meanwhile: comment `/recover` to see what came of it.',
  runs: runs.map((run) => run.id),
});

const nothingToRecover: Problem = {
  code: 'nothing-to-recover',
  sentence: 'There is nothing to recover: the outcome of every apply of this pull request is known.',
  advice: '`/status` says where every project stands.',
};

const oneAtATime = (runs: readonly Run[]): Problem => ({
  code: 'recover-refused',
  sentence: 'This is done for one project at a time, and more than one has an unknown outcome.',
  advice: 'Name it with `-p NAME`.',
  details: runs.map((run) => run.project.name).join('\n'),
});
