import { headText } from '../../domain/audit-head.ts';
import type { CheckUpsert } from '../../domain/check.ts';
import { type Sha, sha } from '../../domain/ids.ts';
import { auditHeadNote, boardAltered, checksNotTaken, commentNotTaken } from '../../render/notes.ts';
import type { BoardView, CheckView } from '../../render/view.ts';
import type { Report } from '../../store/reports/port.ts';
import { boardMarkerOf } from '../board.ts';
import { deploymentOf } from '../deployment.ts';
import { readNudgeContent, wantNudge } from '../nudge.ts';
import type { FlowPorts } from '../ports.ts';
import { readReplyContent } from '../reply.ts';
import { type CommandReaction, projectCheckName } from '../report.ts';
import { appliedRefDraft } from './applied-ref.ts';
import { type WritingPorts, writeBoard } from './board-writing.ts';
import { actionsOf } from './buttons.ts';
import { bytesOf, type Draft, digestOf } from './digest.ts';
import { driftCheckDraft } from './drift-check.ts';
import { driftIssueDraft } from './drift-issue.ts';
import { driftPullDraft } from './drift-pull.ts';
import { nudgeView } from './nudge-view.ts';
import { ownBranchDraft } from './own-branch.ts';
import { postMortemDraft } from './post-mortem.ts';
import { replyView } from './reply-view.ts';
import { isQuiet, runsPageOf, type Snapshot } from './snapshot.ts';

type Ports = Pick<
  FlowPorts,
  | 'forge'
  | 'store'
  | 'clock'
  | 'newId'
  | 'renderer'
  | 'operator'
  | 'conditions'
  | 'mask'
  | 'pageUrl'
  | 'runners'
  | 'sign'
  | 'log'
> &
  WritingPorts;

const applyCheckName = 'tidegate/apply';

/** A text that was refused is tried once more at most this long: perhaps it was its length. */
const shortBytes = 15_000;

/**
 * Renders one thing. Null: there is nothing to say, and nothing there to be changed.
 *
 * @param look the pull request; read at most once for all of its things
 */
export const draftOf = async (
  ports: Ports,
  item: Report,
  look: () => Promise<Snapshot>,
): Promise<Draft | null> => {
  const [kind = '', first = '', ...rest] = item.thing.split(':');
  switch (kind) {
    case 'board':
      return boardDraft(ports, item, await look());
    case 'check':
      return checkDraft(ports, item, await look(), sha(first), rest.join(':'));
    case 'group':
      return groupDraft(ports, item, sha(first), rest.join(':'));
    case 'push':
      return pushDraft(ports, item, sha(first), rest.join(':'));
    case 'reply':
      return replyDraft(ports, item, first, look);
    case 'nudge':
      return nudgeDraft(ports, item, look);
    case 'consumers':
      return consumersDraft(ports, item);
    case 'reaction': {
      const reaction = reactionOf(rest[0]);
      const send = async () => {
        await ports.forge.react(item.pull.repo, Number(first), reaction);
        return null;
      };
      return { digest: reaction, bytes: 0, send };
    }
    case 'drift-check':
      return driftCheckDraft(ports, item, sha(first));
    case 'drift-issue':
      // A key holds colons.
      return driftIssueDraft(ports, [first, ...rest].join(':'));
    case 'drift-pull':
      return driftPullDraft(ports, [first, ...rest].join(':'), 'restore');
    case 'adopt-pull':
      return driftPullDraft(ports, [first, ...rest].join(':'), 'adopt');
    case 'own-branch':
      return ownBranchDraft(ports, item);
    case 'ref':
      return appliedRefDraft(ports, [first, ...rest].join(':'));
    case 'post-mortem':
      return postMortemDraft(ports, item, first);
    case 'deployment':
      return deploymentDraft(ports, item, first);
    default:
      throw new Error(`a report of an unknown kind: ${item.thing}`);
  }
};

const reactionOf = (text: string | undefined): CommandReaction => {
  if (text === 'eyes' || text === '+1' || text === 'rocket' || text === 'confused') return text;
  throw new Error(`a reaction of an unknown kind: ${text}`);
};

/** As much as was refused, or nearly. */
const isTooLong = ({ refusedBytes }: Report, bytes: number): boolean =>
  refusedBytes !== null && bytes >= refusedBytes * 0.9;

