import { short } from '../domain/ids.ts';
import type { Pending, PendingEnding } from '../domain/pending.ts';
import type { Problem } from '../domain/problem.ts';
import { code, join, type Markdown, md, text } from './markdown.ts';
import type { CheckView, PendingView } from './view.ts';
import { count } from './words.ts';

/** Names are enough of so many; the rest is counted. */
const mostRows = 20;
const mostNotices = 5;
const titleLimit = 200;

const plain = (title: string): string =>
  (title.length <= titleLimit ? title : `${title.slice(0, titleLimit - 1)}…`).toWellFormed();

const endedWords: Readonly<Record<PendingEnding, string>> = {
  applied: 'applied since',
  unchanged: 'planned since, and there was nothing to change',
  merged: 'part of a merged pull request',
  gone: 'not on the branch any more',
};

const titleOf = (rows: readonly Pending[], open: readonly Pending[]): string => {
  const [row] = rows;
  if (rows.every(({ ended }) => ended === 'merged'))
    return 'Part of a merged pull request: nothing is pending';
  const how = row?.forced === true ? 'Pushed over the branch' : 'Pushed';
  const what =
    open.length === 0
      ? 'nothing is pending any more'
      : `${count(open.length, 'project')} ${open.length === 1 ? 'is' : 'are'} pending`;
  return `${how} without a pull request: ${what}`;
};

const stateOf = ({ ended, commits }: Pending): Markdown =>
  ended !== null
    ? text(endedWords[ended])
    : commits === 0
      ? md`pending`
      : md`pending, ${text(count(commits, 'commit'))}`;

/** Both of our checks on a commit that no pull request brought: required or not, nobody should take it for done. */
export const pushCheck = (rows: readonly Pending[]): CheckView => {
  const open = rows.filter(({ ended }) => ended === null);
  const [row] = [...open, ...rows];
  const list = rows
    .toSorted((one, other) => Number(one.ended !== null) - Number(other.ended !== null))
    .slice(0, mostRows)
    .map((one) => md`- ${code(one.name, 100)}: ${stateOf(one)}`);
  const left = rows.length - list.length;
  const who = row?.by == null ? md`Somebody` : text(`@${row.by.login}`);
  const branch = code(row?.branch ?? '', 250);
  const paragraphs =
    row === undefined
      ? []
      : [
          md`${who} pushed ${code(short(row.commit))} to ${branch}, and no merged pull request brought it.`,
          join(list, '\n'),
          ...(left === 0 ? [] : [md`And ${text(count(left, 'project'))} more.`]),
          ...(open.length === 0
            ? []
            : [
                md`Nothing applies this by itself. The next plan of such a project on a pull request into ${branch} contains it, and applying that applies it along: open a pull request that changes the project, or comment ${code('/plan -p NAME')} on one that is open.`,
              ]),
        ];
  return {
    status: 'completed',
    conclusion: open.length === 0 ? 'success' : 'action_required',
    title: plain(titleOf(rows, open)),
    summary: join(paragraphs, '\n\n'),
    text: null,
  };
};

const inert = (words: string): string => words.replaceAll('`', '').slice(0, 250);

const noticeOf = ({ name, branch, commits, commit, login, forced, plan }: PendingView): Problem => {
  const them = commits > 1 ? 'them' : 'it';
  const push = `\`${short(commit)}\`${login === null ? '' : ` by @${inert(login)}`}`;
  const [of, project] = [`\`${inert(branch)}\``, `\`${inert(name)}\``];
  const [concern, are] = commits > 1 ? ['concern', 'are'] : ['concerns', 'is'];
  const what =
    forced && commits === 0
      ? `${of} was pushed over without a pull request (${push}), and what that changed of ${project} is not applied`
      : `${of} has ${count(commits, 'commit')} of a push without a pull request (${push}) that ${concern} ${project} and ${are} not applied`;
  const then =
    plan === 'contains'
      ? `this plan contains ${them}`
      : plan === 'older'
        ? `the plan here is from before ${them}`
        : `its plan will contain ${them}`;
  return {
    code: 'pushed',
    sentence: `${what}; ${then}.`,
    advice:
      plan === 'contains'
        ? `Who applies this plan applies ${them} along: review ${them} here.`
        : plan === 'older'
          ? `\`/plan\` makes one that contains ${them}.`
          : '',
  };
};

/** What reviewers have to know: a plan of such a project shows changes that are not in the pull request. */
export const pendingNotices = (pendings: readonly PendingView[]): readonly Problem[] => {
  const left = pendings.length - mostNotices;
  const shown = pendings.slice(0, mostNotices).map(noticeOf);
  if (left <= 0) return shown;
  const sentence = `The same holds for ${count(left, 'more project')}.`;
  return [...shown, { code: 'pushed', sentence, advice: 'The page of locks names them.' }];
};
