import type { Step } from '../../runner/port.ts';
import { cliConfigOf, homeOf } from './isolation/isolation.ts';

export interface EnvironmentInput {
  /** PATH on which tools are found. */
  readonly path: string;
  /** The run's private folder. */
  readonly folder: string;
  /** Its temp folder, by the name that the tool knows. */
  readonly temporary: string;
  /** What the operator lets this verb see, already chosen by name. */
  readonly allowed: Readonly<Record<string, string>>;
  /** The project's own variables, from the server and the base branch. */
  readonly project: Readonly<Record<string, string>>;
  readonly step: Step;
}

/**
 * Everything a tool sees, built from nothing (promise 6). Later ones win: what the project sets, what the operator allows,
 * what the runner pins, and last the folders that keep runs apart.
 *
 * `TF_CLI_CONFIG_FILE` is given before the operator's allow-list, so that an operator who needs one (a
 * provider mirror, credentials) can name it; without it, terraform would read the file of whoever started the server, and
 * warn on standard error if that is not there.
 */
export const toolEnvironment = (input: EnvironmentInput): Record<string, string> => ({
  LANG: 'C.UTF-8',
  ...input.project,
  TF_CLI_CONFIG_FILE: cliConfigOf(input.folder),
  ...input.allowed,
  ...input.step.environment,
  PATH: input.path,
  HOME: homeOf(input.folder),
  TMPDIR: input.temporary,
});

/**
 * All that a step sees that runs apart. Its home is not the tools': what a plan writes there could be settings of the
 * program that judges it.
 */
export const apartEnvironment = ({
  path,
  folder,
  temporary,
  step,
}: Pick<EnvironmentInput, 'path' | 'folder' | 'temporary' | 'step'>): Record<string, string> => ({
  LANG: 'C.UTF-8',
  ...step.environment,
  PATH: path,
  HOME: homeOf(folder),
  TMPDIR: temporary,
});
