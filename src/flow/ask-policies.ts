import path from 'node:path';
import { planPlaceholder } from '../config/policies.ts';
import type { PolicyCommand } from '../config/types.ts';
import type { Printed } from '../domain/printed.ts';
import { UserError } from '../domain/problem.ts';
import { fullNameOf, type RepoRef } from '../domain/pull.ts';
import { answerOf, type PolicyAnswer } from '../domain/rules/policy-answer.ts';
import type { Run } from '../domain/run.ts';
import type { Step } from '../runner/port.ts';
import { HostLost, type Session } from '../sandbox/port.ts';
import { policiesFor } from './policies.ts';
import type { FlowPorts } from './ports.ts';

type Ports = Pick<FlowPorts, 'artifacts' | 'log' | 'operator' | 'store'>;

interface Asked {
  /** The plan as the tool printed it. */
  readonly data: Printed;
  /** Values that the plan marks as sensitive. */
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Asks each program of the operator that is for the project about its new plan, one after another, in the order of the file:
 * where its apply asks for `policies`. Whatever goes wrong with one is its answer. Throws a UserError when the run is
 * cancelled.
 */
export const askPolicies = async (
  ports: Ports,
  run: Run,
  session: Session,
  { data, secrets, signal }: Asked,
): Promise<readonly PolicyAnswer[]> => {
  const programs = await programsFor(ports, run);
  if (programs.length === 0) return [];
  const file = path.join(session.apart, 'plan.json');
  const isThere = await ports.artifacts.put(file, data.chunks()).then(
    () => true,
    (error: unknown) => {
      ports.log.error('a plan could not be handed to policies', { run: run.id, error: String(error) });
      return false;
    },
  );
  const answers: PolicyAnswer[] = [];
  for (const program of programs) {
    const { name, command } = program;
    const answer = isThere
      ? await ask(session, stepOf(program, run, file), { secrets, signal })
      : ({ outcome: 'unknown', because: 'the plan could not be handed to it' } as const);
    if (signal.aborted) throw new UserError(cutOff);
    if (answer.outcome === 'unknown')
      ports.log.warn('a policy gave no answer', { run: run.id, policy: name, because: answer.because });
    answers.push({ name, definition: command.definition, ...answer });
  }
  return answers;
};

const cutOff = {
  code: 'plan-interrupted',
  sentence: 'This was stopped while policies were asked about it.',
  advice: 'Comment `/plan` to plan again.',
} as const;

interface Program {
  readonly name: string;
  readonly command: PolicyCommand;
  readonly repo: RepoRef;
}

/** Are there any? Then its session is still needed when the plan was read. */
export const asksPrograms = async (ports: Pick<Ports, 'operator' | 'store'>, run: Run): Promise<boolean> =>
  (await programsFor(ports, run)).length > 0;

const programsFor = async (
  ports: Pick<Ports, 'operator' | 'store'>,
  run: Run,
): Promise<readonly Program[]> => {
  const { requirements } = run.project.settings;
  if (requirements.apply?.some(({ kind }) => kind === 'policies') !== true) return [];
  const batch = await ports.store.batches.get(run.batchId);
  if (batch === null) throw new Error(`run ${run.id} has no batch`);
  const { repo } = batch;
  return policiesFor(ports, repo, run.project).flatMap(({ name, asks }) =>
    'command' in asks ? [{ name, command: asks.command, repo }] : [],
  );
};

/** What a repository says stands in variables only: among its arguments it could look like an option. */
const stepOf = ({ name, command, repo }: Program, run: Run, file: string): Step => {
  const [program, ...rest] = command.argv;
  const { project } = run;
  return {
    name: `policy-${name}`,
    argv: [program, ...rest.map((part) => (part === planPlaceholder ? file : part))],
    output: 'log',
    timeoutMs: command.timeLimitMs,
    environment: {
      TIDEGATE_POLICY: name,
      TIDEGATE_REPOSITORY: fullNameOf(repo),
      TIDEGATE_PULL: String(run.pullNumber),
      TIDEGATE_PROJECT: project.name,
      TIDEGATE_DIR: project.dir,
      TIDEGATE_WORKSPACE: project.workspace,
      TIDEGATE_ENVIRONMENT: project.settings.environment ?? '',
    },
    mutates: false,
    apart: true,
  };
};

const ask = async (
  session: Session,
  step: Step,
  options: Pick<Asked, 'secrets' | 'signal'>,
): Promise<Pick<PolicyAnswer, 'outcome' | 'because'>> => {
  try {
    return answerOf(await session.run(step, options));
  } catch (error) {
    if (error instanceof HostLost)
      return { outcome: 'unknown', because: 'the process that ran it was killed' };
    throw error;
  }
};
