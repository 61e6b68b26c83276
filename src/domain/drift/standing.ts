import type { Sha } from '../ids.ts';
import type { Problem } from '../problem.ts';
import { standingOf, type Tracked } from '../tracked.ts';

const prefix = 'refs/heads/';

/** The branch that a project goes by, without `refs/heads/`; null where it goes by a tag, or nothing is known of it. */
export const branchOf = ({ desired, applied }: Pick<Tracked, 'desired' | 'applied'>): string | null => {
  const ref = desired?.ref ?? applied?.ref;
  return ref?.startsWith(prefix) === true ? ref.slice(prefix.length) : null;
};

const refused = (sentence: string, advice: string): Problem => ({ code: 'drift-pending', sentence, advice });

/**
 * Why the world cannot be put right now, if so. Only what was applied is ever put back, and it is what the branch says: what is pending
 * goes its own way, and is no drift.
 */
export const notToCorrect = (tracked: Tracked | null, tip: Sha): Problem | null => {
  if (tracked === null)
    return refused('Nothing is known any more of what was applied.', 'Open a pull request for it.');
  const { project, desired, goneAt, applied } = tracked;
  const name = `\`${project.name}\``;
  if (goneAt !== null)
    return refused(
      `${name} is not in its branch any more.`,
      'What is left of it in the world is for people to look at.',
    );
  switch (standingOf(tracked)) {
    case 'unknown':
    case 'gone':
      return refused(
        `It is not known which version of ${name} was applied, so nothing can be put back.`,
        'Open a pull request that changes it, and apply that.',
      );
    case 'ahead':
      return refused(
        `What was applied of ${name} is of #${applied?.pullNumber ?? 0}, which is not merged, so it is not what the branch says.`,
        'Go on with that pull request; what differs is put right by its apply.',
      );
    case 'pending':
      return refused(
        `${name} is pending: its branch asks for something else than what was applied last.`,
        'Apply that first, with the pull request that brought it. It puts right what differs as well.',
      );
    case 'same':
      return desired?.sha === tip
        ? null
        : refused(
            `The branch of ${name} was moved a moment ago, and what that asks for is being looked at.`,
            'Comment it again in a minute.',
          );
  }
};
