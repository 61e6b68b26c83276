import { permissionOf } from '../access.ts';
import type { App } from '../app-state.ts';
import { type Account, type Conversation, isPull, type Pull, type Repo } from '../state.ts';
import { type Html, markup } from './html.ts';
import type { Visitor } from './session.ts';

export const repoPath = (repo: Repo): string =>
  `/${encodeURIComponent(repo.owner.login)}/${encodeURIComponent(repo.name)}`;

export const pullPath = (pull: Pull): string => `${repoPath(pull.repo)}/pull/${pull.number}`;

export const conversationPath = (one: Conversation): string =>
  isPull(one) ? pullPath(one) : `${repoPath(one.repo)}/issues/${one.number}`;

const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `21 Nov, 08:07:12`, UTC; the full form is in the attribute. */
export const time = (at: number): Html => {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  return markup`<time datetime="${date.toISOString()}">${date.getUTCDate()} ${month[date.getUTCMonth()] ?? ''}, ${clock}</time>`;
};

const hue = (account: Account): number => account.id % 8;

/** No pictures are fetched: a letter on a colour of its own, square for Apps. */
export const avatar = (account: Account): Html =>
  markup`<span class="avatar hue-${hue(account)}${account.type === 'Bot' ? ' bot' : ''}" aria-hidden="true">${account.login.slice(0, 1).toUpperCase()}</span>`;

/** A person by login, an App by its name. */
export const who = (account: Account, app: App | null = null): Html =>
  account.type === 'Bot'
    ? markup`<strong>${app?.name ?? account.login}</strong> <span class="tag">app</span>`
    : markup`<strong>${account.login}</strong>`;

export const sha = (id: string): Html => markup`<code class="sha">${id.slice(0, 7)}</code>`;

/** Goes into every form: that it is ours, and who the page said would act. */
export const formFields = (visitor: Visitor): Html =>
  markup`<input type="hidden" name="csrf" value="${visitor.csrf}"><input type="hidden" name="as" value="${visitor.actor.account.login}">`;

/** With the role in the repository that is shown, for that decides what the buttons do. */
const personWords = (person: Account, repo: Repo | null): string =>
  repo === null ? person.login : `${person.login} (${permissionOf(repo, person)})`;

const actingForm = (visitor: Visitor, repo: Repo | null, back: string): Html => markup`
<form class="acting" method="post" action="/session">
  ${formFields(visitor)}<input type="hidden" name="back" value="${back}">
  <label for="acting-as">Acting as</label>
  <select id="acting-as" name="login" data-submit>${visitor.people.map(
    (person) =>
      markup`<option value="${person.login}"${person === visitor.actor.account ? markup` selected` : null}>${personWords(person, repo)}</option>`,
  )}</select>
  <button class="quiet">Switch</button>
</form>`;

export interface Page {
  readonly title: string;
  readonly visitor: Visitor;
  /** What the page is about. */
  readonly repo: Repo | null;
  /** Where the reader is, outermost first. */
  readonly trail: readonly { readonly words: string; readonly path: string }[];
  /** Path of this page, to come back to after a switch of user. */
  readonly path: string;
  readonly problem: string | null;
  readonly body: Html;
}

/** The frame of every page. No inline script or style: the content security policy refuses them. */
export const layout = (page: Page): string =>
  markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title}</title>
<link rel="stylesheet" href="/pages/style.css">
<link rel="icon" href="data:,">
<script src="/pages/live.js" defer></script>
</head>
<body>
<header class="top">
  <nav aria-label="Where you are"><a class="home" href="/">Hub</a>${page.trail.map(
    ({ words, path }) => markup`<span aria-hidden="true">/</span><a href="${path}">${words}</a>`,
  )}</nav>
  ${actingForm(page.visitor, page.repo, page.path)}
</header>
<main>
${page.problem === null ? null : markup`<p class="flash" role="alert">${page.problem}</p>`}
${page.body}
</main>
<footer class="end">A code host on this machine, with real Git underneath and made-up people. It forgets everything when it stops.</footer>
</body>
</html>
`.html;
