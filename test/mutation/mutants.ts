import { switchName } from './switch.ts';
import { type Node, nodeIn, nodesIn, syntaxOf, walk } from './syntax.ts';

/** One small mistake. */
export interface Mutant {
  /** Counts from 1, over all files. */
  readonly id: number;
  readonly file: string;
  readonly line: number;
  readonly original: string;
  readonly mutant: string;
}

/** What stands there instead of an expression; `null`: a statement that is forgotten. */
type Change = readonly [node: Node, text: string | null];
/** The mistakes that can be made right here; texts for people are left alone. */
type Kind = (node: Node, parent: Node, text: (node: Node) => string) => readonly Change[];

const operators: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '+': ['-'],
  '-': ['+'],
};

const loose = ['BinaryExpression', 'LogicalExpression', 'ConditionalExpression', 'ArrowFunctionExpression'];

/** Parentheses are no part of what is in them. */
const grouped = (node: Node, text: (node: Node) => string): string =>
  loose.includes(node.type) ? `(${text(node)})` : text(node);

const binary: Kind = (node, _, text) => {
  const [left, right] = [nodeIn(node, 'left'), nodeIn(node, 'right')];
  if (node.type !== 'BinaryExpression' || left === null || right === null) return [];
  const others = operators[String(node['operator'])] ?? [];
  return others.map((operator) => [node, `${grouped(left, text)} ${operator} ${grouped(right, text)}`]);
};

const logical: Kind = (node, _, text) => {
  const [left, right] = [nodeIn(node, 'left'), nodeIn(node, 'right')];
  if (node.type !== 'LogicalExpression' || left === null || right === null) return [];
  if (node['operator'] === '??')
    return [
      [node, text(left)],
      [node, text(right)],
    ];
  return [
    [node, `${grouped(left, text)} ${node['operator'] === '&&' ? '||' : '&&'} ${grouped(right, text)}`],
  ];
};

/** What is decided by it is decided the other way; of a comparison the operator is turned round already. */
const condition: Kind = (node, _, text) => {
  if (node.type !== 'IfStatement' && node.type !== 'ConditionalExpression') return [];
  const test = nodeIn(node, 'test');
  if (test === null || ['BinaryExpression', 'UnaryExpression'].includes(test.type)) return [];
  return [[test, `!(${text(test)})`]];
};

const negation: Kind = (node, _, text) => {
  const argument = nodeIn(node, 'argument');
  return node.type === 'UnaryExpression' && node['operator'] === '!' && argument !== null
    ? [[node, text(argument)]]
    : [];
};

const literal: Kind = (node, parent, text) => {
  if (node.type !== 'Literal') return [];
  const { value } = node;
  if (typeof value === 'boolean') return [[node, String(!value)]];
  if (typeof value === 'number') return [[node, String(value + 1)]];
  return text(node) === 'null' && parent.type !== 'BinaryExpression' ? [[node, '{}']] : [];
};

const swapped: Readonly<Record<string, string>> = { every: 'some', some: 'every' };
const choosing = ['filter', 'some', 'every', 'find'];
const shaping = ['filter', 'slice', 'sort', 'toLowerCase'];

/** `every` for `some`, the other ones chosen, or nothing done to the list. */
const method: Kind = (node, _, text) => {
  const callee = node.type === 'CallExpression' ? nodeIn(node, 'callee') : null;
  const [object, property] =
    callee === null ? [null, null] : [nodeIn(callee, 'object'), nodeIn(callee, 'property')];
  if (object === null || property === null) return [];
  const name = text(property);
  const given = nodesIn(node, 'arguments');
  const other = swapped[name];
  const bodies = given.map((argument) => nodeIn(argument, 'body')).filter((body) => body !== null);
  return [
    ...(other === undefined
      ? []
      : [[node, `${grouped(object, text)}.${other}(${given.map(text).join(', ')})`] as const]),
    ...(shaping.includes(name) ? [[node, text(object)] as const] : []),
    ...(choosing.includes(name)
      ? bodies.filter(
          ({ type }) => type === 'LogicalExpression' || type === 'CallExpression' || type === 'Identifier',
        )
      : []
    ).map((body) => [body, `!(${text(body)})`] as const),
  ];
};

const early = ['ReturnStatement', 'ContinueStatement', 'ThrowStatement', 'BreakStatement'];

/** An `if` that leaves early, a statement that only has an effect, or what a case does is forgotten. */
const statement: Kind = (node) => {
  if (node.type === 'ExpressionStatement') return [[node, null]];
  if (node.type === 'IfStatement' && nodeIn(node, 'alternate') === null) {
    const then = nodeIn(node, 'consequent');
    const last = then?.type === 'BlockStatement' ? nodesIn(then, 'body').at(-1) : then;
    return last != null && early.includes(last.type) ? [[node, null]] : [];
  }
  const [first] = nodesIn(node, 'consequent');
  const isCase = node.type === 'SwitchCase' && nodeIn(node, 'test') !== null;
  return isCase && first !== undefined ? [[first, null]] : [];
};

const isText = ({ type, value }: Node): boolean => type === 'Literal' && typeof value === 'string';

/** One element of a list is forgotten. */
const element: Kind = (node, _, text) => {
  const elements = nodesIn(node, 'elements');
  if (node.type !== 'ArrayExpression' || elements.every(isText)) return [];
  return elements.map((_, gone) => [
    node,
    `[${elements
      .filter((_, at) => at !== gone)
      .map(text)
      .join(', ')}]`,
  ]);
};

/** What is spread into an object is forgotten. */
const spread: Kind = (node, parent) => {
  const argument = nodeIn(node, 'argument');
  const isSpread = node.type === 'SpreadElement' && parent.type === 'ObjectExpression';
  return isSpread && argument !== null ? [[argument, '{}']] : [];
};

const kinds: readonly Kind[] = [
  binary,
  logical,
  condition,
  negation,
  literal,
  method,
  statement,
  element,
  spread,
];

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

/**
 * All mutants of a file, and its text with all of them in it, each behind a switch: so that it is read once, and tests are
 * played once for each mutant without anything being loaded again.
 * @param from the first number that is free
 */
export const mutate = (
  file: string,
  source: string,
  from: number,
): { readonly mutants: readonly Mutant[]; readonly switched: string } => {
  const text = ({ start, end }: Node): string => source.slice(start, end);
  const mutants: Mutant[] = [];
  /** What stands before and after a place, outer things first. */
  const before = new Map<number, string>();
  const after = new Map<number, string>();
  walk(syntaxOf(source), (node, parent) => {
    for (const [at, instead] of kinds.flatMap((kind) => kind(node, parent, text))) {
      const id = from + mutants.length;
      const isOn = `${switchName}(${id})`;
      const [opening, closing] =
        instead === null ? [`if (${isOn}) ; else `, ''] : [`(${isOn} ? (${instead}) : (`, '))'];
      before.set(at.start, (before.get(at.start) ?? '') + opening);
      after.set(at.end, closing + (after.get(at.end) ?? ''));
      const line = source.slice(0, at.start).split('\n').length;
      mutants.push({ id, file, line, original: oneLine(text(at)), mutant: oneLine(instead ?? ';') });
    }
  });
  let switched = '';
  for (let at = 0; at <= source.length; at += 1)
    switched += (after.get(at) ?? '') + (before.get(at) ?? '') + source.charAt(at);
  return { mutants, switched };
};
