import type { Sha } from '../ids.ts';
import {
  compareVersions,
  mayBeChosen,
  parseVersion,
  type ToolVersion,
  type VersionConstraint,
} from '../tool-version.ts';

/** A tag, and the commit that it leads to, or led to. */
export interface TagAt {
  readonly tag: string;
  readonly commit: Sha;
}

export const tagRefusals = [
  /** It leads elsewhere than when it was chosen. */
  'tag-moved',
  /** It was chosen and is not there any more. */
  'tag-gone',
  /** Two of them are of the same version. */
  'tag-twice',
  /** Its commit is not on the branch whose rules hold. */
  'tag-off-branch',
] as const;
export type TagRefusalKind = (typeof tagRefusals)[number];

/** Why what follows tags is left at what it is. */
export interface TagRefusal {
  readonly kind: TagRefusalKind;
  readonly tag: string;
  /** Where it led when it was chosen; null: it never was. */
  readonly from: Sha | null;
  /** Where it leads now; null: it is not there. */
  readonly to: Sha | null;
  /** Of `tag-twice`: the other one. */
  readonly other: string | null;
}

export type TagChoice =
  /** No tag is one that could be followed. */
  | { readonly kind: 'none' }
  | ({ readonly kind: 'chosen' } & TagAt)
  | { readonly kind: 'refused'; readonly refusal: TagRefusal };

/** What may stand in front of the version in the name of a tag. */
const before = /[/@_-]/g;

/**
 * The version that a tag's name is of: all of it, or what stands behind a `/`, `-`, `_` or `@` in it, the longest that is one. Null for a
 * name that is of none. Three numbers have to be there: `v1` and `v1.2` are names that people move along.
 */
export const versionOfTag = (tag: string): ToolVersion | null => {
  if (tag.length > 1_024) return null;
  for (const from of [0, ...[...tag.matchAll(before)].map(({ index }) => index + 1)]) {
    const version = parseVersion(tag.slice(from));
    if (version?.given === 3) return version;
  }
  return null;
};

export interface TagsAsked {
  /** All that there are now, by name. */
  readonly tags: ReadonlyMap<string, Sha>;
  /** Those that were ever chosen in the repository, each with where it led then. */
  readonly kept: ReadonlyMap<string, Sha>;
  /** Does the glob mean this name? */
  readonly matches: (tag: string) => boolean;
  /** Null: every version but those before a release. */
  readonly constraint: VersionConstraint | null;
}

/**
 * The tag that is to be followed: the highest version among those that are meant. One that was chosen before counts for what it was:
 * where it is the highest and leads elsewhere now, or is not there, nothing takes its place but a higher one.
 */
export const chooseTag = ({ tags, kept, matches, constraint }: TagsAsked): TagChoice => {
  const constraints = constraint === null ? [] : [constraint];
  let highest: { readonly version: ToolVersion; readonly names: readonly string[] } | null = null;
  for (const tag of new Set([...tags.keys(), ...kept.keys()])) {
    if (!matches(tag)) continue;
    const version = versionOfTag(tag);
    if (version === null || !mayBeChosen(version, constraints)) continue;
    const order = highest === null ? 1 : compareVersions(version, highest.version);
    if (order > 0) highest = { version, names: [tag] };
    else if (order === 0 && highest !== null) highest = { version, names: [...highest.names, tag] };
  }
  if (highest === null) return { kind: 'none' };
  const found = highest.names.toSorted().map((tag) => ({
    tag,
    from: kept.get(tag) ?? null,
    to: tags.get(tag) ?? null,
  }));
  const refused = (kind: TagRefusalKind, one: (typeof found)[number], other: string | null = null) => ({
    kind: 'refused' as const,
    refusal: { kind, ...one, other },
  });
  for (const one of found) {
    if (one.to === null) return refused('tag-gone', one);
    if (one.from !== null && one.from !== one.to) return refused('tag-moved', one);
  }
  const [one, other] = found;
  if (one?.to == null) return { kind: 'none' };
  if (other !== undefined) return refused('tag-twice', one, other.tag);
  return { kind: 'chosen', tag: one.tag, commit: one.to };
};
