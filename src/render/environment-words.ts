import type { EnvironmentLine } from '../domain/environments.ts';
import { momentText } from '../domain/suspension.ts';
import type { BranchRefusal } from '../domain/tracked.ts';
import { count } from './words.ts';

const refusals: Readonly<Record<BranchRefusal, string>> = {
  empty: 'its branch has no project at all now, which is not taken',
  unread: 'what its branch says now cannot be read',
  'no-branch': 'its branch is not there any more',
  'tag-moved': 'its tag was moved',
  'tag-gone': 'its tag is not there any more',
  'tag-twice': 'two of its tags are of the same version',
  'tag-off-branch': 'its tag is not on the default branch',
};

const wordsOf = (line: EnvironmentLine): string => {
  const { standing, behind, missed, version, tags } = line;
  const sure =
    version !== null && !version.sure ? ', not sure since something was begun and did not end well' : '';
  const lost = missed === null ? '' : `: #${missed} was merged and never applied`;
  if (tags !== null) return `${tagWords(standing, tags)}${sure}`;
  switch (standing) {
    case 'same':
      return `as its branch says${sure}`;
    case 'ahead':
      return `ahead: as an open pull request says${sure}`;
    case 'pending':
      return `pending${behind === null ? '' : `, ${count(behind, 'commit')} behind`}${lost}${sure}`;
    case 'unknown':
      return version === null ? `not known${lost || ': nothing was applied here yet'}` : `not known${sure}`;
    case 'gone':
      return 'gone from its branch';
    default: {
      const never: never = standing;
      return never;
    }
  }
};

const tagWords = (
  standing: EnvironmentLine['standing'],
  { applied, asked }: NonNullable<EnvironmentLine['tags']>,
): string => {
  if (standing === 'gone') return 'gone from its tags';
  if (standing === 'same') return `as ${applied ?? 'its tag'} says`;
  const now = applied === null ? 'nothing of a tag was applied here yet' : `${applied} is applied`;
  return asked === null ? now : `${asked} is waiting, ${now}`;
};

const driftWords = ({ drift }: EnvironmentLine): readonly string[] => {
  switch (drift?.status) {
    case 'drifted':
      return [`drifts since ${momentText(drift.since)}`];
    case 'failed':
      return ['could not be looked at for drift'];
    case 'clean':
      return ['no drift'];
    default:
      return [];
  }
};

/** How a project stands, in a few words without a mark. */
export const standingWords = (line: EnvironmentLine): string =>
  [
    wordsOf(line),
    ...(line.refused === null ? [] : [refusals[line.refused]]),
    ...driftWords(line),
    ...(line.suspended === null
      ? []
      : [`suspended by ${line.suspended.by} until ${momentText(line.suspended.until)}`]),
  ].join('; ');
