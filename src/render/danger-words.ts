import type { Cause, Danger } from '../domain/danger/dangers.ts';
import type { Lifted } from '../domain/declared/lifted.ts';
import type { Exposure } from '../domain/plan-summary.ts';
import { byteLength } from './budget.ts';
import type { OfRow } from './danger.ts';
import { reasonWords } from './diff.ts';
import { clip, code, join, link, type Markdown, md, nothing, phrase, text, visible } from './markdown.ts';
import type { BoardRow } from './view.ts';
import { count, listed } from './words.ts';

const addressBytes = 200;
/** What is written as entities takes more room. */
const writtenBytes = 400;
const projectBytes = 100;
const causesUpTo = 3;
const valueLimit = 60;
const aboutLimit = 80;
const sensitive = '(sensitive value)';
const unknown = '(known after apply)';

/** As long a piece of the text as there is room for, from its beginning or from its end. */
const within = (characters: readonly string[], bytes: number): string => {
  let size = 0;
  const fits = characters.findIndex((character) => {
    size += byteLength(character);
    return size > bytes;
  });
  return characters.slice(0, fits === -1 ? characters.length : fits).join('');
};

/** At most so many bytes of it, and so many as it is written; what is longer is cut in the middle, for its end says what it is. */
const cutCode = (raw: string, most: number, written: number): Markdown => {
  const line = visible(raw);
  const all = [...line];
  for (let bytes = most; ; bytes = Math.floor(bytes / 2)) {
    const half = Math.floor((bytes - 3) / 2);
    const end = [...within(all.toReversed(), half)].toReversed().join('');
    const shown = byteLength(line) <= bytes ? line : `${within(all, half)}…${end}`;
    const whole = code(shown, addressBytes);
    if (byteLength(whole) <= written || bytes < 20) return whole;
  }
};

export const addressCode = (address: string, written = writtenBytes): Markdown =>
  cutCode(address, addressBytes, written);

const projectCode = (name: string): Markdown => cutCode(name, projectBytes, projectBytes + 40);

const value = (one: string): Markdown => code(one, valueLimit);

const isCutAlike = (before: string, after: string): boolean =>
  visible(before).slice(0, valueLimit - 1) === visible(after).slice(0, valueLimit - 1);

const changeWords = (path: Markdown, before: string | null, after: string | null): Markdown => {
  if (before === sensitive || after === sensitive) return md`${path} changes, a sensitive value`;
  if (before === null && after === null) return md`${path} changes`;
  if (before === null)
    return after === unknown ? md`${path} is set` : md`${path} becomes ${value(after ?? '')}`;
  if (after === null) return md`${path} is taken away, it is ${value(before)}`;
  if (after === unknown) return md`${path} changes from ${value(before)} to what is known after the apply`;
  return isCutAlike(before, after)
    ? md`${path} changes`
    : md`${path} changes from ${value(before)} to ${value(after)}`;
};

const valueWords = (before: string | null, after: string | null): Markdown => {
  if (before === null) return after === null ? md` is gone` : md` is ${value(after)}`;
  return after === null ? md` was ${value(before)}` : md` ${value(before)} → ${value(after)}`;
};

const exposureWords = ({ says, path, before, after, about }: Exposure): Markdown => {
  const beside = about.map((one) => md`${code(one.path, 60)} ${code(one.value, aboutLimit)}`);
  const what = path === null ? nothing : md`: ${code(path, 80)}${valueWords(before, after)}`;
  return md`${phrase(says, 200)}${what}${beside.length === 0 ? nothing : md` (${join(beside, ', ')})`}`;
};

const liftedWords: Readonly<Record<Lifted['now'], Markdown>> = {
  false: md`${code('prevent_destroy')} ${code('true')} → ${code('false')}`,
  absent: md`${code('prevent_destroy')} is taken out`,
  gone: md`${code('prevent_destroy')} goes with the block that has it`,
  maybe: md`whether ${code('prevent_destroy')} still holds is not known`,
  unread: md`it cannot be read, so whether a ${code('prevent_destroy')} is taken out is not known`,
};

const causeWords = (cause: Cause): Markdown => {
  switch (cause.kind) {
    case 'change':
      return changeWords(code(cause.path, 80), cause.before, cause.after);
    case 'path':
      return md`${code(cause.path, 80)} changes`;
    case 'reason':
      return reasonWords(cause.reason);
    case 'exposure':
      return exposureWords(cause.exposure);
    case 'lifted':
      return liftedWords[cause.now];
    default: {
      const never: never = cause;
      return never;
    }
  }
};

const whyOf = ({ kind, causes, more }: Danger): Markdown => {
  const shown = causes.slice(0, causesUpTo).map(causeWords);
  if (kind === 'lifted')
    return md`: ${join(shown, '; ')}${more === 0 ? nothing : md` (and ${text(count(more, 'more address', 'more addresses'))} of that block)`}`;
  const over = causes.length - shown.length + more;
  if (over > 0) shown.push(md`${over} more`);
  if (shown.length === 0)
    return kind === 'data-left' ? md`: it leaves the state and stays in the world` : nothing;
  return kind === 'protection-off' || kind === 'opening'
    ? md`: ${join(shown, '; ')}`
    : md`, because ${join(shown, shown.length === 2 && over === 0 ? ' and ' : ', ')}`;
};

