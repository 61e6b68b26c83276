import type { Document, Node, Pair, YAMLMap } from 'yaml';
import { isCollection, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { printable } from '../domain/quote.ts';
import { writeOutAliases } from './yaml-aliases.ts';
import { type Place, type PlaceTree, placesIn, placesOf } from './yaml-places.ts';

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
  place(path: Path): Place;
  /** The place of a key of the mapping at `path`. */
  placeOfKey(path: Path, key: string): Place;
}

/** The same as nothing but data, which may come from another process. */
export interface PlainYaml {
  readonly value: unknown;
  readonly places: PlaceTree;
}

const longestText = 256 * 1024;
const deepest = 16;
const mostValues = 20_000;
const mostFindings = 20;
const tooDeepSentence = `It is nested deeper than ${deepest} levels.`;

const finding = (line: number, column: number, sentence: string, advice = ''): Finding => ({
  line,
  column,
  sentence: printable(sentence),
  advice,
});

interface Surprise {
  /** Null for the whole text. */
  readonly node: Node | null;
  readonly sentence: string;
}

const repeatedKey = (map: YAMLMap): Surprise | null => {
  const seen = new Set<unknown>();
  for (const { key } of map.items) {
    if (!isScalar(key)) continue;
    if (seen.has(key.value)) return { node: key, sentence: 'Map keys must be unique.' };
    seen.add(key.value);
  }
  return null;
};

const oddKey = (pair: Pair): Surprise | null => {
  const { key } = pair;
  if (!isScalar(key) || typeof key.value === 'object')
    return { node: isNode(key) ? key : null, sentence: 'A key has to be plain text.' };
  const sentence = `The key \`${String(key.value)}\` is not text that can be a key.`;
  return key.value === '__proto__' || typeof key.value !== 'string' ? { node: key, sentence } : null;
};

/** Forbidden not for taste: each is a way to say something else than what a reader sees, or more than a reader reads. */
const surprise = (document: Document): Surprise | null => {
  let found: Surprise | null = null;
  let values = 0;
  const stopAt = (odd: Surprise | null) => {
    found = odd;
    return odd === null ? undefined : visit.BREAK;
  };
  const measured = (node: Node, above: readonly unknown[]): Surprise | null => {
    values += 1;
    if (values > mostValues) return { node, sentence: `There are more than ${mostValues} values.` };
    const isDeep = isCollection(node) && above.filter(isCollection).length >= deepest;
    return isDeep ? { node: null, sentence: tooDeepSentence } : null;
  };
  visit(document, {
    Map: (_, map, above) => stopAt(measured(map, above) ?? repeatedKey(map)),
    Seq: (_, seq, above) => stopAt(measured(seq, above)),
    Scalar: (_, scalar, above) => stopAt(measured(scalar, above)),
    Pair: (_, pair) => stopAt(oddKey(pair)),
    Alias: (_, node) =>
      stopAt({ node, sentence: `\`*${node.source}\` is an alias: write out what it stands for.` }),
  });
  return found;
};

/**
 * Reads YAML 1.2 text from strangers. Refused: over 256 KiB, deeper than 16, more than 20,000 values, aliases, duplicate keys,
 * unknown tags, several documents. Never throws. Time grows with the text alone, but it may be seconds. Of a format that is not
 * ours aliases and `<<` may be written out; the limits are for what comes of that.
 */
export const readPlainYaml = (
  text: string,
  aliases: 'refused' | 'written out' = 'refused',
): PlainYaml | { readonly findings: readonly Finding[] } => {
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
    const odd =
      (aliases === 'written out'
        ? writeOutAliases(document, { values: mostValues, levels: deepest })
        : null) ?? surprise(document);
    if (odd !== null) {
      const { line, column } = at(odd.node?.range?.[0]);
      return no(finding(line, column, odd.sentence));
    }
    return { value: document.toJS({ maxAliasCount: 0 }), places: placesOf(document, at) };
  } catch {
    // What is left: a stack that is full.
    return no(finding(1, 1, tooDeepSentence));
  }
};

/** With the ways back to the lines. */
export const asYamlText = ({ value, places }: PlainYaml): YamlText => ({ value, ...placesIn(places) });

/** `readPlainYaml`, ready to be asked for places. */
export const readYaml = (
  text: string,
): { readonly yaml: YamlText } | { readonly findings: readonly Finding[] } => {
  const read = readPlainYaml(text);
  return 'findings' in read ? read : { yaml: asYamlText(read) };
};

/** The same for a text of our own, as plain values. Throws an Error that says line and reason. */
export const parseYaml = (text: string): unknown => {
  const read = readYaml(text);
  if ('yaml' in read) return read.yaml.value;
  const [first] = read.findings;
  throw new Error(`line ${first?.line}, column ${first?.column}: ${first?.sentence}`);
};
