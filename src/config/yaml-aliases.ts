import type { Document, Node, Pair, YAMLMap } from 'yaml';
import { isAlias, isMap, isNode, isScalar, isSeq } from 'yaml';

/** What the whole text comes to, once written out. */
export interface Bounds {
  readonly values: number;
  readonly levels: number;
}

export interface AliasProblem {
  readonly node: Node;
  readonly sentence: string;
}

interface Size {
  readonly values: number;
  readonly levels: number;
}

const nothing: Size = { values: 0, levels: 0 };

/**
 * Puts what each alias stands for in its place, and what `<<` names into its mapping, as YAML 1.1 has it: own keys win, of
 * several mappings the first. What that comes to is counted before anything is copied: a few lines can stand for more than
 * any memory holds. Returns what is wrong; null where the document has no alias left.
 */
export const writeOutAliases = (document: Document, most: Bounds): AliasProblem | null => {
  const anchors = new Map<string, Node>();
  const sizes = new Map<Node, Size>();
  /** Around what is being looked at. */
  const open = new Set<Node>();
  let problem: AliasProblem | null = null;

  const stop = (node: Node, sentence: string): Size => {
    problem ??= { node, sentence };
    return nothing;
  };

  /** What stands there once it is written out. */
  const resolved = (node: unknown): Node | null => {
    if (!isNode(node)) return null;
    if (!isAlias(node)) return node;
    const target = anchors.get(node.source);
    if (target !== undefined && !open.has(target)) return target;
    stop(
      node,
      target === undefined
        ? `\`*${node.source}\` stands for nothing above it.`
        : `\`*${node.source}\` stands inside of what it stands for.`,
    );
    return null;
  };

  const within = (node: Node, { values, levels }: Size): Size =>
    values > most.values
      ? stop(node, `With its aliases written out there are more than ${most.values} values.`)
      : levels > most.levels
        ? stop(node, `With its aliases written out it is nested deeper than ${most.levels} levels.`)
        : { values, levels };

  const name = (node: Node): void => {
    if (!('anchor' in node) || typeof node.anchor !== 'string') return;
    if (anchors.has(node.anchor)) stop(node, `The anchor \`&${node.anchor}\` is given twice.`);
    else anchors.set(node.anchor, node);
    // Known from here on; as a property it would be looked for again.
    delete node.anchor;
  };

  const sum = (node: Node, inner: readonly Size[]): Size =>
    within(node, {
      values: inner.reduce((all, { values }) => all + values, 1),
      levels: inner.reduce((all, { levels }) => Math.max(all, levels), 0) + 1,
    });

  const walk = (found: unknown): Size => {
    if (problem !== null) return nothing;
    const node = resolved(found);
    if (node === null) return nothing;
    const known = sizes.get(node);
    if (known !== undefined) return known;
    name(node);
    open.add(node);
    const size = isMap(node) ? walkMap(node) : isSeq(node) ? walkItems(node) : { values: 1, levels: 0 };
    open.delete(node);
    sizes.set(node, size);
    return size;
  };

  const walkItems = (seq: Node & { items: unknown[] }): Size => {
    const inner = seq.items.map(walk);
    seq.items = seq.items.map((item) => resolved(item) ?? item);
    return sum(seq, inner);
  };

  const walkMap = (map: YAMLMap): Size => {
    const inner = map.items.flatMap((pair) => [walk(pair.key), walk(pair.value)]);
    if (problem !== null) return nothing;
    for (const pair of map.items) {
      pair.key = resolved(pair.key) ?? pair.key;
      pair.value = resolved(pair.value) ?? pair.value;
    }
    map.items = merged(map);
    return sum(map, inner);
  };

  const isMerge = ({ key }: Pair): boolean => isScalar(key) && key.value === '<<';
  const keyOf = ({ key }: Pair): unknown => (isScalar(key) ? key.value : key);

  const merged = (map: YAMLMap): Pair[] => {
    const own = map.items.filter((pair) => !isMerge(pair));
    const seen = new Set(own.map(keyOf));
    const brought = map.items.filter(isMerge).flatMap(({ value }) => {
      const sources: readonly unknown[] = isSeq(value) ? value.items : [value];
      return sources.flatMap((source) => {
        if (isMap(source)) return source.items;
        stop(map, '`<<` takes a mapping, or a list of mappings.');
        return [];
      });
    });
    const added = brought.filter((pair) => {
      const isNew = !seen.has(keyOf(pair));
      seen.add(keyOf(pair));
      return isNew;
    });
    return [...own, ...added];
  };

  walk(document.contents);
  return problem;
};
