import type { Project } from '../project.ts';

/** As a drift issue has it: nothing is merged there, so what a merge would ask for, or bring about, is left to commands. */
export const withoutMerge = (project: Project): Project => ({
  ...project,
  settings: { ...project.settings, apply: { kind: 'command' }, automerge: null },
});
