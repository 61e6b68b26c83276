import type { Problem } from '../domain/problem.ts';
import { problemValues } from './board.ts';
import { usedByNote } from './board-notes.ts';
import { byteLength, byteLimit, tail } from './budget.ts';
import { driftPullReply } from './drift-pull.ts';
import { environmentReply, oldNote } from './environment-reply.ts';
import { clipName } from './fold.ts';
import { leftList } from './followup.ts';
import { recoverySection } from './look.ts';
import {
  code,
  fence,
  join,
  lines,
  type Markdown,
  marked,
  md,
  nothing,
  phrase,
  text,
  visibleLines,
} from './markdown.ts';
import { rollbackWords } from './rollback.ts';
import { resumedReply, suspendedNote, suspendedReply } from './suspended.ts';
import { skippedList, table } from './table.ts';
import type { Templates } from './templates.ts';
import type { ReplyView } from './view.ts';
import { whySection } from './why.ts';

const commands: readonly (readonly [string, string])[] = [
  ['/plan', 'Starts over: plans every project that this pull request affects, as it would be merged now.'],
  [
    '/plan -p network',
    'Plans one project, and keeps the plans of the rest. `/plan -d envs/*` plans those in matching folders.',
  ],
  ['/plan --no-limit', 'Plans more projects than a pull request may have planned at once.'],
  [
    '/plan --all',
    'Plans every project of the repository; `/plan --all --env production` those of one environment.',
  ],
  [
    '/plan --consumers',
    'On a pull request of a repository of modules: plans the projects of others that use what it changes, to be read.',
  ],
  ['/apply', 'Applies what was planned and reviewed, exactly that.'],
  ['/apply -p network', 'Applies one project.'],
  [
    '/apply -p network --override the site is down',
    'Applies it past reviews, checks, windows, policies and suspensions. Only for administrators, and told to everybody.',
  ],
  [
    '/apply --all --env production',
    'Applies every project of an environment, those that others depend on first. Only for those whom a rule lets.',
  ],
  [
    '/followup',
    'On a merged pull request: opens a new one for what of it is left to apply, to be planned, approved and applied there. On an issue that tells of drift: opens one that puts it back.',
  ],
  [
    '/adopt',
    'On an issue that tells of drift: opens a pull request that has Git say what is there, where the tool of the project can write that down.',
  ],
  [
    '/rollback',
    'On a merged pull request: opens one that takes it back, and says what reverting does not bring back.',
  ],
  [
    '/destroy -p network',
    'Plans the end of a project; `/apply` does it. Both only for those whom a rule lets destroy.',
  ],
  [
    '/import -p network aws_vpc.main vpc-0a1b2c',
    'Takes what exists into the state of one project, under this address; then it is planned again.',
  ],
  [
    '/state rm -p network aws_vpc.main',
    'Takes it out of the state of one project, and leaves it as it is; then it is planned again.',
  ],
  [
    '/cancel',
    'Ends plans, and asks an apply to stop, once: what it began is finished and kept in its state.',
  ],
  ['/recover', 'After an apply whose outcome is not known: looks at the state and says what is done.'],
  ['/recover acknowledge', 'You have looked, and answer for what is there. It is planned again.'],
  [
    '/trust 0123456789ab',
    'You have looked at this commit of somebody else, and its code may run: what waited for that is planned. It ends with the next push.',
  ],
  ['/unlock', 'Gives up the locks of this pull request and throws its plans away.'],
  [
    '/unlock -p network',
    "Takes the lock of one project away, another pull request's only from an administrator.",
  ],
  [
    '/approve no-public-buckets the site is public',
    'An owner of this policy lets the plans that are shown now pass it, and says why.',
  ],
  [
    '/suspend network 4h the database is being moved',
    'Nothing is applied to it for that time (8 hours, where nobody says), by nobody and on no pull request; plans go on. `-e production` suspends an environment.',
  ],
  ['/resume network', 'Ends that sooner.'],
  [
    '/why -p network',
    'Says what an apply of this project waits for: each rule, what was seen, and who can help.',
  ],
  ['/status', 'Shows where every project stands, and the locks.'],
  [
    '/status production',
    'Shows every project of an environment: its version, and how that stands to what its branch asks for.',
  ],
  ['/help', 'Shows this.'],
];

const asked = (view: { readonly login: string; readonly pressed?: boolean }, command: string): Markdown => {
  const how = view.pressed === true ? md`pressed the button for` : md`asked for`;
  return md`**${text(view.login.slice(0, 100))}** ${how} ${code(command, 200)}`;
};

/** `2026-11-21 10:04 UTC` of an ISO 8601 time; anything else stays as it is. */
const minute = (since: string): string =>
  since.slice(0, 60).replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)\S*Z$/, '$1 $2 UTC');

const refusalLimits = [50, 20, 5, 1];

