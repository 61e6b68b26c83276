import { checkFile } from './file-format.ts';
import { parseOperatorFile } from './operator-file.ts';
import { settingNames } from './settings-schema.ts';
import type { FileFormat, OperatorSettings } from './types.ts';

/** A file of a repository. */
export interface FileText {
  readonly format: FileFormat;
  readonly text: string;
}

const workflowsIn = ({ text, format }: FileText): readonly string[] => {
  const checked = checkFile(text, format);
  if ('findings' in checked) return [];
  const { rules, projects } = checked.raw;
  return [...rules, ...(projects ?? [])].flatMap(({ workflow }) => workflow ?? []);
};

/**
 * What stands for the operator file where there is none to be asked: it adds nothing, everything may be set, and a workflow that
 * one of these files names exists, with no steps; `atlantis.yaml` is read. For looking at a repository; no server works by it.
 */
export const withoutOperator = (files: readonly FileText[]): OperatorSettings => {
  const read = parseOperatorFile('allow: ["*/*"]', 'no operator file');
  if ('problem' in read) throw new Error(read.problem.sentence);
  const workflows = files.flatMap(workflowsIn);
  const nothing = { varFiles: [], backendFiles: [], env: {} };
  return {
    ...read.value,
    maySet: () => settingNames,
    atlantisFile: () => 'atlantis.yaml',
    workflows: new Map(
      workflows.map((name) => [name, { name, plan: null, apply: null, gives: nothing, source: '' }]),
    ),
  };
};
