import { parseOperatorFile } from './operator-file.ts';
import { checkRepositoryFile } from './repository-file.ts';
import { settingNames } from './settings-schema.ts';
import type { OperatorSettings } from './types.ts';

const workflowsIn = (text: string): readonly string[] => {
  const checked = checkRepositoryFile(text);
  if ('findings' in checked) return [];
  const { rules, projects } = checked.raw;
  return [...rules, ...(projects ?? [])].flatMap(({ workflow }) => workflow ?? []);
};

/**
 * What stands for the operator file where there is none to be asked: it adds nothing, everything may be set, and a workflow that
 * one of these texts of `tidegate.yaml` names exists, with no steps. For looking at a repository; no server works by it.
 */
export const withoutOperator = (texts: readonly string[]): OperatorSettings => {
  const read = parseOperatorFile('allow: ["*/*"]', 'no operator file');
  if ('problem' in read) throw new Error(read.problem.sentence);
  const workflows = texts.flatMap(workflowsIn);
  return {
    ...read.value,
    maySet: () => settingNames,
    workflows: new Map(workflows.map((name) => [name, { name, plan: null, apply: null, line: 1 }])),
  };
};