const commentDraft = ({ forge }: Ports, { pull }: Report, marker: string, body: string): Draft => ({
  digest: digestOf(body),
  bytes: bytesOf(body),
  send: async (id) => (await forge.upsertComment(pull, { id, marker, body })).id,
});

const deploymentDraft = async (ports: Ports, { pull }: Report, run: string): Promise<Draft | null> => {
  const deployment = await deploymentOf(ports, run);
  if (deployment === null) return null;
  return {
    digest: digestOf(JSON.stringify(deployment)),
    bytes: bytesOf(deployment.description),
    send: (id) => ports.forge.upsertDeployment(pull.repo, { id, ...deployment }),
  };
};

const boardDraft = (
  ports: Ports,
  item: Report,
  { pull, view, parked, plans, alterations, lostApprovals }: Snapshot,
): Draft | null => {
  if (item.externalId === null && isQuiet(view)) return null;
  const { renderer, mask } = ports;
  const checks = parked.flatMap(({ thing }) => (thing.startsWith('check:') ? [nameOfCheck(thing)] : []));
  const notes = [
    ...(checks.length === 0 ? [] : [checksNotTaken(checks)]),
    ...(alterations === 0 ? [] : [boardAltered(alterations)]),
  ];
  const note = notes.map((one) => `\n\n${one}\n`).join('');
  const full = renderer.board(view);
  const words = isTooLong(item, bytesOf(full)) ? renderer.board(view, shortBytes) : full;
  const marker = boardMarkerOf(pull.ref);
  const body = mask(words + note);
  return {
    // Words may be the same where plans are not: a secret that changed, what is folded away.
    digest: digestOf(body, JSON.stringify([...plans])),
    bytes: bytesOf(body),
    send: async (id) => {
      // Before the comment is: a crash in between has it written, and wished for, once more.
      if (lostApprovals !== null) await wantNudge(ports, item.pull, { kind: 'approvals', ...lostApprovals });
      return writeBoard(ports, item.pull, plans, { id, marker, body });
    },
  };
};

const replyDraft = async (
  ports: Ports,
  item: Report,
  commentId: string,
  look: () => Promise<Snapshot>,
): Promise<Draft> => {
  const marker = `tidegate:reply:${commentId}`;
  const said = await replyView(ports, item.pull, readReplyContent(item.content), marker, look);
  // A comment has a number, a press of a button has a name.
  const view = /^\d+$/.test(commentId) ? said : { ...said, pressed: true };
  return commentDraft(ports, item, marker, ports.mask(ports.renderer.reply(view)));
};

/** Null: nobody has asked. */
const consumersDraft = async (ports: Ports, item: Report): Promise<Draft | null> => {
  const key = { repositoryId: item.pull.repo.id, pullNumber: item.pull.number };
  const look = await ports.store.consumers.latest(key);
  if (look === null) return null;
  const marker = `tidegate:consumers:${key.repositoryId}/${key.pullNumber}`;
  return commentDraft(ports, item, marker, ports.mask(ports.renderer.consumers(marker, look)));
};

/** Null: nobody has to act any more. One that was sent stays as it is then. */
const nudgeDraft = async (
  ports: Ports,
  item: Report,
  look: () => Promise<Snapshot>,
): Promise<Draft | null> => {
  const view = await nudgeView(ports.store, item.pull, readNudgeContent(item.content), look);
  const marker = `tidegate:${item.thing}`;
  return view === null
    ? null
    : commentDraft(ports, item, marker, ports.mask(ports.renderer.nudge(marker, view)));
};

/** `check:<sha>:<name>`; a name may hold colons. */
const nameOfCheck = (thing: string): string => thing.split(':').slice(2).join(':');

/** Nothing where the check is not the result; what would have to be masked out of a path is the whole of it. */
const annotationsOf = ({ mask }: Ports, { annotations }: CheckView): Pick<CheckUpsert, 'annotations'> =>
  annotations === undefined
    ? {}
    : {
        annotations: annotations
          .filter(({ path }) => mask(path) === path)
          .map((one) => ({ ...one, title: mask(one.title), message: mask(one.message) })),
      };

