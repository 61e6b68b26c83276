import { type ExitWord, refuseContradiction } from '../domain/exit-codes.ts';
import { fingerprints } from '../domain/fingerprint.ts';
import { type InputsDigest, type PlanDigest, planDigest } from '../domain/ids.ts';
import type { Fed } from '../domain/plan-summary.ts';
import { doesSomething, type PlanReading, type StateVersion } from '../domain/plan-summary.ts';
import type { Printed } from '../domain/printed.ts';
import { type Problem, UserError } from '../domain/problem.ts';
import type { Plan, Run } from '../domain/run.ts';
import { isDestroying } from '../domain/tool-arguments.ts';
import { createMask } from '../observe/masking.ts';
import type { Runner } from '../runner/port.ts';
import type { Session } from '../sandbox/port.ts';
import { askPolicies } from './ask-policies.ts';
import { configurationsOf } from './configurations.ts';
import { liftedBy } from './lifted.ts';
import { placesOf } from './places.ts';
import type { FlowPorts } from './ports.ts';
import { type ChosenTool, otherVersion } from './tool-choice.ts';

type Ports = Pick<
  FlowPorts,
  'artifacts' | 'configuration' | 'git' | 'logs' | 'log' | 'mask' | 'operator' | 'runners' | 'sign' | 'store'
>;

type Read =
  | { readonly plan: Omit<Plan, 'artifact'>; readonly output: string }
  | { readonly problem: Problem };

/** Kept of each plan; the log has all of them. */
const mostWarnings = 50;

/** What the tool printed as its plan, read; and what the operator's programs say of it, who are asked in its session. */
export const readPlan = async (
  ports: Ports,
  run: Run,
  runner: Runner,
  session: Session,
  printed: {
    readonly transcript: string;
    /** The plan, as the runner reads it. */
    readonly data: Printed;
    /** Secrets that steps of a workflow gave the run. */
    readonly given: readonly string[];
    /** The state it was made from; null where that is not known. */
    readonly madeFrom: StateVersion | null;
    /** What exit codes said of changes. */
    readonly said: readonly ExitWord[];
    /** Outputs of other projects that the tool was given; null: none. */
    readonly fed: Fed | null;
    readonly inputsWith: (toolVersion: string) => InputsDigest;
    readonly filesAway: number;
    readonly tool: ChosenTool;
    readonly signal: AbortSignal;
  },
): Promise<Read> => {
  const { data, transcript, given, madeFrom, fed, said, inputsWith, filesAway, tool, signal } = printed;
  // Each value of a plan is asked about.
  const masks = [ports.mask, ...(given.length === 0 ? [] : [maskOf(given)])];
  try {
    const { secrets: ofPlan, ...reading } = await runner.read(data, {
      fingerprint: fingerprints(ports.sign, run.project.key),
      isGiven: (text) => masks.some((mask) => mask(text) !== text),
    });
    refuseContradiction(said, doesSomething(reading.summary));
    const secrets = [...ofPlan, ...given];
    const summary = {
      ...reading.summary,
      content: contentOf(ports, reading),
      pin: runner.pin,
      // What is to go does not hang on what is found.
      ...(filesAway === 0 || isDestroying(run.extra) ? {} : { filesAway }),
      ...(madeFrom === null ? {} : { madeFrom }),
      ...(fed === null ? {} : { feeds: { digest: fed.digest, taken: fed.taken } }),
      // What is not known yet may change anything: it never stands for "nothing to do".
      hasChanges: reading.summary.hasChanges || (fed?.taken.some(({ known }) => !known) ?? false),
    };
    const { toolVersion } = summary;
    const wrong = otherVersion(run, tool, toolVersion);
    if (wrong !== null) return { problem: wrong };
    const inputs = inputsWith(toolVersion);
    const digest = digestOf(ports, run, reading, inputs);
    // A log that keeps them is worse than none.
    await ports.logs.hide(run.id, secrets).catch(() => ports.logs.remove(run.id));
    // One without changes is applied by nobody.
    const policies = summary.hasChanges
      ? await askPolicies(ports, run, session, { data, secrets, signal })
      : [];
    const output = withoutSecrets(transcript, secrets);
    const warnings = runner.warningsIn(output);
    const configurations = configurationsOf(ports, run);
    const places = await placesOf(ports, run, configurations, summary, policies);
    const lifted = await liftedBy(ports, run, configurations);
    return {
      plan: {
        digest,
        summary: {
          ...summary,
          ...(places.length === 0 ? {} : { places }),
          ...(lifted.length === 0 ? {} : { lifted }),
          ...(warnings.length === 0 ? {} : { warnings: warnings.slice(0, mostWarnings) }),
          ...(warnings.length > mostWarnings ? { moreWarnings: warnings.length - mostWarnings } : {}),
        },
        inputs,
        toolVersion,
        policies,
      },
      output,
    };
  } catch (error) {
    // The tool's text is all there is to go by when its plan cannot be read; the caller keeps it.
    if (error instanceof UserError) return { problem: error.problem };
    throw error;
  }
};

const maskOf = (secrets: readonly string[]): ((text: string) => string) => {
  const mask = createMask();
  for (const secret of secrets) mask.add(secret);
  return mask.text;
};

/** Values the plan marks as sensitive; the tool's own text repeats some that a provider copied elsewhere. */
export const withoutSecrets = (transcript: string, secrets: readonly string[]): string =>
  maskOf(secrets)(transcript);

/**
 * The plan digest: where the plan would act and what it would do there, under this installation's key. The inputs are in it: the
 * tool's plan says neither as whom a provider acts nor what a value will be that is known after the apply, and an approval must
 * not outlive a change of either. What policies say is not.
 */
export const digestOf = (
  ports: Pick<FlowPorts, 'sign'>,
  run: Run,
  { meaning }: Pick<PlanReading, 'meaning'>,
  inputs: InputsDigest,
): PlanDigest =>
  planDigest(ports.sign(JSON.stringify([run.project.key, run.project.workspace, inputs, meaning])));

/** By it plans of several projects are known to do the same. */
const contentOf = ({ sign }: Pick<FlowPorts, 'sign'>, { meaning }: Pick<PlanReading, 'meaning'>): string =>
  sign(JSON.stringify(['content', meaning]));
