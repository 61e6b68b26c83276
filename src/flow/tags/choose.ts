import { compileGlob } from '../../config/globs.ts';
import type { Sha } from '../../domain/ids.ts';
import type { RepoRef } from '../../domain/pull.ts';
import { chooseTag, type TagChoice } from '../../domain/tags/choice.ts';
import type { TagSource } from '../../domain/tags/tagged.ts';
import { parseConstraint } from '../../domain/tool-version.ts';
import type { Forge } from '../../forge/port.ts';
import { isPartOf } from '../ancestry.ts';
import type { FlowPorts } from '../ports.ts';

type Ports = Pick<FlowPorts, 'git'> & { readonly forge: Pick<Forge, 'remote'> };

/** All tags of a repository, as they are at this moment. */
export const tagsNow = async ({ forge, git }: Ports, repo: RepoRef): Promise<ReadonlyMap<string, Sha>> => {
  const { url, token, done } = await forge.remote(repo);
  return git.tags(repo, { url, token }).finally(done);
};

/** Does a source mean a tag of this name? */
export const isMeant = ({ tag }: TagSource): ((name: string) => boolean) => compileGlob(tag);

/**
 * Which tag a source leads to at this moment. Whoever may push a tag may push one to any commit, so only those are followed that the
 * default branch has: what is on it was reviewed.
 *
 * @param tip of the default branch, fetched
 */
export const chosenNow = async (
  { git }: Pick<FlowPorts, 'git'>,
  repositoryId: number,
  source: TagSource,
  {
    tip,
    tags,
    kept,
  }: {
    readonly tip: Sha;
    readonly tags: ReadonlyMap<string, Sha>;
    readonly kept: ReadonlyMap<string, Sha>;
  },
): Promise<TagChoice> => {
  const constraint = source.semver === null ? null : parseConstraint(source.semver);
  // The file was checked; what could not be read all the same must not mean every version.
  if (source.semver !== null && constraint === null) return { kind: 'none' };
  const choice = chooseTag({ tags, kept, matches: isMeant(source), constraint });
  if (choice.kind !== 'chosen' || (await isPartOf(git, repositoryId, choice.commit, tip))) return choice;
  const { tag, commit } = choice;
  const from = kept.get(tag) ?? null;
  return { kind: 'refused', refusal: { kind: 'tag-off-branch', tag, from, to: commit, other: null } };
};
