import { parseAst } from 'vitest/node';

/** Any node of a syntax tree (ESTree, with TypeScript's own nodes). */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

export interface Source {
  /** Relative to the repository, `/` between names. */
  readonly path: string;
  readonly text: string;
  readonly body: readonly Node[];
  /** Every node, parents before children. */
  readonly nodes: readonly Node[];
  readonly lineOf: (node: Node) => number;
}

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

const childrenOf = (node: Node): readonly Node[] => Object.values(node).flat().filter(isNode);

const withDescendants = (node: Node): readonly Node[] => [node, ...childrenOf(node).flatMap(withDescendants)];

/**
 * Parses TypeScript. A tree and not text patterns: a rule must not stumble over a comment or a
 * string, nor be fooled by a line break.
 */
export const parseSource = (path: string, text: string): Source => {
  const program: unknown = parseAst(text, { lang: 'ts' }, path);
  if (!isNode(program)) throw new TypeError(`no syntax tree for ${path}`);
  return {
    path,
    text,
    body: childrenOf(program),
    nodes: withDescendants(program),
    lineOf: (node) => text.slice(0, node.start).split('\n').length,
  };
};

/** The value of a string literal, or of a template without holes; null for anything else. */
export const stringOf = (node: unknown): string | null => {
  if (!isNode(node)) return null;
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? node['value'] : null;
  const start = templateStart(node);
  return start?.whole ? start.text : null;
};

/** What a template literal begins with, up to its first hole. */
export const templateStart = (node: unknown): { readonly text: string; readonly whole: boolean } | null => {
  if (!isNode(node) || node.type !== 'TemplateLiteral' || !Array.isArray(node['quasis'])) return null;
  const quasis: readonly unknown[] = node['quasis'];
  const first = quasis[0];
  const value = isNode(first) ? first['value'] : null;
  if (typeof value !== 'object' || value === null || !('cooked' in value)) return null;
  return typeof value.cooked === 'string' ? { text: value.cooked, whole: quasis.length === 1 } : null;
};

/** `process.env` -> ['process', 'env'], `a['b'].c()` -> that of its callee; computed parts end it. */
export const chainOf = (node: unknown): readonly string[] => {
  if (!isNode(node)) return [];
  switch (node.type) {
    case 'Identifier':
      return typeof node['name'] === 'string' ? [node['name']] : [];
    case 'ChainExpression':
      return chainOf(node['expression']);
    case 'CallExpression':
      return chainOf(node['callee']);
    case 'MemberExpression': {
      const { property } = node;
      const name = node['computed'] === true ? stringOf(property) : (chainOf(property)[0] ?? null);
      return name === null ? [] : [...chainOf(node['object']), name];
    }
    default:
      return [];
  }
};
