import type { Block } from '../declared/outline.ts';
import { evaluated } from './definitions.ts';
import type { Scope } from './evaluate.ts';
import { type Budget, feedsOf } from './result.ts';
import { asJson } from './value.ts';

/** What a block comes to. */
export interface EarlyBody {
  /** As JSON, in the shape that the parser gives a block; null: not all of it can be worked out. */
  readonly body: Readonly<Record<string, unknown>> | null;
  /** See `Result`. */
  readonly feeds: ReadonlySet<string>;
}

/** Labels become keys, and blocks of one header a list. */
const put = (into: Map<string, unknown>, [key = '', ...labels]: readonly string[], body: unknown): void => {
  const before = into.get(key);
  if (labels.length === 0) {
    into.set(key, [...(Array.isArray(before) ? before : []), body]);
    return;
  }
  const inner = before instanceof Map ? before : new Map<string, unknown>();
  into.set(key, inner);
  put(inner, labels, body);
};

const asObject = (map: ReadonlyMap<string, unknown>): Readonly<Record<string, unknown>> =>
  Object.fromEntries([...map].map(([key, value]) => [key, value instanceof Map ? asObject(value) : value]));

/** A block of the settings of a root, such as its backend, with the values of its arguments. */
export const earlyBody = (
  block: Pick<Block, 'arguments' | 'blocks'>,
  isJson: boolean,
  scope: Scope,
  budget: Budget,
  label: string,
): EarlyBody => {
  const found = new Map<string, unknown>();
  let feeds: ReadonlySet<string> = new Set();
  let isKnown = true;
  for (const argument of block.arguments) {
    const own = `${label}.${argument.name}`;
    const result = evaluated({ argument, isJson }, scope, budget, own);
    feeds = feedsOf(feeds, result.feeds);
    if (result.known === null) isKnown = false;
    else found.set(argument.name, asJson(result.known.value));
  }
  for (const [index, inner] of block.blocks.entries()) {
    const header = [inner.type, ...inner.labels];
    const below = earlyBody(inner, isJson, scope, budget, `${label}.${index}.${header.join('.')}`);
    feeds = feedsOf(feeds, [`${label}.${index} ${header.join('.')}`], below.feeds);
    if (below.body === null) isKnown = false;
    else put(found, header, below.body);
  }
  return { body: isKnown ? asObject(found) : null, feeds };
};
