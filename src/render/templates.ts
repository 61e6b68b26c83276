import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Handlebars from 'handlebars';
import { UserError } from '../domain/problem.ts';
import type { Markdown } from './markdown.ts';
import { unknownIn } from './template-words.ts';

/** What a template may be given: checked text, counts, and lists of such. Raw text does not type-check. */
export type Value =
  | Markdown
  | number
  | boolean
  | null
  | readonly Value[]
  | { readonly [name: string]: Value };
export type Fill = (values: { readonly [name: string]: Value }) => Markdown;

const names = ['board', 'table', 'problem', 'fold', 'help', 'reply', 'status'] as const;
type Name = (typeof names)[number];
export type Templates = Readonly<Record<Name, Fill>>;

/** One of the templates that come with the program. */
export const templateText = (name: string): string =>
  readFileSync(new URL(`./templates/${name}.hbs`, import.meta.url), 'utf8');

/*
 * Handlebars' own escaping is for HTML and would spoil Markdown, so it is off, and the types let only escaped text in. Templates
 * reach what they are given and nothing else: own properties, no helper but its four words of control.
 */
const settings = {
  noEscape: true,
  strict: true,
  knownHelpersOnly: true,
  knownHelpers: { log: false, lookup: false },
} as const;

const compileAll = (sources: ReadonlyMap<Name, string>): Templates => {
  const handlebars = Handlebars.create();
  for (const [name, source] of sources) handlebars.registerPartial(name, source);
  const fills = new Map(
    [...sources].map(([name, source]) => {
      const fill = handlebars.compile(source, settings);
      return [name, (values: Parameters<Fill>[0]): Markdown => fill(values) as Markdown];
    }),
  );
  const get = (name: Name): Fill => {
    const fill = fills.get(name);
    if (fill === undefined) throw new TypeError(`no template ${name}`);
    return fill;
  };
  return {
    board: get('board'),
    table: get('table'),
    problem: get('problem'),
    fold: get('fold'),
    help: get('help'),
    reply: get('reply'),
    status: get('status'),
  };
};

const wrong = (file: string, what: string): UserError =>
  new UserError({
    code: 'settings-invalid',
    sentence: `The template \`${file}\` cannot be used: ${what}`,
    advice: 'Begin with a copy of the one that comes with Tidegate, and change its words.',
  });

/** One of the operator's: its words are checked when the server starts, so that no comment is the first to find out. */
const checked = (file: string, name: Name, source: string): string => {
  let unknown: ReturnType<typeof unknownIn>;
  try {
    unknown = unknownIn(source, templateText(name));
  } catch (error) {
    throw wrong(file, error instanceof Error ? error.message : String(error));
  }
  if (unknown !== null)
    throw wrong(file, `line ${unknown.line} asks for \`${unknown.what}\`, which is not given there.`);
  return source;
};

/** Templates of this folder, compiled once. */
export const loadTemplates = (): Templates =>
  compileAll(new Map(names.map((name) => [name, templateText(name)])));

/**
 * The same with those that the operator has files for, `board.hbs` and so on, in their place.
 *
 * @param folder absolute, of the server; never a pull request's
 * @throws UserError `settings-invalid` for a folder that cannot be read, a file that is none of ours, one that does not parse, and
 *   one that asks for what its own template is not given
 */
export const loadOperatorTemplates = (folder: string): Templates => {
  let files: readonly string[];
  try {
    files = readdirSync(folder).filter((file) => file.endsWith('.hbs'));
  } catch (error) {
    throw wrong(folder, error instanceof Error ? error.message : String(error));
  }
  const known = new Map<string, Name>(names.map((name) => [`${name}.hbs`, name]));
  const sources = new Map<Name, string>(names.map((name) => [name, templateText(name)]));
  for (const file of files) {
    const name = known.get(file);
    const place = path.join(folder, file);
    if (name === undefined) throw wrong(place, `there are ${[...known.keys()].join(', ')}.`);
    sources.set(name, checked(place, name, readFileSync(place, 'utf8')));
  }
  return compileAll(sources);
};
