import { z } from 'zod';
import { quoted } from '../domain/quote.ts';
import { matchesGlob } from './globs.ts';
import { glob, section, text } from './schema-parts.ts';
import { version } from './tools-schema.ts';

/** What brings an environment to what it is to be: a branch (glob), or tags (glob, and which of their versions). */
export type Follows =
  | { readonly kind: 'branch'; readonly branch: string }
  | { readonly kind: 'tag'; readonly tag: string; readonly semver: string | null };

const label = text('a label such as `production`', /^[\p{L}\p{N}][\p{L}\p{M}\p{N}_./ -]{0,99}$/u);

const following = section({
  name: label.describe('The label.'),
  branch: glob
    .optional()
    .describe('Base branches (a glob) that it follows: pull requests into others do not plan its projects.'),
  tag: glob
    .optional()
    .describe(
      'Tags (a glob) that it follows: the highest version among them is planned, and applied by a command, on the issue of each project. No pull request plans them.',
    ),
  semver: version
    .optional()
    .describe('Which versions of `tag`: one, or a constraint. Absent: all but those before a release.'),
})
  .refine(({ branch, tag }) => (branch === undefined) !== (tag === undefined), {
    error: 'a mapping with `name` and either `branch` or `tag`, or the label alone',
  })
  .refine(({ tag, semver }) => tag !== undefined || semver === undefined, {
    error: 'a mapping without `semver`, which is for a `tag`',
  });

/** The label of an environment, alone or with what it follows. */
export const environmentSchema = z.union([label, following], {
  error: 'a label such as `production`, or a mapping with `name` and `branch` or `tag`',
});

type RawEnvironment = z.infer<typeof environmentSchema>;

/** Both together, so that one that is said anew follows nothing of what was said before. */
export const compileEnvironment = (
  raw: RawEnvironment,
): { readonly environment: string; readonly follows: Follows | null } => {
  if (typeof raw === 'string') return { environment: raw, follows: null };
  const { name, branch, tag, semver = null } = raw;
  if (branch !== undefined) return { environment: name, follows: { kind: 'branch', branch } };
  // One with neither was refused by now; it would follow nothing that there is.
  return { environment: name, follows: { kind: 'tag', tag: tag ?? '', semver } };
};

/**
 * Why pull requests into a branch do not plan a project whose environment follows this; null where they do, and where nobody
 * asks for a branch.
 */
export const goesElsewhere = (
  follows: Follows | null,
  environment: string | null,
  branch: string | null,
): string | null => {
  if (follows === null || branch === null) return null;
  const whose = `its environment ${quoted(environment ?? '')} follows`;
  if (follows.kind === 'tag') {
    const which = follows.semver === null ? '' : ` (${quoted(follows.semver)})`;
    return `${whose} the tags ${quoted(follows.tag)}${which}: no pull request plans it, the issue of a tag does`;
  }
  return matchesGlob(follows.branch, branch)
    ? null
    : `${whose} ${quoted(follows.branch)}, and this goes into ${quoted(branch)}`;
};