const actions: Readonly<Record<Danger['action'], string>> = {
  delete: 'destroy',
  replace: 'replace',
  update: 'update',
  create: 'create',
  import: 'import',
  move: 'move',
  forget: 'forget',
  read: 'read',
  'no-op': 'keep',
};

const verbOf = ({ action, kind, causes }: Danger): string => {
  if (kind !== 'lifted') return actions[action];
  return causes.some((cause) => cause.kind === 'lifted' && isDoubt(cause.now))
    ? 'may unprotect'
    : 'unprotect';
};

const isDoubt = (now: Lifted['now']): boolean => now === 'maybe' || now === 'unread';

/** @param filesUrl ends with the head commit */
const placeOf = ({ place }: Danger, filesUrl: string | null): Markdown => {
  if (place === null) return nothing;
  const label = code(`${clip(place.path, 120)}:${place.line}`, 140);
  const path = place.path.toWellFormed().split('/').map(encodeURIComponent).join('/');
  const commit = place.commit ?? null;
  const files = commit === null ? filesUrl : (filesUrl?.replace(/[^/]*$/, commit) ?? null);
  const at = files === null ? label : link(label, `${files}/${path}#L${place.line}`);
  return commit === null ? md` · ${at}` : md` · ${at}, as the base branch has it`;
};

/** "replace `aws_db_instance.main` in `database`, because `engine` changes from `a` to `b` · `main.tf:12`". */
export const dangerItem = (
  danger: Danger,
  row: Pick<BoardRow, 'name'>,
  filesUrl: string | null,
  { why, written }: { readonly why: boolean; readonly written?: number },
): Markdown =>
  md`${text(verbOf(danger))} ${addressCode(danger.address, written)} in ${projectCode(row.name)}${why ? md`${whyOf(danger)}${placeOf(danger, filesUrl)}` : nothing}`;

/** "2 resources that may hold data would be destroyed and 1 would be replaced". */
const existenceTitle = (all: readonly OfRow[], what: string): string => {
  const outcomes = [
    ['destroyed', 'delete'],
    ['replaced', 'replace'],
    ['forgotten', 'forget'],
  ] as const;
  const parts = outcomes.flatMap(([words, action]) => {
    const many = all.filter(({ danger }) => danger.action === action).length;
    return many === 0 ? [] : [{ many, words }];
  });
  return listed(
    parts.map(({ many, words }, index) => {
      const who =
        index > 0
          ? many.toLocaleString('en')
          : `${count(many, `${what === 'other' ? 'other ' : ''}resource`)}${what === 'data' ? ' that may hold data' : ''}`;
      return `${who} would be ${words}`;
    }),
  );
};

const liftedTitle = (all: readonly OfRow[]): readonly string[] => {
  const lifted = all.flatMap(({ danger: { causes, more } }) =>
    causes.flatMap((cause) =>
      cause.kind === 'lifted' ? [{ doubt: isDoubt(cause.now), many: more + 1 }] : [],
    ),
  );
  const sum = (doubt: boolean): number =>
    lifted.reduce((total, one) => total + (one.doubt === doubt ? one.many : 0), 0);
  const [sure, maybe] = [sum(false), sum(true)];
  return [
    ...(sure === 0
      ? []
      : [`${count(sure, 'resource')} would lose ${sure === 1 ? 'its' : 'their'} \`prevent_destroy\``]),
    ...(maybe === 0
      ? []
      : sure === 0
        ? [`${count(maybe, 'resource')} may lose ${maybe === 1 ? 'its' : 'their'} \`prevent_destroy\``]
        : [`${maybe.toLocaleString('en')} more may lose it`]),
  ];
};

const exposureTitle = (all: readonly OfRow[]): string => {
  const of = (kind: Danger['kind']) => all.filter(({ danger }) => danger.kind === kind).length;
  const [off, open] = [of('protection-off'), of('opening')];
  return listed(
    [
      ...liftedTitle(all),
      off === 0 ? null : `${count(off, 'change')} would take a protection away`,
      open === 0
        ? null
        : `${off === 0 ? count(open, 'change') : open.toLocaleString('en')} would open something to the world`,
    ].filter((part) => part !== null),
  );
};

export const groupTitle = (all: readonly OfRow[], holdsData: boolean, doubt: boolean): Markdown => {
  const kind = all[0]?.danger.kind;
  const words =
    kind === 'lifted' || kind === 'protection-off' || kind === 'opening'
      ? exposureTitle(all)
      : existenceTitle(all, kind !== 'destroy' ? 'data' : holdsData ? 'other' : 'any');
  return md`**${phrase(words, 400)}${doubt ? md`, or were already:` : md`:`}**`;
};
