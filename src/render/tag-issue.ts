import { short } from '../domain/ids.ts';
import { sourceText, type TagNews, type TagSource } from '../domain/tags/tagged.ts';
import type { DriftIssueWords } from './drift-issue.ts';
import { clipName } from './fold.ts';
import { clip, code, join, type Markdown, marked, md, phrase, text, visible } from './markdown.ts';

export interface TagIssueView {
  /** Of the project. */
  readonly name: string;
  readonly environment: string | null;
  readonly source: TagSource;
  /** What it was brought to last, a tag or a branch; null: nothing, as far as we know. */
  readonly applied: string | null;
}

const tagName = (tag: string): Markdown => code(clip(visible(tag), 100));

const inEnvironment = ({ name, environment }: TagIssueView): string => {
  const label = environment === null ? '' : ` (${clip(visible(environment), 60)})`;
  return `${clip(visible(name), 120)}${label}`;
};

const titleOf = (view: TagIssueView, news: TagNews): string =>
  news.kind === 'waits'
    ? `${clip(visible(news.tag), 60)} is waiting to be applied: ${inEnvironment(view)}`
    : `Its tags are not followed: ${inEnvironment(view)}`;

const whatWaits = (view: TagIssueView, { tag, commit }: Extract<TagNews, { kind: 'waits' }>): Markdown => {
  const { name, environment, applied } = view;
  const whom = environment === null ? code(clipName(name, 100)) : code(clip(visible(environment), 60));
  const now =
    applied === null ? md`nothing of it is known to be applied` : md`what is applied is ${tagName(applied)}`;
  return md`**${tagName(tag)} is waiting for ${whom}.** ${code(clipName(name, 100))} goes to ${code(short(commit))}; ${now}.`;
};

const lasting = md`This issue is the project's only one: it is edited when another tag comes, and closes by itself.`;

/** What the issue of a project says while its tag is not applied, or is not followed. No times: nothing that passes edits it. */
export const tagIssue = (marker: string, view: TagIssueView, news: TagNews): DriftIssueWords => {
  const why = md`${text(sourceText(view.source).replace(/^the/, 'The'))} are what its environment follows, as the default branch says.`;
  const parts =
    news.kind === 'waits'
      ? [
          whatWaits(view, news),
          md`It is planned in a comment below. To apply it: look at the plan, then comment ${code('/apply')} here, under the rules that hold on a pull request. ${code('/plan')} plans it again.`,
          why,
          lasting,
        ]
      : [md`**${phrase(news.problem.sentence, 500)}**`, phrase(news.problem.advice, 500), why, lasting];
  return { title: titleOf(view, news), body: marked(marker, join(parts, '\n\n')) };
};

/** The same issue when the world is as the tag says. */
export const tagIssueOver = (marker: string, view: TagIssueView): DriftIssueWords => {
  const { name, applied } = view;
  const said =
    applied === null
      ? md`**There is nothing to tell of the tags of ${code(clipName(name, 100))} any more.**`
      : md`**${code(clipName(name, 100))} is as ${tagName(applied)} says.**`;
  return { title: `Tags: ${inEnvironment(view)}`, body: marked(marker, said) };
};

/** A comment, which notifies people: it is another tag than they were told of, or something else is wrong. */
export const tagAgain = (marker: string, news: TagNews): string =>
  marked(
    marker,
    news.kind === 'waits'
      ? md`**${tagName(news.tag)} is waiting now.** Its plan is made anew.`
      : md`**${phrase(news.problem.sentence, 500)}** The text above says what can be done.`,
  );
