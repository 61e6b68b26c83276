import type { BatchId, ProjectKey } from './ids.ts';
import type { Isolation } from './isolation.ts';
import type { PlanSummary } from './plan-summary.ts';
import { type Problem, UserError } from './problem.ts';
import type { Held } from './trust/finding.ts';

export const previewStates = ['waiting', 'made', 'failed'] as const;
export type PreviewState = (typeof previewStates)[number];

/**
 * What a tool makes of a project that is held, for reading only: offline, and with nothing that a plan may see. It is no run, and
 * nothing of it is kept that could be applied.
 */
export interface Preview {
  readonly repositoryId: number;
  readonly pullNumber: number;
  readonly project: ProjectKey;
  /** Whose look at the pull request it belongs to: its commit, its tree, its projects. */
  readonly batchId: BatchId;
  readonly state: PreviewState;
  /** Of one that was made. */
  readonly summary: PlanSummary | null;
  /** Why there is none, of one that failed. */
  readonly problem: Problem | null;
  /** What the tool said then; masked, capped. */
  readonly output: string | null;
}

/** Those beyond wait for trust as they are: strangers must not have a server work for them without end. */
const mostPreviews = 20;

/** Where the operator lets previews be made. `walls`: behind walls that close the network. */
export const previewPlaces = ['walls', 'always', 'never'] as const;
export type PreviewPlace = (typeof previewPlaces)[number];

/** Of the kinds of isolation only one can close the network, and hide the files of this machine. */
export const mayPreview = (place: PreviewPlace, isolation: Isolation): boolean =>
  place === 'always' || (place === 'walls' && isolation === 'bubblewrap');

/** A link that leads out is followed by whatever reads: no tool is let near one, nor where not all is known that was found. */
const isPreviewable = ({ answer, findings, more }: Held): boolean =>
  answer === 'trust' && more === 0 && !findings.some(({ kind }) => kind === 'link');

/**
 * Of the projects that are held, in order, those to preview: what nobody refuses, what nothing but trust keeps from being planned
 * now. `meant`: of what was asked now, what a tool can preview.
 */
export const toPreview = (
  held: readonly Held[],
  meant: readonly ProjectKey[],
  stopped: readonly ProjectKey[],
): readonly ProjectKey[] =>
  meant
    .filter((key) => held.some((one) => one.project === key && isPreviewable(one)))
    .filter((key) => !stopped.includes(key))
    .slice(0, mostPreviews);

/**
 * Throws UserError `tool-contradicts` for a preview that claims to have looked: it was told not to, and had nothing to look with, so
 * nobody knows what the rest of it is worth. Unknown means no: of a tool that does not say it as well.
 */
export const refuseVerified = ({ words }: Pick<PlanSummary, 'words'>): void => {
  if (words?.verified === false) return;
  throw new UserError({
    code: 'tool-contradicts',
    sentence:
      'The tool was to preview this without a look at what is there, and its summary says that it looked.',
    advice:
      'Nothing of it is shown. Whoever keeps its runner has to mend it: a preview has `verified: false`.',
  });
};
