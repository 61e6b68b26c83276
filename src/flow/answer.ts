import type { Problem } from '../domain/problem.ts';
import type { Pull } from '../domain/pull.ts';
import type { FlowPorts } from './ports.ts';
import { wantReaction, wantReply } from './report.ts';
import type { Asked } from './wish.ts';

/** Tells whoever asked why it was not done. */
export const answer = async (
  ports: Pick<FlowPorts, 'store' | 'clock'>,
  wish: { readonly pull: Pull; readonly asked: Asked },
  problem: Problem,
): Promise<void> => {
  const { actor, id, text } = wish.asked;
  await wantReaction(ports, wish.pull.ref, id, 'confused');
  await wantReply(ports, wish.pull.ref, id, {
    kind: 'problem',
    login: actor.login,
    command: text,
    problem,
  });
};
