import { type ProjectKey, type Sha, short } from '../ids.ts';
import type { Problem } from '../problem.ts';
import type { RepoRef } from '../pull.ts';
import { quoted } from '../quote.ts';
import { type BranchRefusal, refOf, standingOf, type Tracked } from '../tracked.ts';
import type { TagAt, TagChoice, TagRefusal } from './choice.ts';
import { tagOf } from './ref.ts';

/** Which tags an environment follows, as the base branch and the operator say it. */
export interface TagSource {
  /** A glob. */
  readonly tag: string;
  /** One version, or a constraint; null: all. */
  readonly semver: string | null;
}

export const sameSource = (one: TagSource, other: TagSource): boolean =>
  one.tag === other.tag && one.semver === other.semver;

export const sourceText = ({ tag, semver }: TagSource): string =>
  semver === null ? `the tags ${quoted(tag)}` : `the tags ${quoted(tag)} (${quoted(semver)})`;

/** A project whose environment follows tags. */
export interface Tagged {
  readonly project: ProjectKey;
  readonly repo: RepoRef;
  readonly source: TagSource;
  /** The tag that it follows; null: there was none yet. */
  readonly chosen: TagAt | null;
  /** Why it is left at that; null: nothing is wrong. */
  readonly refused: TagRefusal | Extract<BranchRefusal, 'empty' | 'unread'> | null;
  /** When this was written down, Unix milliseconds. */
  readonly at: number;
}

/** Why a tag is not followed, and what can be done about it. */
const tagProblem = (
  refusal: TagRefusal | Extract<BranchRefusal, 'empty' | 'unread'>,
  tag: string,
): Problem => {
  if (refusal === 'empty')
    return {
      code: 'tag-refused',
      sentence: `No project is there at ${quoted(tag)} that follows it, and there were some before.`,
      advice: 'Nothing is taken away. A higher tag is followed again.',
    };
  if (refusal === 'unread')
    return {
      code: 'tag-refused',
      sentence: `What ${quoted(tag)} says of its projects cannot be read.`,
      advice: 'Nothing is changed. A higher tag is followed again.',
    };
  const at = (commit: Sha | null): string => (commit === null ? 'nowhere' : `\`${short(commit)}\``);
  const named = quoted(refusal.tag);
  switch (refusal.kind) {
    case 'tag-moved':
      return {
        code: 'tag-moved',
        sentence: `The tag ${named} was moved from ${at(refusal.from)} to ${at(refusal.to)} after it was chosen, and a tag that moves is not followed.`,
        advice: 'Put it back to where it was, or push a tag of a higher version.',
      };
    case 'tag-gone':
      return {
        code: 'tag-gone',
        sentence: `The tag ${named} of ${at(refusal.from)} is not there any more. Nothing goes back to a lower one by itself, and what is applied stays.`,
        advice: `Push ${named} to the same commit again, or a tag of a higher version.`,
      };
    case 'tag-twice':
      return {
        code: 'tag-twice',
        sentence: `The tags ${named} and ${quoted(refusal.other ?? '')} are of the same version, so neither is followed.`,
        advice:
          'Delete one of them, push a tag of a higher version, or narrow the glob of `tag` in the base branch.',
      };
    case 'tag-off-branch':
      return {
        code: 'tag-off-branch',
        sentence: `The tag ${named} leads to ${at(refusal.to)}, which is not on the default branch: nobody has reviewed what it brings.`,
        advice:
          'Merge that commit into the default branch, or push a tag of a higher version to one that is there.',
      };
    default: {
      const never: never = refusal.kind;
      return never;
    }
  }
};

export const notThere = ({ project }: Tracked, tag: string): Problem => ({
  code: 'tag-refused',
  sentence: `${quoted(tag)} has no project \`${project.name}\`, or that does not follow these tags any more.`,
  advice: 'What is left of it in the world is for people to look at.',
});

/**
 * Why nothing can be planned at a tag now, if so: it is not the one that was chosen, or what was chosen cannot be followed.
 *
 * @param now what would be chosen at this moment
 */
export const notToFollow = (
  tracked: Tracked | null,
  tagged: Tagged | null,
  now: TagChoice,
): Problem | null => {
  const tag = tracked === null ? null : tagOf(refOf(tracked));
  if (tracked !== null && (tagged === null || tracked.goneAt !== null)) return notThere(tracked, tag ?? '');
  if (now.kind === 'refused') return tagProblem(now.refusal, now.refusal.tag);
  if (tracked === null || tag === null || tracked.desired === null)
    return {
      code: 'tag-refused',
      sentence: 'It is not known which tag this is about.',
      advice: 'It is looked at again when a tag is pushed.',
    };
  const { refused } = tracked.desired;
  if (refused === 'empty' || refused === 'unread') return tagProblem(refused, tag);
  if (now.kind === 'chosen' && now.tag === tag && now.commit === tracked.desired.sha) return null;
  return {
    code: 'tag-refused',
    sentence:
      now.kind === 'chosen'
        ? `${quoted(now.tag)} has taken the place of ${quoted(tag)} a moment ago.`
        : `${quoted(tag)} is none of the tags any more that are followed.`,
    advice: 'It is being looked at. Comment it again in a minute.',
  };
};

/** What people are to be told of a project that follows tags; null: the world is as its tag says, or there is none. */
export type TagNews =
  | { readonly kind: 'waits'; readonly tag: string; readonly commit: Sha; readonly applied: string | null }
  | { readonly kind: 'refused'; readonly problem: Problem; readonly about: string };

export const tagNews = (tracked: Tracked, tagged: Tagged | null): TagNews | null => {
  if (tagged === null) return null;
  const { desired, applied } = tracked;
  const tag = tagOf(desired?.ref ?? null);
  const { refused, chosen } = tagged;
  if (refused !== null) {
    const about =
      typeof refused === 'string' ? refused : `${refused.kind}:${refused.tag}:${refused.to ?? 'none'}`;
    return { kind: 'refused', problem: tagProblem(refused, chosen?.tag ?? tag ?? ''), about };
  }
  const standing = standingOf(tracked);
  if (tag === null || desired === null || standing === 'same' || standing === 'gone') return null;
  return {
    kind: 'waits',
    tag,
    commit: desired.sha,
    applied: applied === null ? null : (tagOf(applied.ref) ?? applied.ref.replace(/^refs\/heads\//, '')),
  };
};
