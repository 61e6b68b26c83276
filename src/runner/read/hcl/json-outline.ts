import { type Argument, type Block, evaluatedEarly } from '../../../domain/declared/outline.ts';
import { digestOfText, shortText } from './expression-text.ts';
import { lineNumbers } from './line-numbers.ts';
import { NotUnderstood } from './scanner.ts';

/** A value of JSON with the places it begins and ends at. */
interface Node {
  readonly from: number;
  readonly to: number;
  readonly entries: readonly { readonly key: string; readonly at: number; readonly value: Node }[] | null;
  readonly items: readonly Node[] | null;
}

const token = /[\s,:]*(?:([{}[\]])|("(?:[^"\\]|\\.)*")|([^\s,:{}[\]"]+))/y;

/** Text that is known to be JSON. */
const parseNode = (text: string): Node => {
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  const next = (): { readonly written: string; readonly from: number } => {
    token.lastIndex = at;
    const found = token.exec(text);
    const written = found?.[1] ?? found?.[2] ?? found?.[3];
    if (found === null || written === undefined) throw new NotUnderstood('not JSON');
    at += found[0].length;
    return { written, from: at - written.length };
  };
  const value = ({ written, from }: ReturnType<typeof next>, depth: number): Node => {
    if (depth > 60) throw new NotUnderstood('too deep');
    if (written === '[') {
      const items: Node[] = [];
      for (let one = next(); one.written !== ']'; one = next()) items.push(value(one, depth + 1));
      return { from, to: at, entries: null, items };
    }
    if (written !== '{') return { from, to: at, entries: null, items: null };
    const entries: { key: string; at: number; value: Node }[] = [];
    for (let one = next(); one.written !== '}'; one = next())
      entries.push({ key: String(JSON.parse(one.written)), at: one.from, value: value(next(), depth + 1) });
    return { from, to: at, entries, items: null };
  };
  return value(next(), 0);
};

/** How many labels stand before the body, of blocks of the file and of blocks in blocks. */
const labelsOutside = new Map([
  ['resource', 2],
  ['module', 1],
  ['variable', 1],
]);
const labelsInside = new Map([['dynamic', 1]]);

const mentioned = /\b(var|local)\.([\p{ID_Start}_][\p{ID_Continue}-]*)/gu;

/**
 * The same of a file in JSON syntax. An object, or a list of them, may be a block or a value there, and is taken for a block; a
 * key `//` is a comment. https://developer.hashicorp.com/terraform/language/syntax/json
 */
export const jsonOutline = (text: string): Pick<Block, 'arguments' | 'blocks'> => {
  const lineOf = lineNumbers(text);
  const refsIn = (written: string): readonly string[] =>
    written.includes('{')
      ? [...new Set([...written.matchAll(mentioned)].map(([, of, name]) => `${of}.${name}`))]
      : [];

  const bodies = (node: Node): readonly Node[] | null => {
    if (node.entries !== null) return [node];
    const inner = node.items?.map(bodies) ?? [null];
    const flat = inner.flatMap((one) => one ?? []);
    return inner.includes(null) ? null : flat;
  };

  const blocksOf = (
    type: string,
    labels: readonly string[],
    left: number,
    at: number,
    node: Node,
    isEarly: boolean,
  ): readonly Block[] => {
    const all = bodies(node) ?? [];
    if (left > 0)
      return all.flatMap(({ entries }) =>
        (entries ?? [])
          .filter(({ key }) => key !== '//')
          .flatMap(({ key, at: there, value }) =>
            blocksOf(type, [...labels, key], left - 1, there, value, isEarly),
          ),
      );
    return all.map((body) => ({
      type,
      labels,
      // Of several in a list each begins with its own brace.
      line: lineOf(all.length === 1 ? at : body.from),
      endLine: lineOf(body.to - 1),
      digest: digestOfText(text.slice(body.from, body.to)),
      ...insideOf(body, labelsInside, () => isEarly),
    }));
  };

  const insideOf = (
    node: Node,
    labelled: ReadonlyMap<string, number>,
    isEarly: (key: string, isBlock: boolean) => boolean,
  ): Pick<Block, 'arguments' | 'blocks'> => {
    const found = { arguments: [] as Argument[], blocks: [] as Block[] };
    for (const { key, at, value } of node.entries ?? []) {
      if (key === '//') continue;
      if ((bodies(value) ?? []).length > 0) {
        found.blocks.push(...blocksOf(key, [], labelled.get(key) ?? 0, at, value, isEarly(key, true)));
        continue;
      }
      const written = text.slice(value.from, value.to);
      found.arguments.push({
        name: key,
        line: lineOf(at),
        endLine: lineOf(value.to - 1),
        digest: digestOfText(written),
        text: shortText(written, isEarly(key, false)),
        refs: refsIn(written),
      });
    }
    return found;
  };
  return insideOf(parseNode(text), labelsOutside, (key, isBlock) => !isBlock || evaluatedEarly.has(key));
};
