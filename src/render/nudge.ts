import { breakGlassParts } from './break-glass.ts';
import { clipName, nextOf } from './fold.ts';
import { code, join, type Markdown, marked, md, nothing, phrase, text } from './markdown.ts';
import { suspensionNudge } from './suspended.ts';
import type { Templates } from './templates.ts';
import type { NudgeView } from './view.ts';

/** It is short whatever happened: the comment with the plans has all of it. */
const most = 5;

const names = (all: readonly string[]): Markdown => {
  const shown = all.slice(0, most).map((name) => code(clipName(name, 80)));
  if (all.length > shown.length) shown.push(md`${all.length - shown.length} more`);
  return shown.length < 2
    ? join(shown, '')
    : md`${join(shown.slice(0, -1), ', ')} and ${shown.at(-1) ?? nothing}`;
};

const list = <T>(all: readonly T[], item: (one: T) => Markdown): Markdown => {
  const items = all.slice(0, most).map((one) => md`- ${item(one)}`);
  if (all.length > items.length) items.push(md`- and ${all.length - items.length} more`);
  return join(items, '\n');
};

const above = text('The comment with the plans has the rest.');

/** Why somebody has to act, in a few lines that mention nobody. */
export const nudge = (templates: Templates, marker: string, view: NudgeView): string => {
  const say = (lead: Markdown, ...parts: readonly Markdown[]): string =>
    marked(marker, templates.reply({ lead, parts: [...parts] }));
  switch (view.kind) {
    case 'stopped':
      return say(
        md`**The apply of ${names(view.projects.map(({ name }) => name))} failed.** A part of it may be done.`,
        list(
          view.projects,
          ({ name, sentence }) => md`${code(clipName(name, 80))}: ${phrase(sentence, 200)}`,
        ),
        md`${code('/plan')} shows what is left to do. ${above}`,
      );
    case 'unknown':
      return say(
        md`**Nobody knows how the apply of ${names(view.projects.map(({ name }) => name))} ended.** Nothing more is applied there until somebody has looked; ${code('/recover')} says what is known, and what can be done. ${above}`,
      );
    case 'after-merge':
      return say(
        md`**The merge is not applied yet**, and somebody has to act:`,
        list(view.rows, (row) => md`${code(clipName(row.name, 80))}: ${nextOf(row, 120)}`),
        above,
      );
    case 'not-applied':
      return say(
        md`**This was merged, and ${names(view.names)} was never applied**: the world is not as the branch says.`,
        md`${code('/followup')} opens a pull request with what is left, to be planned, approved and applied as ever. Whatever is applied of a project next does this along.`,
      );
    case 'approvals':
      return say(
        md`**The plan is not the one that was approved any more**, though nobody pushed here: what it is made from has changed.`,
        list(
          view.projects,
          ({ name, logins }) => md`${code(clipName(name, 80))}, approved by ${names([...new Set(logins)])}`,
        ),
        md`Those approvals do not count for the plan of now. Look at what changed, and approve it again. ${above}`,
      );
    case 'turn': {
      const planned =
        view.planned.length === 0 ? nothing : md` ${names(view.planned)} was planned and can go on.`;
      const failed = view.failed.length === 0 ? nothing : md` The plan of ${names(view.failed)} failed.`;
      return say(
        md`**The lock is free, and it is the turn of this pull request.**${planned}${failed} ${above}`,
      );
    }
    case 'break-glass':
      return say(...breakGlassParts(view));
    case 'suspension-ends':
    case 'suspension-over':
      return say(suspensionNudge(view));
    case 'lock-taken':
      return say(
        md`**${text(view.login.slice(0, 100))} took the lock of ${names(view.names)} away.** What was planned under it is thrown away; ${code('/plan')} plans again and takes the lock anew.`,
      );
    default: {
      const never: never = view;
      return never;
    }
  }
};
