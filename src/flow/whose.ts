import type { DriftPull } from '../domain/drift/pull.ts';
import type { Followup } from '../domain/followup.ts';
import type { Sha } from '../domain/ids.ts';
import { type Actor, isOurselves, type Pull, type PullRef } from '../domain/pull.ts';
import type { Rollback } from '../domain/rollback.ts';
import { isVouched } from '../domain/rules/bots.ts';
import { pushersOf } from '../domain/rules/votes.ts';
import type { Forge } from '../forge/port.ts';
import type { Store } from '../store/port.ts';
import type { FlowPorts } from './ports.ts';

type Own = Pick<Store, 'followups' | 'rollbacks' | 'driftPulls'>;

/** Who asked for it, and who had a hand in it. */
type Hands = Pick<Followup | Rollback, 'asker' | 'authors' | 'complete' | 'head'>;

/**
 * What is put back is on the branch already, and what is adopted a tool read from the world: whoever asked is all who had a hand in it,
 * and of ourselves nobody is.
 */
const handsOf = ({ asker, head }: DriftPull): Hands => ({
  ...{ asker, head, complete: true },
  authors: isOurselves(asker) ? [] : [asker],
});

/** Whose a pull request of our own is: a follow-up, one that takes a merged one back, or one about drift. */
const ownOf = async (
  { followups, rollbacks, driftPulls }: Own,
  { repo, number }: PullRef,
  head: Sha,
): Promise<Hands | null> => {
  const its = { repositoryId: repo.id, pullNumber: number };
  const known = (await followups.of(its, head)) ?? (await rollbacks.of(its, head));
  if (known !== null) return known;
  const about = await driftPulls.of(its, head);
  return about === null ? null : handsOf(about);
};

/**
 * The forge as rules have to see it. To GitHub the author of a pull request of our own is our own App, whose account answers for
 * nobody: here it is whoever asked for it, and whoever had a hand in what it is about has one in it. Put in once, below everything
 * that asks.
 */
export const asAsked = (forge: Forge, own: Own): Forge => ({
  ...forge,
  pull: async (ref) => {
    const pull = await forge.pull(ref);
    const its = await ownOf(own, pull.ref, pull.head.sha);
    return its === null ? pull : { ...pull, author: its.asker };
  },
  authorship: async (ref, headSha) => {
    const its = await ownOf(own, ref, headSha);
    if (its === null) return forge.authorship(ref, headSha);
    const { asker, authors, complete, head } = its;
    // Our own commit: nobody else's hand is in it.
    if (headSha === head) return { pusher: asker, movers: [asker], authors, bots: [], complete };
    const made = await forge.authorship(ref, headSha);
    return { ...made, authors: [...made.authors, ...authors], complete: made.complete && complete };
  },
});

/** Everybody whose approval of a pull request could not count, whatever it was given for, and whether these are all. */
export const whoseIs = async (
  { forge, operator }: Pick<FlowPorts, 'forge' | 'operator'>,
  { ref, head, author }: Pull,
): Promise<{ readonly authors: readonly Actor[]; readonly complete: boolean }> => {
  const authorship = await forge.authorship(ref, head.sha);
  const vouched = isVouched({ author, bots: operator.bots });
  const pushers = pushersOf({ author, authorship, vouched });
  const all = [author, ...authorship.authors, ...(pushers ?? [])];
  return { authors: all, complete: authorship.complete && pushers !== null };
};
