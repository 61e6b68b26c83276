import { mergeProjects } from '../config/projects.ts';
import type { OperatorSettings, Projects } from '../config/types.ts';
import { fullNameOf } from '../domain/pull.ts';
import type { Snapshot } from '../flow/snapshot.ts';
import type { Desk } from './desk.ts';

/**
 * The projects of a tree as if all of it were on the base branch: what a pull request may not change by itself counts here.
 * Throws UserError as `mergeProjects`.
 */
export const asOnBase = (
  { repo, runners }: Pick<Desk, 'repo' | 'runners'>,
  operator: OperatorSettings,
  { file, found }: Pick<Snapshot, 'file' | 'found'>,
): Projects =>
  mergeProjects({
    repositoryId: repo.id,
    repository: fullNameOf(repo),
    baseBranch: null,
    operator,
    declared: runners.declared,
    base: file,
    head: file,
    found,
    foundInBase: found,
  });
