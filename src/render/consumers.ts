import { type Consumer, type ConsumersLook, type Effect, effects } from '../domain/consumers.ts';
import { short } from '../domain/ids.ts';
import { byteLength } from './budget.ts';
import { clipName } from './fold.ts';
import { findingList } from './held.ts';
import { code, join, type Markdown, marked, md, nothing, phrase, text } from './markdown.ts';
import { count, countsToDo, numeral } from './words.ts';

/** Bytes of one comment: it is read, and not searched. */
const roomFor = 30_000;
/** Rows of one effect; the rest is counted. */
const steps = [100, 40, 15, 5, 1];
const mostFindings = 10;

const headings: Readonly<Record<Effect, (many: string) => string>> = {
  destroy: (many) => `${many} would destroy something`,
  replace: (many) => `${many} would replace something`,
  failed: (many) => `${many} could not be planned`,
  change: (many) => `${many} would change something`,
  held: (many) => `${many} wait for trust`,
  refused: (many) => `${many} may not be planned`,
  left: (many) => `${many} not planned`,
  waiting: (many) => `${many} being planned …`,
  none: (many) => `${many} without changes`,
};

const inShort: Readonly<Record<Effect, string>> = {
  destroy: 'destroy',
  replace: 'replace',
  failed: 'failed',
  change: 'change',
  held: 'wait for trust',
  refused: 'may not be planned',
  left: 'not planned',
  waiting: 'being planned',
  none: 'no changes',
};

const groupsOf = (consumers: readonly Consumer[]): readonly (readonly [Effect, readonly Consumer[]])[] =>
  effects.flatMap((effect) => {
    const own = consumers.filter((one) => one.effect === effect);
    return own.length === 0 ? [] : [[effect, own] as const];
  });

const dangersOf = ({ dangers, counts }: Consumer): Markdown => {
  if (dangers.length === 0) return nothing;
  const all = (counts?.delete ?? 0) + (counts?.replace ?? 0);
  const names = dangers.map(
    ({ address, action }) => md`${text(action === 'delete' ? 'destroys' : 'replaces')} ${code(address, 150)}`,
  );
  if (all > names.length) names.push(md`and ${text(numeral(all - names.length))} more`);
  return md`<br>${join(names, ', ')}`;
};

const rowOf = (one: Consumer): Markdown => {
  const name = md`${code(clipName(one.repository, 100))} ${code(clipName(one.project, 100))}`;
  const what =
    one.because !== null
      ? md`: ${phrase(one.because, 250)}`
      : one.counts !== null && one.effect !== 'none'
        ? md`: ${text(countsToDo(one.counts))}`
        : nothing;
  return md`- ${name}${what}${dangersOf(one)}`;
};

const groupOf = (effect: Effect, own: readonly Consumer[], most: number): Markdown => {
  const rows = own.slice(0, most).map(rowOf);
  if (own.length > rows.length) rows.push(md`- and ${text(numeral(own.length - rows.length))} more`);
  const heading = text(headings[effect](count(own.length, 'project')));
  return effect === 'none' || effect === 'left'
    ? md`<details><summary>${heading}</summary>\n\n${join(rows, '\n')}\n\n</details>`
    : md`**${heading}**\n\n${join(rows, '\n')}`;
};

const leadOf = ({ found, state, actor }: ConsumersLook): Markdown => {
  const { headSha, consumers, untouched, because } = found;
  const at = headSha === null ? nothing : md` at ${code(short(headSha))}`;
  const asked = md`asked for by **${text(actor.login.slice(0, 100))}**`;
  if (because !== null)
    return md`**Projects that use this module** were not looked at, ${asked}: ${phrase(because, 500)}`;
  if (headSha === null) return md`**Projects that use this module** are being looked for, ${asked}.`;
  const sums = groupsOf(consumers).map(
    ([effect, own]) => md`${text(numeral(own.length))} ${text(inShort[effect])}`,
  );
  const total =
    consumers.length === 0
      ? text(untouched === 0 ? 'No project uses this module.' : 'No project uses what changes here.')
      : md`${text(count(consumers.length, 'project'))}: ${join(sums, ', ')}.`;
  const over = state === 'over' ? text(' It was given up before its end.') : nothing;
  return md`**Projects that use this module**${at}, ${asked}. ${total}${over}`;
};

const restOf = ({ found }: ConsumersLook): readonly Markdown[] => {
  const { untouched, repositories, unread } = found;
  const many = count(untouched, 'more project');
  return [
    ...(untouched === 0 ? [] : [md`${text(many)} use this repository, and nothing of what changes here.`]),
    ...(unread.length === 0
      ? []
      : [
          md`${text(count(unread.length, 'repository', 'repositories'))} could not be read, ${join(
            unread.slice(0, 5).map((name) => code(clipName(name, 100))),
            ', ',
          )} first.`,
        ]),
    ...(repositories === 0
      ? []
      : [
          md`Looked at: ${text(count(repositories, 'repository', 'repositories'))}. These plans are to be read: nobody can apply them. What an upgrade does is planned again where it is made.`,
        ]),
  ];
};

const heldPart = ({ found }: ConsumersLook): readonly Markdown[] => {
  const { consumers, findings, headSha } = found;
  if (findings.length === 0) return [];
  const waits = consumers.some(({ effect }) => effect === 'held');
  const lead =
    waits && headSha !== null
      ? md`Before it runs with what their plans are given, somebody who may write where they are, and is not the author, looks at this and comments ${code(`/trust ${short(headSha)}`)}:`
      : md`What stands in the way:`;
  return [md`${lead}\n\n${findingList({ findings, more: 0 }, mostFindings)}`];
};

/** One comment: what is dangerous first, the rest folded away or counted. */
export const consumers = (marker: string, look: ConsumersLook): string => {
  const render = (most: number): string => {
    const groups = groupsOf(look.found.consumers).map(([effect, own]) => groupOf(effect, own, most));
    return marked(marker, join([leadOf(look), ...heldPart(look), ...groups, ...restOf(look)], '\n\n'));
  };
  const fits = steps.map(render).find((body) => byteLength(body) <= roomFor);
  return fits ?? render(1);
};
