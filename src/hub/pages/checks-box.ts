import { atLeast, permissionOf } from '../access.ts';
import { checksOf } from '../checks.ts';
import type { CheckRun, Pull, Status } from '../state.ts';
import { statusesOf } from '../statuses.ts';
import { annotationList } from './annotations.ts';
import { type Html, markup } from './html.ts';
import { formFields, pullPath, sha } from './layout.ts';
import { type Health, healthOf, healthWords } from './lists.ts';
import type { Visitor } from './session.ts';
import type { Item, Render } from './thread.ts';
import { webLink } from './web-link.ts';

const lookOfRun = (run: CheckRun): Health => {
  if (run.status !== 'completed') return 'busy';
  if (run.conclusion === 'success') return 'good';
  if (run.conclusion === 'action_required') return 'asks';
  return run.conclusion === 'neutral' || run.conclusion === 'skipped' ? 'none' : 'bad';
};

const stateOfRun = (run: CheckRun): string =>
  (run.status === 'completed' ? (run.conclusion ?? 'completed') : run.status).replaceAll('_', ' ');

const mayPress = (pull: Pull, visitor: Visitor): boolean =>
  atLeast(permissionOf(pull.repo, visitor.actor.account), 'write');

/** What a completed check offers to those who may write: the App's own buttons, and to run again. */
const buttons = (pull: Pull, run: CheckRun, visitor: Visitor): Html | null => {
  if (run.status !== 'completed' || !mayPress(pull, visitor)) return null;
  const check = markup`${formFields(visitor)}<input type="hidden" name="check" value="${run.id}">`;
  const offered = run.actions.map(
    ({ label, description, identifier }) =>
      markup`<form method="post" action="${pullPath(pull)}/press">${check}<button name="identifier" value="${identifier}" title="${description}">${label}</button></form>`,
  );
  return markup`<div class="actions">${offered}<form method="post" action="${pullPath(pull)}/rerun">${check}<button class="quiet">Re-run</button></form></div>`;
};

/** One for each App that has reported here, as on GitHub. */
const rerunAll = (pull: Pull, runs: readonly CheckRun[], visitor: Visitor): Html | null => {
  if (runs.length === 0 || !mayPress(pull, visitor)) return null;
  const suites = [...new Set(runs.map(({ suite }) => suite))];
  return markup`<div class="actions">${suites.map(
    ({ id, app }) =>
      markup`<form method="post" action="${pullPath(pull)}/rerun-all">${formFields(visitor)}<input type="hidden" name="suite" value="${id}"><button class="quiet">Re-run all of ${app.name}</button></form>`,
  )}</div>`;
};

const runRow = (pull: Pull, run: CheckRun, visitor: Visitor, render: Render): Html => {
  const { title, summary, text } = run.output;
  const head = markup`<span class="dot ${lookOfRun(run)}" aria-hidden="true"></span><span class="name">${run.name}</span> <span class="words">${title ?? stateOfRun(run)}</span><span class="state">${stateOfRun(run)}</span>`;
  return markup`<li><details data-key="check-${run.app.id}-${run.name}"><summary>${head}</summary><div class="inside">
${summary === null ? null : markup`<div class="markdown">${render(summary)}</div>`}
${text === null ? null : markup`<div class="markdown">${render(text)}</div>`}
${annotationList(pull, run)}
<p class="by">by ${run.app.name} ${webLink(run.detailsUrl, 'Details')}</p>${buttons(pull, run, visitor)}</div></details></li>`;
};

const statusLooks: Readonly<Record<Status['state'], Health>> = {
  success: 'good',
  failure: 'bad',
  error: 'bad',
  pending: 'busy',
};

const statusRow = (status: Status): Html =>
  markup`<li class="status"><span class="dot ${statusLooks[status.state]}" aria-hidden="true"></span><span class="name">${status.context}</span> <span class="words">${status.description ?? ''} ${webLink(status.targetUrl, 'Details')}</span><span class="state">${status.state}</span></li>`;

/** The checks and statuses of the head commit, each with what it says. */
export const checksBox = (pull: Pull, visitor: Visitor, render: Render): Item => {
  const runs = [...checksOf(pull.repo, pull.head.sha)].sort((a, b) => (a.name < b.name ? -1 : 1));
  const statuses = statusesOf(pull.repo, pull.head.sha);
  const health = healthOf(pull.repo, pull.head.sha);
  const words = healthWords[health];
  return {
    id: 'checks',
    html: markup`<section class="card checks"><h2>Checks <small>${words} on ${sha(pull.head.sha)}</small></h2>
${
  runs.length + statuses.length === 0
    ? markup`<p class="empty">Nothing has reported on this commit yet.</p>`
    : markup`<ul>${runs.map((run) => runRow(pull, run, visitor, render))}${statuses.map(statusRow)}</ul>${rerunAll(pull, runs, visitor)}`
}</section>`,
  };
};
