import { type Sha, short } from '../domain/ids.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import type { Pull } from '../domain/pull.ts';
import type { Held } from '../domain/trust/finding.ts';
import type { Trust } from '../domain/trust/trust.ts';
import { keyOf } from './admit.ts';
import { mayDo } from './permit.ts';
import type { FlowPorts } from './ports.ts';
import type { RuleForge } from './rule-facts.ts';
import type { Wish } from './wish.ts';

type TrustWish = Extract<Wish, { kind: 'trust' }>;

/**
 * Who trusted this very commit, if the word still counts for this project: it is of one head alone, and of somebody who may still
 * give it and is not the author, unless the operator lets authors.
 */
export const standingTrust = async (
  { store, ...ports }: Pick<FlowPorts, 'store' | 'operator'> & { readonly forge: RuleForge },
  pull: Pull,
  headSha: Sha,
  project: Project,
): Promise<Trust | null> => {
  const trust = await store.trusts.get(keyOf(pull));
  if (trust === null || trust.headSha !== headSha) return null;
  if (trust.actor.id === pull.author.id && !ports.operator.trust.byAuthor) return null;
  const { holds } = await mayDo(ports, pull, trust.actor, 'trust', project);
  return holds ? trust : null;
};

/** Why this word is not taken, if so, whoever may trust. */
export const refuseTrust = (
  { operator }: Pick<FlowPorts, 'operator'>,
  { pull, asked, commit }: TrustWish,
): Problem | null => {
  if (!pull.head.sha.startsWith(commit))
    return {
      code: 'trust-refused',
      sentence: `The newest commit of this pull request is \`${short(pull.head.sha)}\`, not \`${commit}\`.`,
      advice: 'Look at the newest one, and name it when its code may run.',
    };
  if (asked.actor.id === pull.author.id && !operator.trust.byAuthor)
    return {
      code: 'trust-refused',
      sentence: 'Whoever opened a pull request does not trust it for others.',
      advice: 'Ask somebody else who may write to the repository to look at the code and to comment it.',
    };
  return null;
};

/** What is said to whoever wants to run code that nobody trusted. */
export const untrusted = (held: readonly Held[], headSha: Sha): Problem => {
  const refused = held.filter(({ answer }) => answer === 'refuse');
  return refused.length > 0
    ? {
        code: 'untrusted',
        sentence: 'The code brings what the people who run Tidegate refuse.',
        advice: 'The comment with the plan names it, with its place. Take it out and push.',
      }
    : {
        code: 'untrusted',
        sentence: 'The code brings what somebody has to trust before any of it runs.',
        advice: `The comment with the plan names it, with its place. Somebody else who may write to the repository looks at it and comments \`/trust ${short(headSha)}\`.`,
      };
};
