import type { Document, Node, Pair, YAMLMap } from 'yaml';
import { isAlias, isCollection, isMap, isPair, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { printable } from '../domain/quote.ts';

/** One thing that is wrong in a text, with its place. */
export interface Finding {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** What is wrong, a whole sentence without the place. */
  readonly sentence: string;
  /** What is allowed instead; may be empty. */
  readonly advice: string;
}

export type Path = readonly PropertyKey[];

/** A YAML text as plain values, with the way back to its lines. */
export interface YamlText {
  readonly value: unknown;
  has(path: Path): boolean;
  /** The place of a value, or of the nearest thing around it that exists. */
  place(path: Path): { readonly line: number; readonly column: number };
  /** The place of a key of the mapping at `path`. */
  placeOfKey(path: Path, key: string): { readonly line: number; readonly column: number };
}

const longestText = 512 * 1024;
const deepest = 16;
const mostAliases = 100;
const mostFindings = 20;
const tooDeepSentence = `It is nested deeper than ${deepest} levels.`;

const finding = (line: number, column: number, sentence: string, advice = ''): Finding => ({
  line,
  column,
  sentence: printable(sentence),
  advice,
});

/** Is the value nested within the limit? An alias inside its own anchor makes a value without an end. */
const tooDeep = (value: unknown, levels: number): boolean =>
  value instanceof Object &&
  (levels === 0 || Object.values(value).some((inner) => tooDeep(inner, levels - 1)));

/** Forbidden not for taste: each is a way to say something else than what a reader sees. */
const surprise = (document: Document): { readonly node: Node; readonly sentence: string } | null => {
  let found: { node: Node; sentence: string } | null = null;
  let aliases = 0;
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          found = { node: key, sentence: 'Map keys must be unique.' };
          return visit.BREAK;
        }
        seen.add(key.value);
      }
      return undefined;
    },
    Pair: (_, pair) => {
      if (isScalar(pair.key) && typeof pair.key.value !== 'object') {
        if (pair.key.value !== '__proto__' && typeof pair.key.value === 'string') return undefined;
        found = {
          node: pair.key,
          sentence: `The key \`${String(pair.key.value)}\` is not text that can be a key.`,
        };
        return visit.BREAK;
      }
      const node = isPair(pair) && typeof pair.key === 'object' ? (pair.key as Node) : document.contents;
      if (node !== null) found = { node, sentence: 'A key has to be plain text.' };
      return visit.BREAK;
    },
    Alias: (_, alias) => {
      aliases++;
      if (aliases <= mostAliases && alias.resolve(document) !== undefined) return undefined;
      const sentence =
        aliases > mostAliases
          ? `There are more than ${mostAliases} aliases.`
          : `The alias \`*${alias.source}\` stands for nothing above it.`;
      found = { node: alias, sentence };
      return visit.BREAK;
    },
  });
  return found;
};

/**
 * Reads YAML 1.2 text from strangers. Refused: over 512 KiB, deeper than 16, more than 100 aliases
 * or ones that multiply, duplicate keys, unknown tags, several documents. Never throws.
 */
export const readYaml = (
  text: string,
): { readonly yaml: YamlText } | { readonly findings: readonly Finding[] } => {
  const no = (...findings: readonly Finding[]) => ({ findings });
  if (text.length > longestText) return no(finding(1, 1, `It is larger than ${longestText / 1024} KiB.`));
  const lines = new LineCounter();
  const at = (offset: number | undefined) => {
    const { line, col } = lines.linePos(offset ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      // The parser compares every key with every other: half a minute for a mapping of 40,000. `surprise` looks instead.
      uniqueKeys: false,
      prettyErrors: false,
      // Under 'silent' the parser keeps a second document to itself.
      logLevel: 'error',
      resolveKnownTags: false,
    });
    const errors = [...document.errors, ...document.warnings].slice(0, mostFindings);
    // The parser itself recurses, and reports its full stack as an error of the text.
    if (errors.some(({ message }) => /stack/i.test(message))) return no(finding(1, 1, tooDeepSentence));
    const wrong = errors.map((error) => {
      const { line, column } = at(error.pos[0]);
      return finding(line, column, `${error.message.replace(/; please use.*|[.\s]+$/s, '')}.`);
    });
    if (wrong.length > 0) return no(...wrong);
    const odd = surprise(document);
    if (odd !== null) {
      const { line, column } = at(odd.node.range?.[0]);
      return no(finding(line, column, odd.sentence));
    }
    const value: unknown = document.toJS({ maxAliasCount: mostAliases });
    if (tooDeep(value, deepest)) return no(finding(1, 1, tooDeepSentence));
    return { yaml: { value, ...places(document, at) } };
  } catch (error) {
    // The two ways that are left: aliases that multiply (ReferenceError) and a stack that is full.
    const why = error instanceof ReferenceError ? 'Its aliases multiply into too much.' : tooDeepSentence;
    return no(finding(1, 1, why));
  }
};

/** The same for a text of our own, as plain values. Throws an Error that says line and reason. */
export const parseYaml = (text: string): unknown => {
  const read = readYaml(text);
  if ('yaml' in read) return read.yaml.value;
  const [first] = read.findings;
  throw new Error(`line ${first?.line}, column ${first?.column}: ${first?.sentence}`);
};

type At = (offset: number | undefined) => { readonly line: number; readonly column: number };

const places = (document: Document, at: At): Omit<YamlText, 'value'> => {
  // A mapping looks a key up by going through all of them; of 40,000 wrong ones each is looked for.
  const indexes = new WeakMap<YAMLMap, ReadonlyMap<unknown, Pair>>();
  const pairOf = (map: YAMLMap, key: unknown): Pair | undefined => {
    const index =
      indexes.get(map) ??
      new Map(map.items.map((item) => [isScalar(item.key) ? item.key.value : item, item]));
    indexes.set(map, index);
    return index.get(key);
  };
  const nodeAt = (path: Path): Node | null => {
    let node: unknown = document.contents;
    for (const key of path) {
      const whole = isAlias(node) ? node.resolve(document) : node;
      node = isMap(whole)
        ? pairOf(whole, key)?.value
        : isCollection(whole)
          ? whole.get(key, true)
          : undefined;
      if (node === undefined || node === null) return null;
    }
    return node instanceof Object && 'range' in node ? (node as Node) : null;
  };
  const place: YamlText['place'] = (path) => {
    for (let length = path.length; length >= 0; length--) {
      const node = nodeAt(path.slice(0, length));
      if (node?.range) return at(node.range[0]);
    }
    return { line: 1, column: 1 };
  };
  return {
    has: (path) => nodeAt(path) !== null,
    place,
    placeOfKey: (path, key) => {
      const node = nodeAt(path);
      const map = isAlias(node) ? node.resolve(document) : node;
      const pair = isMap(map) ? pairOf(map, key) : undefined;
      return isScalar(pair?.key) ? at(pair.key.range?.[0]) : place(path);
    },
  };
};
