/**
 * What is to be known of two projects after their applies, in a few lines: `network` goes by `main`, `edge` by tags. A property test holds
 * the real one to it. Of what happens by itself it is told when it happened; what that must have come to is its own.
 */
export interface KeptModel {
  /** What is asked for: the files of the branch, or of the tag that is followed. */
  desired: string | null;
  /** What was applied last. */
  applied: string | null;
  /** What was applied is of a pull request that is not merged. */
  ahead: boolean;
  /** What somebody has done to the world since. */
  readonly more: Set<string>;
  /** What the last look came to. */
  status: 'unknown' | 'clean' | 'drifted' | 'pending';
  /** Looks in a row that found drift. */
  inARow: number;
  drifts: string | null;
  issue: 'none' | 'open' | 'closed';
  /** What people were told of last while it is open. */
  about: string | null;
  /** What they were told of in a comment: each once. */
  readonly told: Set<string>;
  /** Nothing is applied before. */
  until: number;
  /** Why its tag is not followed. */
  refused: string | null;
  tag: string | null;
  /** Applies so far. */
  applies: number;
}

export const names = ['network', 'edge'] as const;
export type Name = (typeof names)[number];

export const emptyKept = (): KeptModel => ({
  ...{ desired: null, applied: null, ahead: false, more: new Set<string>(), status: 'unknown', inARow: 0 },
  ...{
    drifts: null,
    issue: 'none',
    about: null,
    told: new Set<string>(),
    until: 0,
    refused: null,
    tag: null,
  },
  applies: 0,
});

/** Nobody minds this one. */
const isNoise = (attribute: string): boolean => attribute === 'label';

export const standing = ({ applied, desired, ahead }: KeptModel): 'unknown' | 'same' | 'ahead' | 'pending' =>
  ahead
    ? 'ahead'
    : applied === null || desired === null
      ? 'unknown'
      : applied === desired
        ? 'same'
        : 'pending';

/** It was looked at, at this moment: at what was applied, whatever is asked for by now. */
export const looked = (one: KeptModel): void => {
  const isLoud = [...one.more].some((attribute) => !isNoise(attribute));
  one.status = one.applied === null ? 'pending' : isLoud ? 'drifted' : 'clean';
  one.inARow = one.status === 'drifted' ? one.inARow + 1 : 0;
  one.drifts = one.status === 'drifted' ? [...one.more].toSorted().join() : null;
  tell(one);
};

export const wasApplied = (one: KeptModel, text: string | null, ahead: boolean): void => {
  one.applied = text;
  one.ahead = ahead;
  one.more.clear();
  one.applies += 1;
};

/** What is to be told of its tag. */
const news = (one: KeptModel): string | null =>
  one.refused !== null
    ? `not followed: ${one.refused}`
    : one.tag !== null && standing(one) !== 'same'
      ? `waits: ${one.tag}`
      : null;

/** One issue, open exactly while there is something to tell; a comment for each thing that it did not tell before. */
export const tell = (one: KeptModel): void => {
  const ofTag = news(one);
  const wasOfTag = one.about !== null && /^(?:waits|not followed): /.test(one.about);
  const isDrift = one.status === 'drifted' && (one.issue === 'open' || one.inARow >= 2);
  const isOver = one.status === 'clean' || one.status === 'pending' || (wasOfTag && one.status !== 'drifted');
  const about = ofTag ?? (isDrift ? one.drifts : null);
  if (about !== null) {
    if (one.issue !== 'none' && one.about !== about) one.told.add(about);
    one.issue = 'open';
    one.about = about;
  } else if (one.issue === 'open' && isOver) {
    one.issue = 'closed';
    one.about = null;
  }
};
