import type { OperatorSettings } from '../config/types.ts';
import { type Problem, UserError } from '../domain/problem.ts';
import type { Run } from '../domain/run.ts';
import { exactOf, fitsText, parseConstraint, type VersionConstraint } from '../domain/tool-version.ts';
import type { Runner } from '../runner/port.ts';
import type { Session } from '../sandbox/port.ts';
import { toolVersion } from './execute.ts';
import type { FlowPorts } from './ports.ts';
import type { RequiredVersion } from './snapshot.ts';

/** What is asked of the tool of a run, and who asks. */
export interface ToolWish {
  /** All of them have to hold; none: whichever is there. */
  readonly constraints: readonly VersionConstraint[];
  /** `Project `network` asks for terraform `~> 1.9``, for a sentence. */
  readonly said: string;
  /** What to change to get another one. */
  readonly advice: string;
}

const written = (constraints: readonly VersionConstraint[]): string =>
  `\`${constraints.map(({ text }) => text).join(', ')}\``;

const parsed = (text: string, what: string): VersionConstraint => {
  const constraint = parseConstraint(text);
  if (constraint !== null) return constraint;
  throw new UserError({
    code: 'version-unmet',
    sentence: `${what} is \`${text.slice(0, 200)}\`, which is no version and no constraint.`,
    advice: 'Write for example `~> 1.9`, or `>= 1.6, < 2.0`, and push.',
  });
};

/**
 * What the project says; else what the code in its own folder says, all of it; else what the operator says for the runner.
 * What the operator holds every version against comes on top. Throws UserError `version-unmet` for what cannot be read.
 */
export const toolWish = (
  { tools }: Pick<OperatorSettings, 'tools'>,
  { project }: Pick<Run, 'project'>,
  requires: readonly RequiredVersion[],
): ToolWish => {
  const { name, settings } = project;
  const own = tools.runners.get(settings.runner);
  const within = own?.within ?? null;
  const limit = within === null ? [] : [within];
  const more = within === null ? '' : `, within ${written(limit)} of the operator file`;
  if (settings.version !== null) {
    const asked = [parsed(settings.version, `\`version\` of project \`${name}\``)];
    return {
      constraints: [...asked, ...limit],
      said: `Project \`${name}\` asks for ${settings.runner} ${written(asked)}${more}`,
      advice: 'Change `version` in `tidegate.yaml` on the base branch, or ask the people who run Tidegate.',
    };
  }
  if (requires.length > 0) {
    const asked = requires.map(({ text, file }) => parsed(text, `\`required_version\` in \`${file}\``));
    const files = [...new Set(requires.map(({ file }) => `\`${file}\``))].slice(0, 3).join(', ');
    return {
      constraints: [...asked, ...limit],
      said: `The code of project \`${name}\` asks for ${settings.runner} ${written(asked)} (${files})${more}`,
      advice: 'Change `required_version` and push, or ask the people who run Tidegate.',
    };
  }
  const standard = own?.version ?? null;
  const asked = standard === null ? [] : [standard];
  return {
    constraints: [...asked, ...limit],
    said: `The operator file asks for ${settings.runner} ${written([...asked, ...limit])}`,
    advice: 'Ask the people who run Tidegate.',
  };
};

/** The tool that a run is made with. */
export interface ChosenTool {
  /** Null: nobody asks for one, and the plan says which version made it. */
  readonly version: string | null;
  /** Absolute folder of its program; null: the one on PATH. */
  readonly folder: string | null;
}

type Ports = Pick<FlowPorts, 'tools' | 'store'>;

/**
 * Settles which version a run is made with, before its first step: the installed one where it fits; else the one that this
 * pull request was planned with before, so that a new release voids nobody's approval; else the newest that can be had.
 * Throws UserError for one that cannot.
 */
