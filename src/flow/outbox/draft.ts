import { type Sha, sha } from '../../domain/ids.ts';
import type { BoardView, CheckView } from '../../render/view.ts';
import type { Report } from '../../store/port.ts';
import { boardMarker } from '../board.ts';
import type { FlowPorts } from '../ports.ts';
import { readReplyContent } from '../reply.ts';
import { type CommandReaction, projectCheckName } from '../report.ts';
import { replyView } from './reply-view.ts';
import { isQuiet, viewOf } from './snapshot.ts';

type Ports = Pick<FlowPorts, 'forge' | 'store' | 'renderer' | 'operator' | 'mask' | 'space'>;

/** Returns the id under which the thing is known on the forge. */
export const send = async (ports: Ports, item: Report): Promise<number | null> => {
  const [kind = '', first = '', ...rest] = item.thing.split(':');
  switch (kind) {
    case 'board':
      return sendBoard(ports, item);
    case 'check':
      return sendCheck(ports, item, sha(first), rest.join(':'));
    case 'reply':
      return sendReply(ports, item, first);
    case 'reaction':
      await ports.forge.react(item.pull.repo, Number(first), reactionOf(rest[0]));
      return null;
    default:
      throw new Error(`a report of an unknown kind: ${item.thing}`);
  }
};

const reactionOf = (text: string | undefined): CommandReaction => {
  if (text === 'eyes' || text === '+1' || text === 'rocket' || text === 'confused') return text;
  throw new Error(`a reaction of an unknown kind: ${text}`);
};

const sendBoard = async (ports: Ports, item: Report): Promise<number | null> => {
  const { pull, view } = await viewOf(ports, item.pull);
  if (item.externalId === null && isQuiet(view)) return null;
  return ports.forge.upsertComment(item.pull, {
    id: item.externalId,
    marker: boardMarker(pull),
    body: ports.mask(ports.renderer.board(view)),
  });
};

const sendCheck = async (ports: Ports, item: Report, headSha: Sha, name: string): Promise<number | null> => {
  const { view } = await viewOf(ports, item.pull);
  const check = view.headSha === headSha ? checkOf(ports, view, name) : outdated;
  return ports.forge.upsertCheck(item.pull.repo, {
    id: item.externalId,
    headSha,
    name,
    status: check.status,
    conclusion: check.conclusion,
    title: check.title,
    summary: ports.mask(check.summary),
    text: check.text === null ? null : ports.mask(check.text),
    detailsUrl: null,
  });
};

const outdated: CheckView = {
  status: 'completed',
  conclusion: 'cancelled',
  title: 'Superseded',
  summary: 'A newer commit was pushed; it has its own checks.',
  text: null,
};

const checkOf = ({ renderer }: Ports, view: BoardView, name: string): CheckView => {
  if (name === 'tidegate/plan') return renderer.planCheck(view);
  if (name === 'tidegate/apply') return renderer.applyCheck(view);
  const row = view.rows.find((candidate) => projectCheckName(candidate) === name);
  return row === undefined ? outdated : renderer.projectCheck(row);
};

const sendReply = async (ports: Ports, item: Report, commentId: string): Promise<number | null> => {
  const content = readReplyContent(item.content);
  const marker = `tidegate:reply:${commentId}`;
  const view = await replyView(ports, item.pull, content, marker);
  return ports.forge.upsertComment(item.pull, {
    id: item.externalId,
    marker,
    body: ports.mask(ports.renderer.reply(view)),
  });
};
