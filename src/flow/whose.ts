import type { Actor, Pull } from '../domain/pull.ts';
import { isVouched } from '../domain/rules/bots.ts';
import { pushersOf } from '../domain/rules/votes.ts';
import type { Forge } from '../forge/port.ts';
import type { Store } from '../store/port.ts';
import type { FlowPorts } from './ports.ts';

/**
 * The forge as rules have to see it. To GitHub the author of a follow-up is our own App, whose account answers for nobody: here it is
 * whoever asked for it, and whoever had a hand in what was merged has one in it. Put in once, below everything that asks.
 */
export const asAsked = (forge: Forge, { followups }: Pick<Store, 'followups'>): Forge => ({
  ...forge,
  pull: async (ref) => {
    const pull = await forge.pull(ref);
    const its = { repositoryId: pull.ref.repo.id, pullNumber: pull.ref.number };
    const followup = await followups.of(its, pull.head.sha);
    return followup === null ? pull : { ...pull, author: followup.asker };
  },
  authorship: async (ref, headSha) => {
    const followup = await followups.of({ repositoryId: ref.repo.id, pullNumber: ref.number }, headSha);
    if (followup === null) return forge.authorship(ref, headSha);
    const { asker, authors, complete, head } = followup;
    // Our own commit, which changes no file: nobody else's hand is in it.
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
