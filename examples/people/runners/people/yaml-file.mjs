// @ts-check
import { LineCounter, parseDocument } from 'yaml';
import { Wrong } from './errors.mjs';

/** @typedef {(path: ReadonlyArray<string | number>, what: string) => void} Complain */

/**
 * Reads YAML with every complaint at its line. What is said never quotes the file: it may hold names.
 *
 * @template T
 * @param {string} text
 * @param {string} name of the file, as it is said
 * @param {(value: unknown, complain: Complain) => T} check
 * @returns {T}
 */
export const readYaml = (text, name, check) => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined)
    throw new Wrong(`${name}:${lines.linePos(error.pos[0]).line}: this is not YAML (${error.code})`);
  /** @type {string[]} */
  const complaints = [];
  const value = check(document.toJS(), (path, what) => {
    let line = 1;
    for (let length = path.length; length > 0; length -= 1) {
      const node = /** @type {{range?: [number, number, number]} | undefined} */ (
        document.getIn(path.slice(0, length), true)
      );
      if (node?.range === undefined) continue;
      line = lines.linePos(node.range[0]).line;
      break;
    }
    complaints.push(`${name}:${line}: ${what}`);
  });
  if (complaints.length > 0) throw new Wrong(complaints.join('\n'));
  return value;
};

/**
 * The entries of a mapping that may have these keys and no others.
 *
 * @param {unknown} value
 * @param {ReadonlyArray<string> | null} keys null: any
 * @param {ReadonlyArray<string | number>} path
 * @param {Complain} complain
 * @returns {Map<string, unknown>}
 */
export const mapping = (value, keys, path, complain) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    complain(path, `a mapping is expected${keys === null ? '' : ` of ${keys.join(', ')}`}`);
    return new Map();
  }
  const entries = new Map(Object.entries(value));
  for (const key of entries.keys())
    if (keys !== null && !keys.includes(key))
      complain([...path, key], `this key is not known; there are ${keys.join(', ')}`);
  return entries;
};

/**
 * @param {unknown} value
 * @param {ReadonlyArray<string | number>} path
 * @param {Complain} complain
 * @returns {ReadonlyArray<unknown>}
 */
export const list = (value, path, complain) => {
  if (Array.isArray(value)) return value;
  complain(path, 'a list is expected');
  return [];
};

/**
 * @param {unknown} value
 * @param {RegExp} pattern
 * @param {string} what
 * @param {ReadonlyArray<string | number>} path
 * @param {Complain} complain
 * @returns {string}
 */
export const text = (value, pattern, what, path, complain) => {
  if (typeof value === 'string' && pattern.test(value)) return value;
  complain(path, `${what} is expected`);
  return '';
};
