import path from 'node:path';
import { askedWith } from '../domain/asked.ts';
import type { Recovery } from '../domain/command.ts';
import { isOperation, operationWords } from '../domain/operation.ts';
import { type Problem, UserError } from '../domain/problem.ts';
import type { PullRef } from '../domain/pull.ts';
import { commentChanged } from '../domain/rules/apply-conditions.ts';
import type { Run } from '../domain/run.ts';
import type { StateReading } from '../domain/state-comparison.ts';
import type { Step } from '../runner/port.ts';
import { commentOf } from './apply-facts.ts';
import { actionOf } from './from-command.ts';
import { atBench, type Bench, keepLook, type LookPorts, lookAt, rescuedState } from './look.ts';
import { type PermitPorts, permit } from './permit.ts';
import { promptly, type RecheckPorts } from './recheck.ts';
import type { Asked } from './wish.ts';

/** What came of it: a sentence for people, or why it was not done. */
export type Mended = { readonly sentence: string } | { readonly problem: Problem };

type Ports = LookPorts & PermitPorts & RecheckPorts;
type Action = Exclude<Recovery, { kind: 'acknowledge' }>;

/**
 * Sends a kept state to the backend, or takes the tool's lock away. Everything it stands on is read right before, in
 * the same session: the apply is proven over, the state is the one it belongs to, the lock is the one that was named.
 */
export const mend = async (
  ports: Ports,
  pull: PullRef,
  run: Run,
  action: Action,
  asked: Asked | null,
): Promise<Mended> => {
  const actor = asked?.actor.login ?? null;
  const note = (kind: string, facts: Readonly<Record<string, unknown>>) =>
    ports.store.audit.append({
      at: ports.clock.now(),
      kind,
      actor,
      repositoryId: run.repositoryId,
      pullNumber: run.pullNumber,
      runId: run.id,
      facts: { project: run.project.key, ...facts },
    });
  try {
    await refuseUnlessOver(ports, run);
    return await atBench(ports, run, 'apply', async (bench) => {
      // Once more: somebody may have answered for it, and an apply have run, while this waited for the checkout.
      await refuseUnlessOver(ports, run);
      const before = await lookAt(ports, run, bench);
      if (before === null) throw new Error('a look without a signal was given up');
      const ready =
        action.kind === 'push-state'
          ? await readyToPush(ports, run, bench, before.state, before.look.why)
          : readyToUnlock(run, bench, action.lockId, before.look);
      if ('problem' in ready) {
        await note(`${kinds[action.kind]}-refused`, {
          code: ready.problem.code,
          why: ready.problem.sentence,
        });
        await keepLook(ports, pull, run, before.look, actor);
        return ready;
      }
      await refuseUnlessMeant(ports, pull, run, action, asked);
      // Written before the tool starts: whatever becomes of this server, there is a trace of who asked for it.
      await note(`${kinds[action.kind]}-begun`, ready.facts);
      const result = await bench.session.run(ready.step);
      const done = result.ended === 'exit' && result.exitCode === 0;
      await note(`${kinds[action.kind]}${done ? '' : '-failed'}`, {
        ...ready.facts,
        ended: result.ended,
        exitCode: result.exitCode,
      });
      const after = await lookAt(ports, run, bench);
      if (after !== null) await keepLook(ports, pull, run, after.look, actor);
      return done ? { sentence: ready.sentence } : { problem: toolFailed(ready.step, result.text) };
    });
  } catch (error) {
    if (error instanceof UserError) return { problem: error.problem };
    ports.log.error('a recovery failed inside Tidegate', { run: run.id, action: action.kind, error });
    return { problem: failedInside };
  }
};

const kinds = { 'push-state': 'state.pushed', 'force-unlock': 'state.unlocked' } as const;

interface Ready {
  readonly step: Step;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly sentence: string;
}

/** Nothing is pushed over, and no lock taken from, an apply that may still be at work. */
const refuseUnlessOver = async ({ store, sandbox }: LookPorts, run: Run): Promise<void> => {
  const going = await store.runs.ofPull(run, ['running']);
  const left = await sandbox.reattach(run.id);
  left.detach();
  const now = await store.runs.get(run.id);
  const other = going.some((one) => one.project.key === run.project.key);
  if (!left.running && !other && now?.state === 'unresolved') return;
  throw new UserError({
    code: 'recover-refused',
    sentence: left.running
      ? `The tool of the apply of \`${run.project.name}\` is still at work.`
      : other
        ? `A run of \`${run.project.name}\` is under way, and may need the state.`
        : `The outcome of the ${isOperation(run.verb) ? operationWords[run.verb] : run.verb} of \`${run.project.name}\` is not in question any more.`,
    advice: left.running || other ? 'Wait until it has ended.' : '`/status` says where it stands.',
  });
};

