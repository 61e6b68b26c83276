import { commentIdOf } from '../../domain/asked.ts';
import { type ConsumersLook, nothingFound } from '../../domain/consumers.ts';
import type { Sha } from '../../domain/ids.ts';
import type { Problem } from '../../domain/problem.ts';
import { keyOf } from '../admit.ts';
import { type PermitPorts, permit } from '../permit.ts';
import type { FlowPorts } from '../ports.ts';
import { wantConsumers } from '../report.ts';
import type { Wish } from '../wish.ts';

type TrustWish = Extract<Wish, { kind: 'trust' }>;

/** The last look at consumers of this commit, if any of them waits for trust. */
const waitingAt = async (
  { store }: Pick<FlowPorts, 'store'>,
  { pull }: TrustWish,
  headSha: Sha,
): Promise<ConsumersLook | null> => {
  const look = await store.consumers.latest(keyOf(pull));
  const waits =
    look?.state === 'done' &&
    look.found.headSha === headSha &&
    look.found.consumers.some(({ effect }) => effect === 'held');
  return waits ? look : null;
};

/**
 * A pull request may bring nothing to projects of its own that has to be trusted, and all the same to those that use it. Null: nor
 * that. A problem: not by this person.
 */
export const trustForConsumers = async (
  ports: PermitPorts,
  wish: TrustWish,
  headSha: Sha,
): Promise<'given' | Problem | null> => {
  const { pull, asked } = wish;
  const commentId = commentIdOf(asked.id);
  // Written down before a crash.
  if ((await ports.store.trusts.get(keyOf(pull)))?.commentId === commentId) return 'given';
  if ((await waitingAt(ports, wish, headSha)) === null) return null;
  const problem = await permit(ports, pull, asked, 'trust', []);
  if (problem !== null) return problem;
  const at = ports.clock.now();
  await ports.store.transact(async (tables) => {
    await tables.trusts.give({ ...keyOf(pull), headSha, actor: asked.actor, commentId, at });
    await tables.audit.append({
      at,
      kind: 'trust.given',
      actor: asked.actor.login,
      ...keyOf(pull),
      runId: null,
      facts: { head: headSha, comment: commentId, consumers: true },
    });
  });
  return 'given';
};

/** A word for the commit was given: what waited for it is looked at anew, in the name of whoever asked. Null: nothing waited. */
export const lookAfterTrust = async (
  ports: Pick<FlowPorts, 'store' | 'clock'>,
  wish: TrustWish,
): Promise<ConsumersLook | null> => {
  const { store, clock } = ports;
  const trust = await store.trusts.get(keyOf(wish.pull));
  const before = trust === null ? null : await waitingAt(ports, wish, trust.headSha);
  if (trust === null || before === null || trust.commentId !== commentIdOf(wish.asked.id)) return null;
  const look: ConsumersLook = {
    ...before,
    commentId: trust.commentId,
    state: 'looking',
    found: nothingFound,
    at: clock.now(),
  };
  return store.transact(async (tables) => {
    if ((await tables.consumers.add(look)) === 'known') return null;
    await wantConsumers({ store: tables, clock }, look);
    return look;
  });
};
