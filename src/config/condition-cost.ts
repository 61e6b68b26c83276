import type { ASTNode } from '@marcbachmann/cel-js';
import { nearest } from '../domain/nearest.ts';
import { quoted } from '../domain/quote.ts';
import { outputFields, planFields, resourceFields, targetFields } from './condition-fields.ts';

/*
 * CEL may be written by strangers, so what is not listed here is refused when the file is read. What is listed takes
 * constant time, but for the loops over lists of the plan, and those are counted: `matches` can take for ever, `map`, `join` and `+`
 * of texts or lists can make much out of little, and `in` and `==` on a list are loops that do not look like one.
 */

/** Steps by the length of the plan's lists: constant, times the length, times its square. */
export type Cost = readonly [once: number, perItem: number, perPair: number];

export interface Wrong {
  /** Where in the condition, from 0. */
  readonly at: number;
  /** A phrase after "this one ". */
  readonly why: string;
}

const loops: readonly string[] = ['exists', 'all', 'exists_one', 'filter'];
const textMethods: readonly string[] = ['startsWith', 'endsWith', 'contains', 'lowerAscii', 'upperAscii'];
export const conditionFunctions: readonly string[] = [...loops, 'size', ...textMethods];
const functions: readonly string[] = ['size'];
const fields: readonly string[] = [
  ...new Set([planFields, resourceFields, outputFields, targetFields].flatMap((each) => Object.keys(each))),
];
const lists = Object.entries(planFields).flatMap(([name, type]) => (type.startsWith('list') ? [name] : []));
const numbers = Object.entries(planFields).flatMap(([name, type]) => (type === 'int' ? [name] : []));

/** Of a method on text, on one of ordinary length: at worst each of its characters is held against each of the argument's. */
const textSteps = (args: readonly ASTNode[]): number =>
  args.reduce(
    (steps, arg) =>
      steps + (arg.op === 'value' && typeof arg.args === 'string' ? Math.ceil(arg.args.length / 4) : 64),
    8,
  );

class Refused extends Error {
  readonly wrong: Wrong;
  constructor(wrong: Wrong) {
    super(wrong.why);
    this.wrong = wrong;
  }
}

const refuse = (node: ASTNode, why: string): never => {
  throw new Refused({ at: node.pos, why });
};

const unknown = (node: ASTNode, what: string, name: string, known: readonly string[]): never => {
  const meant = nearest(name, known);
  const hint =
    meant === null ? `known are ${known.map(quoted).join(', ')}` : `did you mean ${quoted(meant)}?`;
  return refuse(node, `uses the ${what} ${quoted(name)}, which conditions do not have; ${hint}`);
};

const plus = (...costs: readonly Cost[]): Cost =>
  costs.reduce<Cost>((a, b) => [a[0] + b[0], a[1] + b[1], a[2] + b[2]], [1, 0, 0]);

const isList = (node: ASTNode): boolean =>
  node.op === 'list' ||
  (node.op === '.' && lists.includes(node.args[1])) ||
  (node.op === 'rcall' && node.args[0] === 'filter') ||
  (node.op === '?:' && (isList(node.args[1]) || isList(node.args[2])));

const isNumber = (node: ASTNode): boolean => {
  switch (node.op) {
    case 'value':
      return typeof node.args === 'bigint';
    case '.':
      return numbers.includes(node.args[1]);
    case 'call':
    case 'rcall':
      return node.args[0] === 'size';
    case '-_':
      return isNumber(node.args);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return true;
    default:
      return false;
  }
};

const loopCost = (node: ASTNode, target: ASTNode, args: readonly ASTNode[]): Cost => {
  const [variable, body] = args;
  if (variable?.op !== 'id' || body === undefined || args.length !== 2)
    return refuse(
      node,
      'has a loop without a name and a condition, for example `exists(r, r.action == "create")`',
    );
  // What is called `plan` must be the plan.
  if (variable.args === 'plan') return refuse(variable, 'calls something else `plan`');
  const over = costOf(target);
  const each = costOf(body);
  if (!isList(target)) return refuse(node, 'has a loop over something that is not a list');
  if (target.op === 'list') {
    const times = target.args.length;
    return plus(over, [each[0] * times, each[1] * times, each[2] * times]);
  }
  if (each[2] > 0) return refuse(node, 'nests loops over the plan more than two deep');
  return plus(over, [0, each[0], each[1]]);
};

const callCost = (node: ASTNode, name: string, target: ASTNode, args: readonly ASTNode[]): Cost => {
  if (!conditionFunctions.includes(name)) return unknown(node, 'function', name, conditionFunctions);
  if (loops.includes(name)) return loopCost(node, target, args);
  const steps = textMethods.includes(name) ? textSteps(args) : 8;
  return plus(costOf(target), [steps, 0, 0], ...args.map(costOf));
};

const inCost = (node: ASTNode, left: ASTNode, right: ASTNode): Cost => {
  if (right.op !== 'list')
    return refuse(node, 'uses `in` on something else than a list in brackets; use `exists`');
  return plus(costOf(left), costOf(right));
};

const listCost = (items: readonly ASTNode[]): Cost => {
  const odd = items.find((item) => item.op !== 'value');
  return odd === undefined
    ? [1 + items.length, 0, 0]
    : refuse(odd, 'has a list of something else than plain texts and numbers');
};

const valueCost = (node: ASTNode): Cost => {
  const isPlain = node.op === 'value' && ['string', 'bigint', 'boolean'].includes(typeof node.args);
  return isPlain ? [1, 0, 0] : refuse(node, 'has a value that is no text, whole number, `true` or `false`');
};

const pairCost = (node: ASTNode, left: ASTNode, right: ASTNode): Cost =>
  isList(left) || isList(right)
    ? refuse(node, 'compares lists; use `exists`, `all` or `size`')
    : plus(costOf(left), costOf(right));

const costOf = (node: ASTNode): Cost => {
  switch (node.op) {
    case 'value':
      return valueCost(node);
    case 'id':
      return [1, 0, 0];
    case '.':
      if (!fields.includes(node.args[1])) return unknown(node, 'field', node.args[1], fields);
      return plus(costOf(node.args[0]));
    case 'call':
      if (!functions.includes(node.args[0]))
        return unknown(node, 'function', node.args[0], conditionFunctions);
      return plus(...node.args[1].map(costOf));
    case 'rcall':
      return callCost(node, node.args[0], node.args[1], node.args[2]);
    case 'list':
      return listCost(node.args);
    case '?:':
      return plus(...node.args.map(costOf));
    case '||':
    case '&&':
      return plus(...node.args.map(costOf));
    case '!_':
    case '-_':
      return plus(costOf(node.args));
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return pairCost(node, node.args[0], node.args[1]);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      if (!node.args.every(isNumber))
        return refuse(node, `uses ${quoted(node.op)} on something else than numbers`);
      return plus(...node.args.map(costOf));
    case 'in':
      return inCost(node, node.args[0], node.args[1]);
    default:
      return refuse(node, `uses ${quoted(node.op)}, which conditions do not have`);
  }
};

/** What an expression costs at most, or why it is refused. */
export const judgeCondition = (ast: ASTNode): { readonly cost: Cost } | { readonly wrong: Wrong } => {
  try {
    return { cost: costOf(ast) };
  } catch (error) {
    if (error instanceof Refused) return { wrong: error.wrong };
    throw error;
  }
};
