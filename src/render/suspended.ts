import { momentText } from '../domain/suspension.ts';
import { clipName } from './fold.ts';
import { code, join, type Markdown, md, nothing, text } from './markdown.ts';
import type { NudgeView, ReplyView, SuspendedView } from './view.ts';

const person = (login: string): Markdown => code(login.slice(0, 100), 100);
const words = (reason: string): Markdown => text(reason.slice(0, 500));

/** "by `ada` until 2026-11-23 08:00 UTC: the database is being moved" */
const sentence = ({ by, until, reason, source }: Omit<SuspendedView, 'name'>): Markdown =>
  md`by ${person(by)}${source === null ? nothing : md` in ${text(source)}`} until ${text(until)}: ${words(reason)}`;

const named = (all: readonly string[], most: number): Markdown => {
  const shown = all.slice(0, most).map((name) => code(clipName(name, 80)));
  if (all.length > shown.length) shown.push(md`${all.length - shown.length} more`);
  return join(shown, ', ');
};

/** A line for each of them, and no more than a few: nothing is wrong, and nothing has to be done. */
const suspendedLines = (all: readonly SuspendedView[], most: number): readonly Markdown[] => {
  const lines = all
    .slice(0, most)
    .map(({ name, ...rest }) => md`${code(clipName(name, 80))} is suspended ${sentence(rest)}`);
  if (all.length > lines.length) lines.push(md`${all.length - lines.length} more are suspended`);
  return lines;
};

/** Beside the plans. */
export const suspendedNote = ({
  suspended = [],
}: {
  readonly suspended?: readonly SuspendedView[] | undefined;
}): Markdown | null =>
  suspended.length === 0
    ? null
    : md`${join(suspendedLines(suspended, 5), '<br>')}<br>Nothing is applied there until then; plans go on.${suspended.some(({ source }) => source === null) ? md` ${code('/resume')} ends it.` : nothing}`;

type Suspended = Extract<ReplyView, { kind: 'suspended' }>;
type Resumed = Extract<ReplyView, { kind: 'resumed' }>;

/** What `/suspend` came to, behind "so and so asked for". */
export const suspendedReply = (view: Suspended, most: number): readonly Markdown[] => {
  const { projects, running, until } = view;
  if (projects.length === 0)
    return [md`This pull request affects no project, so nothing is suspended. Name those that are meant.`];
  const goesOn =
    running.length === 0
      ? []
      : [
          md`An apply of ${named(running, 5)} is under way and goes on; ${code('/cancel')} on its pull request asks it to stop.`,
        ];
  return [
    join(
      listed(
        projects.map((name) => code(clipName(name))),
        most,
      ),
      '\n',
    ),
    md`Nothing is applied to ${projects.length === 1 ? md`it` : md`them`} until ${text(momentText(until))}, whoever asks and on whichever pull request. Plans go on. ${code('/resume')} ends it sooner; before it ends, and when it has ended, a comment here says so.`,
    ...goesOn,
  ];
};

const listed = (items: readonly Markdown[], most: number): readonly Markdown[] => [
  ...items.slice(0, most).map((item) => md`- ${item}`),
  ...(items.length > most ? [md`- and ${items.length - most} more`] : []),
];

/** What `/resume` came to. */
export const resumedReply = ({ projects }: Resumed, most: number): readonly Markdown[] => {
  const items = projects.map(({ name, was, still, goesOn }) => {
    const ended = was.map(({ login, until, reason }) => sentence({ by: login, until, reason, source: null }));
    const begins = ended.length === 0 ? nothing : md`was suspended ${join(ended, '; ')}`;
    const stays =
      still === null
        ? nothing
        : md`${ended.length === 0 ? nothing : md`. It `}is still suspended until ${text(still.until)} by ${text(still.source)}, and ends when ${code('suspend')} is taken out of that file`;
    const drift = goesOn === true ? md`What drifts of it is put back by itself again` : nothing;
    const and = drift === nothing || (begins === nothing && stays === nothing) ? nothing : md`. `;
    return md`${code(clipName(name))} ${begins}${stays}${and}${drift}`;
  });
  return [
    join(listed(items, most), '\n'),
    md`What waited for that begins by itself where it needs no command.`,
  ];
};

type SuspensionNudge = Extract<NudgeView, { kind: 'suspension-ends' | 'suspension-over' }>;

/** Before a suspension ends, and when it has ended. */
export const suspensionNudge = ({ kind, login, until, reason, names }: SuspensionNudge): Markdown => {
  const many = names.length > 1;
  const who = md`It was asked for by ${person(login)}: ${words(reason)}`;
  return kind === 'suspension-ends'
    ? md`**The suspension of ${named(names, 5)} ends at ${text(until)}.** From then on ${many ? md`they are` : md`it is`} applied to again, and what waits for that begins by itself where it needs no command. ${code('/suspend')} with a new reason keeps it longer. ${who}`
    : md`**The suspension of ${named(names, 5)} is over** since ${text(until)}, and ${many ? md`they are` : md`it is`} applied to again. ${who}`;
};