/** Looking took its time: whoever asked has to be allowed to still, and their words have to stand. */
const refuseUnlessMeant = async (
  ports: Ports,
  pull: PullRef,
  run: Run,
  action: Action,
  asked: Asked | null,
): Promise<void> => {
  if (asked === null) return;
  const { actor, text, id } = asked;
  const asker = { ...askedWith(id), actor, repositoryId: run.repositoryId };
  const problem = await promptly(ports, async () => {
    const [now, comment] = await Promise.all([
      ports.forge.pull(pull),
      commentOf(ports, { ref: pull }, asker),
    ]);
    if (comment !== 'stands' && comment !== 'none')
      return commentChanged(comment, 'Nothing was written. Comment it again if it is meant.');
    return permit(ports, now, { actor, text }, actionOf('recover', action), [run.project]);
  });
  if (problem !== null) throw new UserError(problem);
};

const readyToUnlock = (
  run: Run,
  { runner, inputs }: Bench,
  lockId: string,
  look: { readonly lock: { readonly id: string | null } | null; readonly lockKnown: boolean },
): Ready | { readonly problem: Problem } => {
  const no = (sentence: string, advice: string): { readonly problem: Problem } => ({
    problem: { code: 'recover-refused', sentence, advice },
  });
  const { name } = run.project;
  if (!look.lockKnown)
    return no(
      `Who holds the state lock of \`${name}\` cannot be asked, so none is taken away.`,
      '`/recover` says why.',
    );
  if (look.lock === null) return no(`Nobody holds the state lock of \`${name}\`.`, 'Nothing is in the way.');
  if (look.lock.id === null)
    return no(
      `The backend of \`${name}\` does not tell the id of the lock.`,
      'It has to be released in the backend itself.',
    );
  if (look.lock.id !== lockId)
    return no(
      `The state lock of \`${name}\` does not have the id \`${lockId}\`: it was typed wrongly, or somebody else holds it by now.`,
      'Comment `/recover` and copy the id from the answer.',
    );
  const [step] = runner.steps('force-unlock', { ...inputs, lockId });
  if (step === undefined)
    return no(`The runner \`${runner.name}\` cannot take a lock away.`, 'Use the tool itself.');
  return {
    step,
    facts: { lock: look.lock },
    sentence: `The state lock \`${lockId}\` of \`${name}\` is taken away.`,
  };
};

const readyToPush = async (
  ports: LookPorts,
  run: Run,
  { session, runner, inputs }: Bench,
  state: StateReading | null,
  why: string | null,
): Promise<Ready | { readonly problem: Problem }> => {
  const no = (sentence: string, advice: string, details?: string): { readonly problem: Problem } => ({
    problem: { code: 'recover-refused', sentence, advice, ...(details === undefined ? {} : { details }) },
  });
  const { name } = run.project;
  const rescued = await rescuedState(ports, run);
  if (rescued === null)
    return no(
      `No state of this apply of \`${name}\` was left behind that could be pushed.`,
      '`/recover` says what the state has; `/recover acknowledge` goes on from there.',
    );
  if (state === null)
    return no(
      `The state of \`${name}\` cannot be read, so nothing is written over it.`,
      'Mend what is in the way and comment it again.',
      why ?? undefined,
    );
  // A state that was never written has no lineage of its own yet.
  if (state.lineage !== '' && state.lineage !== rescued.state.lineage)
    return no(
      `The kept state of \`${name}\` does not belong to the state in the backend: their lineages differ.`,
      'Find out which of them is right before anything else; nothing was written.',
    );
  if (rescued.state.serial <= state.serial)
    return no(
      `The state of \`${name}\` in the backend has serial ${state.serial}, the kept one ${rescued.state.serial}: it is not newer.`,
      'Somebody wrote the state since, or pushed it already. Nothing was written; `/recover acknowledge` goes on from what is there.',
    );
  const stateFile = path.join(session.files, 'rescued.tfstate');
  const [step] = runner.steps('push-state', { ...inputs, stateFile });
  if (step === undefined)
    return no(`The runner \`${runner.name}\` cannot push a state.`, 'Use the tool itself.');
  await ports.artifacts.put(stateFile, rescued.bytes);
  return {
    step,
    facts: { from: state.serial, to: rescued.state.serial, lineage: rescued.state.lineage },
    sentence: `The kept state of \`${name}\` is in the backend: serial ${rescued.state.serial} after ${state.serial}.`,
  };
};

const toolFailed = (step: Step, text: string): Problem => ({
  code: 'recover-refused',
  sentence: `The tool's \`${step.name}\` did not end well.`,
  advice: 'Its own words are below. `/recover` says how the state is now.',
  ...(text.trim() === '' ? {} : { details: text.trim() }),
});

const failedInside: Problem = {
  code: 'internal',
  sentence: 'Tidegate failed while it did this.',
  advice: 'Comment `/recover` to see how the state is, and tell the people who run Tidegate.',
};
