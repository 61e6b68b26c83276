import type { Look } from '../domain/look.ts';
import { ownValue } from '../domain/own-value.ts';
import type { Standing } from '../domain/state-comparison.ts';
import { tail } from './budget.ts';
import { clipName } from './fold.ts';
import { code, fence, join, lines, type Markdown, md, phrase, text, visibleLines } from './markdown.ts';
import type { BoardRow, RecoveryView } from './view.ts';
import { count, countsToDo } from './words.ts';

/** Addresses that are named, all groups together. */
const namesUpTo = 20;

/** `2026-11-21 10:04 UTC`. */
const minute = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const verbs: Readonly<Record<string, string>> = { delete: 'destroy' };

const headings: Readonly<Record<Standing, string>> = {
  open: 'not in the state as planned',
  unclear: 'cannot be told',
  done: 'in the state as planned',
};
/** What a person has to look at first. */
const order: readonly Standing[] = ['open', 'unclear', 'done'];

const groups = (look: Look, limit: number): readonly Markdown[] => {
  let left = limit;
  return order.flatMap((standing) => {
    const many = look.counts[standing];
    if (many === 0) return [];
    const shown = look.names[standing].slice(0, left);
    left -= shown.length;
    const items = shown.map(
      ({ address, action }) => md`- ${text(ownValue(verbs, action) ?? action)} ${code(address, 200)}`,
    );
    if (many > shown.length)
      items.push(
        md`- ${shown.length === 0 ? md`` : md`and `}${text(count(many - shown.length, shown.length === 0 ? 'address' : 'more', shown.length === 0 ? 'addresses' : 'more'))}`,
      );
    return [md`**${text(many.toLocaleString('en'))} ${text(headings[standing])}:**`, join(items, '\n')];
  });
};

const stateParts = (look: Look, limit: number): readonly Markdown[] => {
  if (look.state === null)
    return [
      md`**What was done is not known:** the state could not be read at ${text(minute(look.at))}.`,
      ...(look.why === null ? [] : [fence(tail(visibleLines(look.why), 30, 3_000), 'text')]),
    ];
  const { open, unclear } = look.counts;
  return [
    md`The state at ${text(minute(look.at))} (serial ${look.state.serial}), address by address against the plan:`,
    ...groups(look, limit),
    ...(open + unclear === 0 || look.rescued !== null
      ? []
      : [
          md`What the tool did in its last seconds may be missing: one that was killed had no time to write it down.`,
        ]),
  ];
};

const since = (created: string | null): Markdown =>
  created === null
    ? md``
    : md`, since ${text(created.replace(/\.\d+/, '').replace(' +0000 UTC', ' UTC').slice(0, 40))}`;

const lockLine = (look: Look): Markdown => {
  const { lock } = look;
  if (!look.lockKnown) return md`Whether the tool's own lock on the state is held is not known.`;
  if (lock === null) return md`Nobody holds the tool's own lock on the state.`;
  const id = lock.id === null ? md`, and the backend does not tell its id` : md`: id ${code(lock.id)}`;
  if (lock.ours)
    return md`This apply, which is over, still holds the tool's own lock on the state${since(lock.created)}${id}.`;
  if (lock.who === null)
    return md`The tool's own lock on the state is held, and the backend does not tell by whom${id}.`;
  return md`Somebody else holds the tool's own lock on the state: ${code(lock.who, 100)}${since(lock.created)}${id}.`;
};

const againLine = ({ again }: RecoveryView): Markdown | null => {
  if (again === null) return null;
  const words = countsToDo(again.counts);
  return md`Planned again since: ${text(words !== '' ? words : again.hasChanges ? 'only outputs change' : 'no changes')}.`;
};

/** What is known of an outcome nobody knows, and what can be done about it. */
export const recoveryParts = (recovery: RecoveryView, limit = namesUpTo): readonly Markdown[] => {
  const { look, offers } = recovery;
  const again = againLine(recovery);
  return [
    ...(look === null
      ? [md`The state is being looked at. What is done and what is not will stand here.`]
      : [
          ...stateParts(look, limit),
          lockLine(look),
          ...(look.rescued === null
            ? []
            : [
                md`The state that the tool could not save is kept, encrypted: serial ${look.rescued.serial}, with ${text(count(look.rescued.done, 'change'))} as planned.`,
              ]),
        ]),
    ...(again === null ? [] : [again]),
    ...(offers.length === 0
      ? []
      : [
          md`What can be done:`,
          join(
            offers.map((offer) => md`- ${phrase(offer, 600)}`),
            '\n',
          ),
        ]),
  ];
};

/** "1 of 3 changes is in the state as planned"; null while nothing is known. */
export const knownSoFar = (look: Look | null): string | null => {
  if (look === null || look.state === null) return null;
  const { done, open, unclear } = look.counts;
  const all = done + open + unclear;
  if (all === 0) return null;
  return `${done.toLocaleString('en')} of ${count(all, 'change')} ${done === 1 ? 'is' : 'are'} in the state as planned`;
};

/** One project of an answer to `/recover`. */
export const recoverySection = (row: BoardRow, limit: number): Markdown => {
  const name = md`**${code(clipName(row.name))}**`;
  if (row.recovery === undefined || row.recovery === null)
    return md`${name}: its outcome is settled by now; the comment with the plans says how it stands.`;
  const said = row.problem === null ? [] : [lines(row.problem.sentence, 600)];
  return join([name, ...said, ...recoveryParts(row.recovery, limit)], '\n\n');
};
