import { commentIdOf } from '../../domain/asked.ts';
import { type ConsumersLook, nothingFound } from '../../domain/consumers.ts';
import type { Problem } from '../../domain/problem.ts';
import { fullNameOf } from '../../domain/pull.ts';
import { keyOf } from '../admit.ts';
import { answer } from '../answer.ts';
import { unplannable } from '../interpret.ts';
import type { FlowPorts } from '../ports.ts';
import { wantConsumers } from '../report.ts';
import type { Wish } from '../wish.ts';

/** Somebody asks for the consumers of a module: written down where it may be done. Null: it may not, or was asked before. */
export const admitConsumers = async (
  ports: Pick<FlowPorts, 'store' | 'clock' | 'operator'>,
  { pull, asked }: Extract<Wish, { kind: 'consumers' }>,
): Promise<ConsumersLook | null> => {
  const { operator, store, clock } = ports;
  const off = operator.consumers.of(fullNameOf(pull.ref.repo)) === null ? notHere : null;
  const refused = off ?? unplannable(ports, pull, true);
  if (refused !== null) {
    await answer(ports, { pull, asked }, refused);
    return null;
  }
  const look: ConsumersLook = {
    repo: pull.ref.repo,
    pullNumber: pull.ref.number,
    commentId: commentIdOf(asked.id),
    actor: asked.actor,
    state: 'looking',
    found: nothingFound,
    at: clock.now(),
  };
  return store.transact(async (tables) => {
    if ((await tables.consumers.add(look)) === 'known') return null;
    await tables.audit.append({
      at: look.at,
      kind: 'consumers.asked',
      actor: asked.actor.login,
      ...keyOf(pull),
      runId: null,
      facts: { head: pull.head.sha, comment: look.commentId },
    });
    await wantConsumers({ store: tables, clock }, look);
    return look;
  });
};

const notHere: Problem = {
  code: 'consumers-off',
  sentence: 'No rule lets projects of other repositories be shown on pull requests of this one.',
  advice:
    'The people who run Tidegate can name it under `consumers` of the operator file, with the repositories that may be shown here.',
};
