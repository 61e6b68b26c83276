import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import type { Markdown } from './markdown.ts';

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
export type Templates = Readonly<Record<(typeof names)[number], Fill>>;

/**
 * Reads and compiles the templates of this folder; none comes from anywhere else. Handlebars' own escaping is for
 * HTML and would spoil Markdown, so it is off, and the types let only escaped text in.
 */
export const loadTemplates = (): Templates => {
  const handlebars = Handlebars.create();
  const sources = names.map((name) => {
    const source = readFileSync(new URL(`./templates/${name}.hbs`, import.meta.url), 'utf8');
    handlebars.registerPartial(name, source);
    return { name, source };
  });
  const fills = new Map(
    sources.map(({ name, source }) => {
      const fill = handlebars.compile(source, { noEscape: true, strict: true, knownHelpersOnly: true });
      return [name, (values: Parameters<Fill>[0]): Markdown => fill(values) as Markdown];
    }),
  );
  const get = (name: (typeof names)[number]): Fill => {
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

const pageNames = ['front', 'runs', 'run', 'locks', 'notice'] as const;
const partNames = ['top', 'end', 'run-rows', 'log-lines', 'problem-box'] as const;
export type PageName = (typeof pageNames)[number];

/**
 * The same for pages. Here Handlebars escapes every value, so that none of them can be more than text or the inside of a quoted
 * attribute; no template has a triple brace, which a test sees to.
 */
export const loadPages = (): ((name: PageName, values: object) => string) => {
  const handlebars = Handlebars.create();
  const read = (name: string): string =>
    readFileSync(new URL(`./templates/pages/${name}.hbs`, import.meta.url), 'utf8');
  for (const name of partNames) handlebars.registerPartial(name, read(name));
  const fills = new Map(
    pageNames.map((name) => [name, handlebars.compile(read(name), { strict: true, knownHelpersOnly: true })]),
  );
  return (name, values) => {
    const fill = fills.get(name);
    if (fill === undefined) throw new TypeError(`no template ${name}`);
    return fill(values);
  };
};