const refusals = (
  all: readonly { readonly project: string; readonly problem: Problem }[],
  limit: number,
): Markdown => {
  const items = all.slice(0, limit).map(
    ({ project, problem }) =>
      md`- ${code(clipName(project))}: ${join(
        [lines(problem.sentence, 400), lines(problem.advice, 400)].filter((part) => part !== ''),
        ' ',
      )}`,
  );
  if (all.length > limit) items.push(md`- and ${all.length - limit} more`);
  return join(items, '\n');
};

const help = (templates: Templates, prefixes: readonly string[]): Markdown => {
  const words = ['tidegate', ...prefixes].slice(0, 10).map((word) => code(`${word.slice(0, 50)} plan`));
  return templates.help({
    commands: commands.map(([example, words]) => ({ example: code(example), words: lines(words) })),
    prefixes: md`${join(words, ' and ')} work${words.length === 1 ? md`s` : md``} like ${code('/plan')}.`,
  });
};

const cancelWords = {
  ended: { plan: 'cancelled', apply: 'cancelled before it began; nothing of it was run' },
  asked: {
    plan: 'asked to stop',
    apply:
      'the apply was asked to stop. It finishes what it began and saves its state; part of it may be done. The board says how it ended',
  },
  insisted: {
    plan: 'asked to stop again',
    apply:
      'the apply was told to stop at once. What it was making may be in no state; the board says what is known when it has ended',
  },
  refused: {
    plan: 'asked to stop already',
    apply:
      'was asked to stop already, and ends by itself; a second time takes an administrator and `--accept-broken-state`',
  },
} as const;

/** What the tool said when it changed a state, or why it did not. */
const operated = (
  templates: Templates,
  view: Extract<ReplyView, { kind: 'operated' }>,
  say: (lead: Markdown, parts: readonly Markdown[]) => string,
): string => {
  const said = view.output === null || view.output.trim() === '' ? null : view.output.trim();
  if (view.done !== null)
    return say(
      md`${asked(view, view.command)}. Done: ${phrase(view.done, 1_000)}. ${code(clipName(view.project))} is planned again by itself; what was planned before is void.`,
      said === null ? [] : [fence(tail(visibleLines(said), 60, 6_000), 'text')],
    );
  const lead = md`${asked(view, view.command)}, and it was not done.`;
  if (view.problem === null) return say(lead, []);
  const problem =
    said === null || view.problem.details !== undefined ? view.problem : { ...view.problem, details: said };
  const isUnknown = problem.code === 'outcome-unknown' || problem.code === 'state-not-saved';
  return say(isUnknown ? md`${asked(view, view.command)}, and nobody knows whether it was done.` : lead, [
    templates.problem(problemValues(problem)),
  ]);
};

/** Where it goes on, and what waits here still. */
const followup = (
  view: Extract<ReplyView, { kind: 'followup' }>,
  say: (lead: Markdown, parts: readonly Markdown[]) => string,
  limit: number,
): string => {
  const rest = view.notYet
    .slice(0, limit)
    .map(({ name, why }) => md`- ${code(clipName(name))} ${phrase(why, 200)}`);
  if (view.notYet.length > limit) rest.push(md`- and ${view.notYet.length - limit} more`);
  return say(md`${asked(view, view.command)}. What is left goes on in #${view.number}:`, [
    leftList(view.projects, limit),
    ...(rest.length === 0 ? [] : [md`Not taken along:`, join(rest, '\n')]),
    md`It is planned and applied there, under the same rules. ${code(view.asker, 60)} counts as its author.`,
  ]);
};

