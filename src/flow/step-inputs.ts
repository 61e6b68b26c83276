import path from 'node:path';
import { planFileName } from '../domain/plan-folder.ts';
import type { Run } from '../domain/run.ts';
import type { StepInputs } from '../runner/port.ts';
import type { Session } from '../sandbox/port.ts';
import type { ChosenTool } from './tool-choice.ts';
import { workflowVariables } from './workflow-variables.ts';

/** What the placeholders in the steps of a run stand for. */
export const stepInputs = (
  run: Run,
  session: Session,
  { folder }: Pick<ChosenTool, 'folder'>,
): StepInputs => ({
  planDir: session.files,
  workspace: run.project.workspace,
  varFiles: run.project.settings.varFiles,
  backendFiles: run.project.settings.backendFiles,
  extra: run.extra,
  with: run.project.settings.with,
  workflow: run.project.settings.workflow,
  toolFolder: folder,
  variables: workflowVariables(run, path.join(session.files, planFileName)),
});
