import { ownValue } from '../own-value.ts';
import { giveUp } from './expression.ts';
import { isMap, limited, textOf, type Value } from './value.ts';

const onlyAscii = (text: string): string =>
  // Which letters are the same is told in another way elsewhere.
  /^[\0-\x7f]*$/.test(text) ? text : giveUp('letters of other alphabets');

/** `%s`, `%d` of whole numbers and `%%`. */
const format = ([pattern = '', ...values]: readonly Value[]): string => {
  let used = 0;
  const text = textOf(pattern).replace(/%(.?)/gsu, (_all, verb: string) => {
    if (verb === '%') return '%';
    const value = values[used] ?? giveUp('too few values');
    used += 1;
    if (verb === 's') return textOf(value);
    return verb === 'd' && typeof value === 'number' && Number.isInteger(value)
      ? textOf(value)
      : giveUp('a format that is not evaluated');
  });
  return used === values.length ? text : giveUp('too many values');
};

const replace = (text: string, what: string, by: string): string => {
  if (what === '' || (what.startsWith('/') && what.endsWith('/') && what.length > 1))
    return giveUp('a pattern');
  return text.split(what).join(by);
};

/** Those that are evaluated, by name. What they do is said at https://developer.hashicorp.com/terraform/language/functions. */
const functions: Readonly<Record<string, (given: readonly Value[]) => Value>> = {
  format,
  join: (given) => {
    const [by = null, items = null, ...more] = given;
    return more.length === 0 && Array.isArray(items)
      ? items.map((item: Value) => textOf(item)).join(textOf(by))
      : giveUp('other lists');
  },
  lookup: (given) => {
    const [map = null, key = null] = given;
    if (!isMap(map) || typeof key !== 'string' || given.length > 3) return giveUp('other values');
    const found = map.get(key) ?? given[2] ?? giveUp('no such key');
    // Other types are made one type of.
    const isOne = [...map.values(), ...given.slice(2)].every((value) => typeof value === 'string');
    return isOne ? found : giveUp('values of several types');
  },
  lower: ([text = null, ...more]) =>
    more.length === 0 ? onlyAscii(textOf(text)).toLowerCase() : giveUp('other values'),
  upper: ([text = null, ...more]) =>
    more.length === 0 ? onlyAscii(textOf(text)).toUpperCase() : giveUp('other values'),
  replace: ([text = null, what = null, by = null, ...more]) =>
    more.length === 0 ? replace(textOf(text), textOf(what), textOf(by)) : giveUp('other values'),
  tostring: ([value = null, ...more]) => (more.length === 0 ? textOf(value) : giveUp('other values')),
  trimprefix: ([value = null, prefix = null, ...more]) => {
    const [text, start] = [textOf(value), textOf(prefix)];
    if (more.length > 0) return giveUp('other values');
    return text.startsWith(start) ? text.slice(start.length) : text;
  },
  trimsuffix: ([value = null, suffix = null, ...more]) => {
    const [text, end] = [textOf(value), textOf(suffix)];
    if (more.length > 0) return giveUp('other values');
    return text.endsWith(end) ? text.slice(0, text.length - end.length) : text;
  },
};

export const isKnownFunction = (name: string): boolean => Object.hasOwn(functions, name);

/** @throws {NotEvaluated} for functions and values that are not evaluated. */
export const call = (name: string, given: readonly Value[]): Value => {
  const known = ownValue(functions, name);
  const found = known === undefined ? giveUp(`the function ${name}`) : known(given);
  return typeof found === 'string' ? limited(found.normalize('NFC')) : found;
};
