import { readdirSync, readFileSync } from 'node:fs';
import { addressParts } from '../../src/domain/address-parts.ts';
import type { Exposures, ResourceChange } from '../../src/domain/plan-summary.ts';
import type { Files } from '../../src/git/memory/objects.ts';

/*
 * Cases of lines to be found: `test/fixtures/lines/*.txt`. Behind `== path` stand the lines of a file, behind `== link path -> target`
 * nothing. `-|` begins a line that only the base branch has, `+|` one that only the pull request has, `~|` one that came to the base
 * branch meanwhile: the merge has it and the head has not. `«name»` names the line that it ends, `¶` at its end is a carriage return. Behind `== cases`:
 * `name: action address because reason by path, path` (by which an update opens something), where `none` is the name of no line.
 */

export interface LineCase {
  readonly world: string;
  /** The line of the case, for its title. */
  readonly title: string;
  readonly change: ResourceChange;
  /** `path:line` at the head; null: none. */
  readonly expected: string | null;
}

export interface LineWorld {
  readonly name: string;
  /** The project's: that of the first file. */
  readonly dir: string;
  readonly base: Files;
  readonly head: Files;
  readonly merged: Files;
  readonly cases: readonly LineCase[];
}

const folder = new URL('../fixtures/lines/', import.meta.url);

const sides = { base: /^(?:-\||~\|)/, head: /^\+\|/, merged: /^(?:\+\||~\|)/ };
const marked = /^[-+~]\|/;

const textOf = (lines: readonly string[], side: RegExp): string =>
  lines
    .filter((line) => !marked.test(line) || side.test(line))
    .map(
      (line) =>
        `${line
          .replace(marked, '')
          .replace(/ «\w+»/, '')
          .replace(/¶$/, '\r')}\n`,
    )
    .join('');

/** Names of lines of one file, at the head. */
const namesIn = (path: string, lines: readonly string[]): readonly (readonly [string, string])[] =>
  lines
    .filter((line) => !marked.test(line) || sides.head.test(line))
    .flatMap((line, index) => {
      const name = /«(\w+)»/.exec(line)?.[1];
      return name === undefined ? [] : [[name, `${path}:${index + 1}`] as const];
    });

/** A change as a plan tells it, of which only this is known. */
export const changeAt = (
  address: string,
  more: Partial<Pick<ResourceChange, 'action' | 'reason' | 'replacePaths' | 'exposures'>> = {},
): ResourceChange => {
  const parts = addressParts(address);
  const own = parts.module === null ? address : address.slice(parts.module.length + 1);
  return {
    address,
    ...parts,
    type: own.split('.')[0] ?? '',
    provider: '',
    previousAddress: null,
    order: null,
    importing: null,
    sensitive: [],
    unknown: [],
    attributes: [],
    unchanged: 0,
    action: 'update',
    reason: null,
    replacePaths: [],
    ...more,
  };
};

/** Openings by these attributes. */
const exposed = (paths: readonly string[]): Exposures => ({
  found: paths.map((path) => ({ kind: 'opening', says: 'open', path, before: null, after: null, about: [] })),
  more: { opening: 0, 'protection-off': 0 },
});

const actions = { delete: 'delete', replace: 'replace', update: 'update', forget: 'forget' } as const;

const caseOf = (world: string, line: string, names: ReadonlyMap<string, string>): LineCase => {
  const [, name = '', verb = '', address = '', reason, paths] =
    /^(\w+): (delete|replace|update|forget) (.*?)(?: because (\w+))?(?: by (.+))?$/.exec(line) ?? [];
  const action = Object.entries(actions).find(([one]) => one === verb)?.[1];
  if (action === undefined || (name !== 'none' && !names.has(name))) throw new Error(`no case: ${line}`);
  return {
    world,
    title: line,
    change: changeAt(address, {
      action,
      reason: reason ?? null,
      ...(action === 'update'
        ? { exposures: exposed(paths?.split(', ') ?? []) }
        : { replacePaths: paths?.split(', ') ?? [] }),
    }),
    expected: names.get(name) ?? null,
  };
};

const worldOf = (name: string): LineWorld => {
  const sections = readFileSync(new URL(name, folder), 'utf8').split(/^== /m).slice(1);
  const worlds = { base: {}, head: {}, merged: {} } as {
    [side in keyof typeof sides]: Record<string, Files[string]>;
  };
  const names = new Map<string, string>();
  let cases: readonly LineCase[] = [];
  for (const section of sections) {
    const [title = '', ...rest] = section.split('\n');
    const lines = rest.slice(0, -1);
    const link = /^link (\S+) -> (\S+)$/.exec(title);
    if (title === 'cases') cases = lines.map((line) => caseOf(name, line, names));
    else if (link !== null)
      for (const side of Object.values(worlds)) side[link[1] ?? ''] = { link: link[2] ?? '' };
    else {
      for (const [one, place] of namesIn(title, lines)) names.set(one, place);
      worlds.base[title] = textOf(lines, sides.base);
      worlds.head[title] = textOf(lines, sides.head);
      worlds.merged[title] = textOf(lines, sides.merged);
    }
  }
  const first = Object.keys(worlds.merged)[0] ?? '';
  return { name, dir: first.includes('/') ? first.slice(0, first.lastIndexOf('/')) : '.', ...worlds, cases };
};

export const lineWorlds = (): readonly LineWorld[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .map(worldOf);
