import { UserError } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { quoted } from '../domain/quote.ts';
import type { Run } from '../domain/run.ts';

/** A word that a shell takes as it is, quoted or not, and no option. */
const plain = /^[\p{L}\p{N}_.][\p{L}\p{N}_./@+=:,-]*$/u;

/**
 * What programs of a workflow are told, by the names that lines written for Atlantis know. They are values of variables and
 * nothing is put into a line. What whoever opens a pull request words freely is not among them: names of branches, titles,
 * arguments of comments.
 */
export const workflowVariables = (run: Run, planFile: string): Readonly<Record<string, string>> => {
  const { project } = run;
  return {
    WORKSPACE: project.workspace,
    DIR: '.',
    REPO_REL_DIR: project.dir,
    PROJECT_NAME: project.name.replaceAll(/[^\p{L}\p{N}_./@+=:,-]/gu, '-'),
    PLANFILE: planFile,
    PULL_NUM: String(run.pullNumber),
    HEAD_COMMIT: run.headSha,
  };
};

/** A folder whose name a line could take apart is not handed to one, and a line without it could do anything. */
export const refuseOddDir = ({ name, dir, settings }: Project): void => {
  if (settings.workflow === null || plain.test(dir)) return;
  throw new UserError({
    code: 'path-refused',
    sentence: `Project ${quoted(name)}: its dir ${quoted(dir)} has characters that programs of a workflow are not given.`,
    advice: 'Rename the folder, or take the workflow from the project. Nothing was run.',
  });
};