const checkDraft = async (
  ports: Ports,
  item: Report,
  { pull, batch, view, parked, buttons }: Snapshot,
  headSha: Sha,
  name: string,
): Promise<Draft> => {
  const { forge, mask } = ports;
  const check = view.headSha === headSha ? checkOf(ports, view, name) : outdated;
  const lacksComment = parked.some(({ thing }) => thing === 'board' || /^(reply|nudge):/.test(thing));
  const title = mask(check.title);
  const summary = mask(lacksComment ? `${check.summary}\n\n${commentNotTaken}` : check.summary);
  const text = check.text === null ? null : mask(check.text);
  const longest = Math.max(bytesOf(summary), bytesOf(text ?? ''));
  const isLong = isTooLong(item, longest);
  const row = view.rows.find((candidate) => projectCheckName(candidate) === name);
  const detailsUrl = row === undefined ? runsPageOf(ports, item.pull) : (row.url ?? null);
  // Its title says what came of it; the comment has the rest.
  const said = isLong ? { summary: title, text: null } : { summary, text };
  // Perhaps it was they that were refused.
  const marks = isLong ? {} : annotationsOf(ports, check);
  const keys = (batch?.affected ?? []).map(({ key }) => key);
  const about = { pull, view, keys, facts: buttons };
  const actions = actionsOf(ports, about, { name, headSha, status: check.status });
  // No part of the digest: a row that was added is no reason to send the same words again, and would be one for ever.
  const note =
    name === applyCheckName ? `\n\n${auditHeadNote(headText(await ports.store.audit.head()))}` : '';
  return {
    digest: digestOf(
      check.status,
      check.conclusion,
      title,
      said.summary,
      said.text,
      ...(detailsUrl === null ? [] : [detailsUrl]),
      ...(actions.length === 0 ? [] : [JSON.stringify(actions)]),
      ...((marks.annotations ?? []).length === 0 ? [] : [JSON.stringify(marks.annotations)]),
    ),
    bytes: isLong ? bytesOf(said.summary) : longest,
    send: (id) =>
      forge.upsertCheck(item.pull.repo, {
        // Nobody heard how the last write ended: it may have begun a new check, and that is the one people see.
        id: item.digest === null ? null : id,
        headSha,
        name,
        status: check.status,
        conclusion: check.conclusion,
        title,
        summary: `${said.summary}${note}`,
        text: said.text,
        detailsUrl,
        actions,
        ...marks,
        pullNumber: item.pull.number,
      }),
  };
};

/** Null: the queue has taken the commit away again. */
const groupDraft = async (ports: Ports, item: Report, commit: Sha, name: string): Promise<Draft | null> => {
  const { forge, mask, renderer, store } = ports;
  const { repo } = item.pull;
  const group = await store.mergeGroups.get(repo.id, commit);
  if (group === null || group.state === 'over') return null;
  const check = renderer.groupCheck(group, name === applyCheckName ? 'apply' : 'plan');
  const [title, summary] = [mask(check.title), mask(check.summary)];
  const { status, conclusion } = check;
  return {
    digest: digestOf(status, conclusion, title, summary),
    bytes: bytesOf(summary),
    send: (id) =>
      forge.upsertCheck(repo, {
        ...{
          id: item.digest === null ? null : id,
          headSha: commit,
          name,
          status,
          conclusion,
          title,
          summary,
        },
        text: null,
        detailsUrl: runsPageOf(ports, item.pull),
      }),
  };
};

/** Null: a pull request has this commit as its head, and its checks say what stands. */
const pushDraft = async (ports: Ports, item: Report, commit: Sha, name: string): Promise<Draft | null> => {
  const { forge, mask, pageUrl, renderer, store } = ports;
  const { repo } = item.pull;
  const rows = await store.pendings.ofCommit(repo.id, commit);
  const heads = await store.sightings.open(repo.id);
  if (rows.length === 0 || heads.some(({ headSha }) => headSha === commit)) return null;
  const { status, conclusion, ...words } = renderer.pushCheck(rows);
  const [title, summary] = [mask(words.title), mask(words.summary)];
  const said = { headSha: commit, name, status, conclusion, title, summary, text: null };
  return {
    digest: digestOf(status, conclusion, title, summary),
    bytes: bytesOf(summary),
    send: (id) =>
      forge.upsertCheck(repo, {
        id: item.digest === null ? null : id,
        ...said,
        detailsUrl: pageUrl('/locks'),
      }),
  };
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
  if (name === applyCheckName) return renderer.applyCheck(view);
  const row = view.rows.find((candidate) => projectCheckName(candidate) === name);
  return row === undefined ? outdated : renderer.projectCheck(row);
};
