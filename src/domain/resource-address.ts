import { isPlainText } from './plain-text.ts';

const longestAddress = 1024;
const identifier = /^[\p{L}_][\p{L}\p{M}\p{N}_-]*/u;
const numberIndex = /^\[\d{1,9}\]/;
const keyIndex = /^\["([^"]*)"\]/;

/** The rest of `text` after an identifier; null where there is none. */
const afterName = (text: string): string | null => {
  const name = identifier.exec(text)?.[0];
  return name === undefined || !isPlainText(name) ? null : text.slice(name.length);
};

/** The rest after an index, if one is there; null for one that is not allowed. */
const afterIndex = (text: string): string | null => {
  if (!text.startsWith('[')) return text;
  const number = numberIndex.exec(text)?.[0];
  if (number !== undefined) return text.slice(number.length);
  const key = keyIndex.exec(text);
  // `%{` would be a template in the tool's own address grammar.
  if (key?.[1] === undefined || !isPlainText(key[1]) || key[1].includes('%{')) return null;
  return text.slice(key[0].length);
};

/**
 * Is this a Terraform resource or module address, `module.x["k"].type.name[0]`?
 * https://developer.hashicorp.com/terraform/cli/state/resource-addressing
 * Narrower than the tool's: no escapes in keys, and only plain characters, so that an accepted
 * address is one printable line.
 */
export const isResourceAddress = (text: string): boolean => {
  if (text.length > longestAddress) return false;
  let rest: string | null = text;
  while (rest.startsWith('module.')) {
    rest = afterName(rest.slice('module.'.length));
    rest = rest === null ? null : afterIndex(rest);
    if (rest === null) return false;
    if (rest === '') return true;
    if (!rest.startsWith('.')) return false;
    rest = rest.slice(1);
  }
  if (rest.startsWith('data.')) rest = rest.slice('data.'.length);
  rest = afterName(rest);
  if (rest === null || !rest.startsWith('.')) return false;
  rest = afterName(rest.slice(1));
  return rest !== null && afterIndex(rest) === '';
};
