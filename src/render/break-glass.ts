import { clipName } from './fold.ts';
import { code, join, type Markdown, md, nothing, phrase, text } from './markdown.ts';
import type { BreakGlassView } from './view.ts';
import { countsToDo } from './words.ts';

const most = 20;

const ended: Partial<Record<BreakGlassView['projects'][number]['state'], string>> = {
  queued: 'waits for its turn',
  running: 'is under way',
  applied: 'was applied',
  cancelled: 'was cancelled',
  unresolved: 'was begun, and nobody knows how it ended',
};

const endOf = ({ state, times }: BreakGlassView['projects'][number]): string =>
  state === 'failed' && times.length > 0 ? 'was begun, and failed' : (ended[state] ?? 'was not applied');

/** Project by project: what came of it, when, and what was passed. */
export const breakGlassItems = (view: BreakGlassView): readonly Markdown[] => {
  const items = view.projects.slice(0, most).map((one) => {
    const what = one.counts === null ? '' : countsToDo(one.counts);
    const times = one.times.map((time) => md`, ${text(time.what)} ${text(time.at)}`);
    const passed = one.passed.map(
      ({ name, because }) => md`  - passed ${code(name, 60)}: ${phrase(because, 300)}`,
    );
    const none = one.passed.length === 0 && one.state === 'applied' ? [md`  - nothing had to be passed`] : [];
    const why = one.sentence === null ? nothing : md` ${phrase(one.sentence, 300)}`;
    const lead = md`- ${code(clipName(one.name))} ${text(endOf(one))}${what === '' ? nothing : md` (${text(what)})`}${join(times, '')}.${why}`;
    return join([lead, ...passed, ...none], '\n');
  });
  if (view.projects.length > most) items.push(md`- and ${view.projects.length - most} more`);
  return items;
};

/** Who went past the rules, why, what was passed, and what came of it. */
export const breakGlassParts = (view: BreakGlassView): readonly [Markdown, ...Markdown[]] => [
  md`**${text(view.login.slice(0, 100))} applies past what the rules ask for.** The reason: ${text(view.reason.slice(0, 500))}`,
  join(breakGlassItems(view), '\n'),
  md`Said ${text(view.said)} with ${code('/apply --override')}, of commit ${code(view.headSha.slice(0, 12))}. The plan that was shown is what is applied; the audit trail has every requirement that was passed. Somebody should look at this afterwards.`,
];
