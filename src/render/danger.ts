import type { DangerCatalogue } from '../domain/danger/catalogue.ts';
import { type Danger, dangersOf, liftedDanger } from '../domain/danger/dangers.ts';
import { dangerItem, groupTitle } from './danger-words.ts';
import { clipName } from './fold.ts';
import { code, join, link, type Markdown, md, nothing, phrase, text } from './markdown.ts';
import type { BoardRow, BoardView } from './view.ts';
import { isAhead, numeral } from './words.ts';

/** How much of it is told. */
export interface DangerLimits {
  /** Changes that are named. */
  readonly named: number;
  /** Their causes as well. */
  readonly why: boolean;
  /** UTF-8 bytes that an address may take as it is written, with its entities. */
  readonly written?: number;
  /** Projects of which what is not named is counted by type, and types of each. */
  readonly counted: number;
}

export type OfRow = { readonly danger: Danger; readonly row: BoardRow };

interface Group {
  readonly title: Markdown;
  readonly items: readonly Markdown[];
}

const typesPerProject = 8;

const groups: readonly (readonly Danger['kind'][])[] = [
  ['data-loss', 'data-left'],
  ['lifted', 'protection-off', 'opening'],
  ['destroy'],
];

const outcomes: Readonly<Record<Danger['kind'], string>> = {
  'data-loss': 'destroyed',
  'data-left': 'forgotten',
  lifted: 'without `prevent_destroy`',
  'protection-off': 'without a protection',
  opening: 'opened',
  destroy: 'destroyed',
};

const outcomeOf = ({ kind, action }: Danger): string =>
  (kind === 'data-loss' || kind === 'destroy') && action === 'replace' ? 'replaced' : outcomes[kind];

/** What comes back comes behind what does not. */
const late = ({ danger }: OfRow): number => Number(danger.action === 'replace');

const countBy = <T>(all: readonly T[], key: (one: T) => string): readonly (readonly [T, ...T[]])[] => {
  const found = new Map<string, [T, ...T[]]>();
  for (const one of all) {
    const name = key(one);
    const known = found.get(name);
    if (known === undefined) found.set(name, [one]);
    else known.push(one);
  }
  return [...found.values()].sort((a, b) => b.length - a.length);
};

const number = (many: number): Markdown => text(numeral(many));

/** Of what cannot be read no type is known. */
const typeOf = ({ type }: Danger): Markdown => (type === '' ? md`unread` : code(type, 80));

const countedIn = (here: readonly [OfRow, ...OfRow[]]): Markdown => {
  const [{ row }] = here;
  const types = countBy(here, ({ danger }) => `${outcomeOf(danger)} ${danger.type}`);
  const shown = types.slice(0, typesPerProject);
  const rest = types.slice(typesPerProject).reduce((sum, { length }) => sum + length, 0);
  const parts = shown.map(
    (some) => md`${number(some.length)} ${typeOf(some[0].danger)} ${phrase(outcomeOf(some[0].danger))}`,
  );
  if (rest > 0) parts.push(md`${number(rest)} of other types`);
  const all = row.url === undefined || row.url === null ? nothing : md` (${link(md`all of them`, row.url)})`;
  return md`${code(clipName(row.name), 80)}: ${join(parts, ', ')}${all}`;
};

/** What has no room here, counted: all of it, and by project and type as far as `limit` says. */
const rest = (
  left: readonly OfRow[],
  named: number,
  limit: number,
  { runsUrl }: DangerFacts,
): Group | null => {
  if (left.length === 0) return null;
  const projects = countBy(left, ({ row }) => row.name);
  const shown = projects.slice(0, limit);
  const over = projects.slice(limit);
  const items = shown.map(countedIn);
  if (shown.length > 0 && over.length > 0)
    items.push(
      md`${number(over.reduce((sum, { length }) => sum + length, 0))} in ${number(over.length)} more projects`,
    );
  const ends = named > 0 ? md` (this list ends at ${named})` : nothing;
  const all = runsUrl === null ? nothing : md` · ${link(md`all runs`, runsUrl)}`;
  return {
    title: md`and ${number(left.length)} more, not named here${ends}${all}${items.length > 0 ? md`:` : md`.`}`,
    items,
  };
};

/** Dangers of all plans that are still to be applied or may have been, and what is not protected any more; the worst first. */
export interface DangerFacts {
  readonly groups: readonly (readonly OfRow[])[];
  /** Some may have happened already. */
  readonly doubt: boolean;
  readonly filesUrl: string | null;
  readonly runsUrl: string | null;
}

/** Gathered once for all lengths at which a comment is tried. */
export const gatherDangers = (
  view: Pick<BoardView, 'rows' | 'filesUrl' | 'runsUrl'>,
  catalogue: DangerCatalogue,
): DangerFacts => {
  // While an apply runs there is no summary any more: nothing is left to decide, the table has the numbers.
  const pending = view.rows.filter((row) => isAhead(row) || row.state === 'unresolved');
  const all = [
    // What the configuration does not protect any more is so whatever becomes of a plan.
    ...view.rows.flatMap((row) =>
      (row.lifted ?? []).map((one): OfRow => ({ danger: liftedDanger(one), row })),
    ),
    ...pending.flatMap((row) =>
      row.summary === null ? [] : dangersOf(row.summary, catalogue).map((danger): OfRow => ({ danger, row })),
    ),
  ];
  return {
    groups: groups.map((kinds) =>
      kinds.flatMap((kind) =>
        all.filter(({ danger }) => danger.kind === kind).sort((a, b) => late(a) - late(b)),
      ),
    ),
    doubt: pending.some((row) => row.state === 'unresolved'),
    filesUrl: view.filesUrl ?? null,
    runsUrl: view.runsUrl ?? null,
  };
};

/**
 * Above the table: what may lose data, what takes a protection away or opens something, and whatever else is destroyed or
 * made anew. What is not named is counted.
 */
export const dangerGroups = (facts: DangerFacts, limits: DangerLimits): readonly Group[] => {
  const holdsData = facts.groups.some((group) => group.some(({ danger }) => danger.kind === 'data-loss'));
  let room = limits.named;
  const left: OfRow[] = [];
  const told = facts.groups.flatMap((these): readonly Group[] => {
    if (these.length === 0) return [];
    const items = these
      .slice(0, room)
      .map(({ danger, row }) => dangerItem(danger, row, facts.filesUrl, limits));
    room -= items.length;
    left.push(...these.slice(items.length));
    return [{ title: groupTitle(these, holdsData, facts.doubt), items }];
  });
  const more = rest(left, limits.named - room, limits.counted, facts);
  return more === null ? told : [...told, more];
};
