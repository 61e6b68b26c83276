import type { DeploymentState } from '../domain/deployment.ts';

const said: Readonly<Record<DeploymentState, string>> = {
  in_progress: 'It is being applied.',
  success: 'Applied.',
  failure: 'The apply failed. The pull request says what is known.',
  error: 'The outcome is unknown. The pull request says what is known, and what to do.',
  inactive: 'Applied again since.',
};

/** GitHub takes 140 characters of a description. */
const cut = (text: string, longest: number): string =>
  [...text].length <= longest ? text : `${[...text].slice(0, longest - 1).join('')}…`;

export const deploymentWords = (
  project: string,
  pullNumber: number,
  state: DeploymentState,
): { readonly description: string; readonly said: string } => ({
  description: cut(`Project ${cut(project, 100)}, by #${pullNumber}`, 140),
  said: said[state],
});
