import type { BatchNotes } from '../domain/batch.ts';
import type { Pull } from '../domain/pull.ts';
import { countUsers } from './consumers/count.ts';
import type { Discovery } from './discovery.ts';
import type { FlowPorts } from './ports.ts';

/** They are one line of a comment. */
const mostMoving = 3;

/** What a pull request does beyond its own projects. Null: nothing that has to be told. */
export const notesOf = async (
  ports: Pick<FlowPorts, 'store' | 'operator'>,
  pull: Pull,
  discovery: Discovery,
): Promise<BatchNotes | null> => {
  // After the merge nobody can change it here any more.
  if (pull.merged !== null) return null;
  const moving = discovery
    .brought()
    .flatMap(({ path, line, source, moves }) => (moves === null ? [] : [{ path, line, source, moves }]));
  const usedBy = await countUsers(ports, pull, discovery);
  const unread = unreadOf(ports, discovery);
  if (moving.length === 0 && usedBy === null && unread === null) return null;
  return {
    moving: moving.slice(0, mostMoving),
    moreMoving: Math.max(0, moving.length - mostMoving),
    usedBy,
    unread,
  };
};

const unreadOf = (
  { operator }: Pick<FlowPorts, 'operator'>,
  { unread }: Pick<Discovery, 'unread'>,
): BatchNotes['unread'] => {
  if (operator.unread === 'allow') return null;
  const { tools, isAlone } = unread();
  if (tools.length === 0) return null;
  return { tools, answer: operator.unread === 'tell' && isAlone ? 'ask' : operator.unread };
};
