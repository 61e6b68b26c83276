import type { Sha } from './ids.ts';

/** A button of a completed check. Of each text at most so many characters. https://docs.github.com/en/rest/checks/runs#create-a-check-run */
export interface CheckAction {
  /** 20. */
  readonly label: string;
  /** 40. */
  readonly description: string;
  /** 20; comes back when it is pressed. */
  readonly identifier: string;
}

/** What is said of lines of a file, as they are at the commit of the check. https://docs.github.com/en/rest/checks/runs#update-a-check-run */
export interface CheckAnnotation {
  /** Relative to the repository. */
  readonly path: string;
  /** From 1. */
  readonly startLine: number;
  readonly endLine: number;
  readonly level: 'warning' | 'failure';
  /** At most 255 characters. */
  readonly title: string;
  /** At most 64 KB. */
  readonly message: string;
}

export interface CheckUpsert {
  readonly id: number | null;
  readonly headSha: Sha;
  readonly name: string;
  readonly status: 'queued' | 'in_progress' | 'completed';
  /** Set exactly when `status` is `completed`. */
  readonly conclusion: 'success' | 'failure' | 'neutral' | 'action_required' | 'cancelled' | null;
  readonly title: string;
  readonly summary: string;
  readonly text: string | null;
  readonly detailsUrl: string | null;
  /** At most three; those of before are gone. Shown on completed checks, to those who may write. */
  readonly actions?: readonly CheckAction[];
  /** All that the check shall have, at most fifty; left out: they stay as they are. */
  readonly annotations?: readonly CheckAnnotation[];
  /** Comes back with what is pressed on it: a commit may be the head of several pull requests. */
  readonly pullNumber?: number;
}