/** Answer to one command; every list in it is cut with the rest counted until it fits. */
export const reply = (templates: Templates, view: ReplyView): string => {
  const say = (lead: Markdown, parts: readonly Markdown[]): string =>
    marked(view.marker, templates.reply({ lead, parts }));
  switch (view.kind) {
    case 'help':
      return say(md`### Commands`, [help(templates, view.prefixes)]);
    case 'problem':
      return say(md`${asked(view, view.command)}, and it was not done.`, [
        templates.problem(problemValues(view.problem)),
      ]);
    case 'refusals':
      return shrink((step) =>
        say(md`${asked(view, view.command)}. Not done:`, [refusals(view.refusals, refusalLimits[step] ?? 1)]),
      );
    case 'unlocked':
      return shrink((step) => {
        const limit = [200, 50, 10, 1][step] ?? 1;
        const items = view.projects.slice(0, limit).map(({ name, atEnd, applied, of, dropped = null }) => {
          const whose = of === null ? nothing : md` of ${text('#')}${text(String(of))}`;
          const what = atEnd
            ? text('an apply is under way, or nobody knows how one ended; the lock goes when that is settled')
            : applied
              ? text('unlocked. What was applied is not merged: whoever plans this now plans to take it back')
              : text('unlocked, its plan is thrown away');
          const gone =
            dropped === null ? nothing : md`; the ${text(dropped)} that waited for its turn is not done`;
          return md`- ${code(clipName(name))}${whose}: ${what}${gone}`;
        });
        if (view.projects.length > limit) items.push(md`- and ${view.projects.length - limit} more`);
        return items.length === 0
          ? say(md`${asked(view, '/unlock')}. There was no lock to release.`, [])
          : say(md`${asked(view, '/unlock')}.`, [
              join(items, '\n'),
              md`${code('/plan')} plans again and takes the locks anew.`,
            ]);
      });
    case 'cancelled':
      return shrink((step) => {
        const limit = [200, 50, 10, 1][step] ?? 1;
        const items = view.projects
          .slice(0, limit)
          .map(({ name, verb, what }) => md`- ${code(clipName(name))}: ${text(cancelWords[what][verb])}`);
        if (view.projects.length > limit) items.push(md`- and ${view.projects.length - limit} more`);
        return say(md`${asked(view, view.command)}.`, [join(items, '\n')]);
      });
    case 'followup':
      return shrink((step) => followup(view, say, [50, 20, 5, 1][step] ?? 1));
    case 'drift-pull':
      return say(md`${asked(view, view.command)}. ${driftPullReply(view)}`, []);
    case 'rollback':
      return say(md`${asked(view, view.command)}. ${rollbackWords(view)}`, []);
    case 'operated':
      return operated(templates, view, say);
    case 'acknowledged':
      return shrink((step) => {
        const limit = [200, 50, 10, 1][step] ?? 1;
        const items = view.projects.slice(0, limit).map((name) => md`- ${code(clipName(name))}`);
        if (view.projects.length > limit) items.push(md`- and ${view.projects.length - limit} more`);
        return say(md`${asked(view, view.command)}, and answers for what was found.`, [
          join(items, '\n'),
          md`What is there now is being planned against; look at the new plan, then comment ${code('/apply')}.`,
        ]);
      });
    case 'recovery':
      return shrink((step) => {
        const limit = [20, 10, 5, 1][step] ?? 1;
        const sections = view.rows.slice(0, limit).map((row) => recoverySection(row, limit));
        if (view.rows.length > limit) sections.push(md`and ${view.rows.length - limit} more projects`);
        const said = view.sentence === '' ? [] : [phrase(view.sentence, 1_000)];
        return say(md`${asked(view, view.command)}.`, [...said, ...sections]);
      });
    case 'overridden':
      return shrink((step) => {
        const limit = [200, 50, 10, 1][step] ?? 1;
        const items = view.projects.slice(0, limit).map((name) => md`- ${code(clipName(name))}`);
        if (view.projects.length > limit) items.push(md`- and ${view.projects.length - limit} more`);
        return say(md`${asked(view, view.command)}: these plans may pass ${code(view.policy)}.`, [
          join(items, '\n'),
          md`That is of these plans alone: one that means something else is asked again.`,
        ]);
      });
    case 'suspended':
      return shrink((step) =>
        say(md`${asked(view, view.command)}.`, suspendedReply(view, [200, 50, 10, 1][step] ?? 1)),
      );
    case 'resumed':
      return shrink((step) =>
        say(md`${asked(view, view.command)}.`, resumedReply(view, [50, 20, 5, 1][step] ?? 1)),
      );
    case 'why':
      return shrink((step) => {
        const limit = [10, 5, 2, 1][step] ?? 1;
        const sections = view.projects
          .slice(0, limit)
          .map(({ name, verdict }) => whySection(name, verdict, step < 2));
        const more = view.more + Math.max(0, view.projects.length - limit);
        if (more > 0)
          sections.push(md`and ${more} more projects: ask for one with ${code(`${view.command} -p NAME`)}`);
        return say(md`${asked(view, view.command)}.`, sections);
      });
    case 'environment':
      return shrink((step) => say(...environmentReply(view, [200, 50, 20, 5][step] ?? 5)));
    case 'status':
      return shrink((step) => {
        const limit = [200, 50, 20, 5][step] ?? 5;
        const locks = view.locks
          .slice(0, limit)
          .map(({ project, since }) => md`${code(clipName(project))} since ${text(minute(since))}`);
        if (view.locks.length > limit) locks.push(md`and ${view.locks.length - limit} more`);
        const usedBy = usedByNote(view);
        const suspended = suspendedNote(view);
        return say(md`### Status`, [
          templates.status({
            table: view.rows.length === 0 ? null : table(view.rows, limit),
            locks,
            skipped: skippedList(view.skipped, [20, 10, 5, 0][step] ?? 0),
          }),
          ...oldNote(view.unheardSince),
          ...(suspended === null ? [] : [suspended]),
          ...(usedBy === null ? [] : [usedBy]),
        ]);
      });
    default: {
      const never: never = view;
      return never;
    }
  }
};

const shrink = (say: (step: number) => string): string => {
  const steps = [0, 1, 2, 3].map((step) => () => say(step));
  let last = '';
  for (const one of steps) {
    last = one();
    if (byteLength(last) <= byteLimit) break;
  }
  return last;
};