export const chooseTool = async (
  { tools, store }: Ports,
  run: Run,
  wish: ToolWish,
  { runner, session, signal }: Asking,
): Promise<ChosenTool | { readonly problem: Problem; readonly output: string | null }> => {
  if (wish.constraints.length === 0) return { version: null, folder: null };
  const installed = await toolVersion(session, runner, signal);
  if ('version' in installed && fitsText(installed.version, wish.constraints))
    return { version: installed.version, folder: null };
  const before = (await store.runs.planBefore(run))?.plan?.toolVersion ?? null;
  const known = exactOf(wish.constraints) ?? before;
  const version =
    known !== null && fitsText(known, wish.constraints)
      ? known
      : await tools.newest(runner, wish.constraints);
  const folder = version === null ? null : await tools.folderOf(runner, version);
  if (version !== null && folder !== null) return confirmed(version, folder, { runner, session, signal });
  if ('problem' in installed) return { problem: installed.problem, output: installed.text };
  return { problem: notThere(wish, installed.version), output: null };
};

interface Asking {
  readonly runner: Runner;
  readonly session: Session;
  readonly signal: AbortSignal;
}

/** It was started once, where it will be used: what cannot run here is told by its version, not by a plan that fails. */
const confirmed = async (
  version: string,
  folder: string,
  { runner, session, signal }: Asking,
): Promise<ChosenTool | { readonly problem: Problem; readonly output: string | null }> => {
  const said = await toolVersion(session, runner, signal, folder);
  if ('problem' in said) return { problem: said.problem, output: said.text };
  if (said.version === version) return { version, folder };
  const sentence = `What was fetched as ${runner.name} \`${version}\` says that it is \`${said.version}\`.`;
  return {
    problem: { code: 'version-unmet', sentence, advice: 'Tell the people who run Tidegate.' },
    output: null,
  };
};

/**
 * The tool that a plan was made with, to apply it: on PATH, kept, or fetched once more. Where it cannot be had at all, what is on
 * PATH, which whoever compares it with the plan refuses.
 */
export const toolOfPlan = async (
  { tools }: Pick<Ports, 'tools'>,
  version: string,
  { runner, session, signal }: Asking,
): Promise<{ readonly version: string; readonly folder: string | null } | { readonly problem: Problem }> => {
  const installed = await toolVersion(session, runner, signal);
  if ('version' in installed && installed.version === version) return { version, folder: null };
  const folder = await tools.folderOf(runner, version);
  if (folder === null) return 'problem' in installed ? installed : { ...installed, folder: null };
  const found = await confirmed(version, folder, { runner, session, signal });
  return 'problem' in found ? found : { version, folder };
};

/** What the operator holds every version against holds for a plan of before as well. */
export const outsideLimit = (
  { tools }: Pick<OperatorSettings, 'tools'>,
  { project }: Pick<Run, 'project'>,
  version: string,
): Problem | null => {
  const within = tools.runners.get(project.settings.runner)?.within ?? null;
  if (within === null || fitsText(version, [within])) return null;
  return {
    code: 'plan-stale',
    sentence: `Project \`${project.name}\` was planned with ${project.settings.runner} \`${version}\`, and the operator file asks for ${written([within])} by now.`,
    advice: 'Nothing was applied. Comment `/plan`.',
  };
};

const notThere = ({ said, advice }: ToolWish, installed: string): Problem => ({
  code: 'tool-missing',
  sentence: `${said}, and the server has \`${installed}\`.`,
  advice,
});

/** A tool that says one version of itself and writes another into its plan is none to go by. */
export const otherVersion = (run: Run, chosen: ChosenTool, found: string): Problem | null =>
  chosen.version === null || chosen.version === found
    ? null
    : {
        code: 'version-unmet',
        sentence: `${run.project.settings.runner} \`${chosen.version}\` was to plan project \`${run.project.name}\`, and \`${found}\` did.`,
        advice:
          'Ask the people who run Tidegate what `terraform` or `tofu` is on the server: it must not choose by the folder that it is in.',
      };
