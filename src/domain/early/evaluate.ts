import { type Expression, giveUp, NotEvaluated } from './expression.ts';
import { call, isKnownFunction } from './functions.ts';
import { type Budget, feedsOf, type Result, unknowable } from './result.ts';
import { isMap, isScalar, limited, textOf, type Value } from './value.ts';

/** What names in an expression mean. */
export interface Scope {
  /** Null: no name that is known before the tool starts. */
  reference(of: string, name: string): Result | null;
}

const equal = (left: Value, right: Value): boolean => {
  const isPlain = (value: Value) => value === null || isScalar(value);
  return isPlain(left) && isPlain(right) ? left === right : giveUp('lists that are compared');
};

const indexed = (from: Value, key: Value): Value => {
  if (Array.isArray(from) && typeof key === 'number') return from[key] ?? giveUp('no such item');
  return isMap(from) && isScalar(key) ? (from.get(textOf(key)) ?? giveUp('no such key')) : giveUp('no list');
};

/** Both sides of a choice become one type. `other` is undefined where it is not known. */
const chosen = (value: Value, other: Value | undefined): Value => {
  if (
    typeof value === 'string' ||
    other === null ||
    (value !== null && typeof value === typeof other && isScalar(value))
  )
    return value;
  return isScalar(value) && typeof other === 'string' ? textOf(value) : giveUp('sides of several types');
};

/**
 * Works an expression out. Never throws. What it takes is bounded by the budget: when that is spent nothing more is known, and
 * anything may feed it.
 */
export const evaluate = (expression: Expression, scope: Scope, budget: Budget): Result => {
  let feeds: ReadonlySet<string> = new Set();
  const fedByAnything = () => {
    feeds = unknowable.feeds;
  };

  const reference = (of: string, name: string): Value => {
    const found = scope.reference(of, name);
    if (found === null) {
      fedByAnything();
      return giveUp('a name that is not known before the tool starts');
    }
    feeds = feedsOf(feeds, found.feeds);
    return found.known === null ? giveUp('a name that is not known') : found.known.value;
  };

  /** Undefined: not known. Its feeds count all the same. */
  const attempt = (inner: Expression): Value | undefined => {
    try {
      return work(inner);
    } catch (error) {
      if (error instanceof NotEvaluated) return undefined;
      throw error;
    }
  };

  /** All of them are looked at, even behind one that is not known: what feeds them is wanted. */
  const each = (inner: readonly Expression[]): readonly Value[] => {
    const found = inner.map(attempt);
    return found.map((value) => (value === undefined ? giveUp('a part that is not known') : value));
  };

  const both = (operator: string, left: Value, right: Value): Value => {
    if (operator === '==') return equal(left, right);
    if (operator === '!=') return !equal(left, right);
    if (typeof left !== 'boolean' || typeof right !== 'boolean') return giveUp('no true or false');
    return operator === '&&' ? left && right : left || right;
  };

  const work = (one: Expression): Value => {
    budget.steps -= 1;
    if (budget.steps < 0) {
      fedByAnything();
      return giveUp('too much');
    }
    switch (one.kind) {
      case 'value':
        return one.value;
      case 'reference':
        return reference(one.of, one.name);
      case 'template': {
        const values = each(one.parts);
        const [only] = values;
        if (values.length === 1 && only !== undefined) return only;
        return limited(values.map(textOf).join('').normalize('NFC'));
      }
      case 'index': {
        const [from = null, key = null] = each([one.from, one.key]);
        return indexed(from, key);
      }
      case 'list':
        return each(one.items);
      case 'map': {
        // Keys and values before either is used: what feeds them is wanted.
        const found = each(one.entries.flat());
        return new Map(
          one.entries.map((_, index) => [textOf(found[index * 2] ?? null), found[index * 2 + 1] ?? null]),
        );
      }
      case 'choice': {
        const [when, yes, no] = [one.when, one.yes, one.no].map(attempt);
        if (typeof when !== 'boolean') return giveUp('a condition that is not known');
        const [value, other] = when ? [yes, no] : [no, yes];
        return value === undefined ? giveUp('a side that is not known') : chosen(value, other);
      }
      case 'not': {
        const value = work(one.of);
        return typeof value === 'boolean' ? !value : giveUp('no true or false');
      }
      case 'both': {
        const [left = null, right = null] = each([one.left, one.right]);
        return both(one.operator, left, right);
      }
      case 'call': {
        // It may read a file.
        if (!isKnownFunction(one.name)) fedByAnything();
        return call(one.name, each(one.given));
      }
    }
  };

  const value = attempt(expression);
  return { known: value === undefined ? null : { value }, feeds };
};
