import { hiddenText, hiddenUnchanged, isHidden } from '../../domain/hidden-text.ts';
import { isSecretNumber, looksSecret, pathInto } from '../../domain/secret-value/looks-secret.ts';
import { nameIn, type ValuePath } from '../../domain/secret-value/names.ts';
import { shapesIn } from '../../domain/secret-value/shapes.ts';
import type { ReadOptions } from '../port.ts';
import { canonical, isRecord, parseExactly, sameValue } from './canonical.ts';

/** What of a plan's values is shown, and what stands for the rest. One per plan; value by value. */
export interface Hiding {
  /** What is shown of a text: itself, JSON with parts of it hidden, or null: nothing. `judged` are the names it stands under. */
  text(judged: ValuePath, text: string): string | null;
  /** Must a single value, no list and no object, be hidden as a whole? */
  hides(judged: ValuePath, value: unknown): boolean;
  /** JSON text of a value; what the mask covers and what must not be shown is replaced. */
  show(judged: ValuePath, value: unknown, mask: unknown): string;
  /** Stands for a value that is hidden as a whole. */
  hidden(value: unknown): string;
  /** The same for the second of two. */
  hiddenAfter(before: unknown, after: unknown): string;
  /** What is shown of the name of an entry. */
  key(key: string): string;
  /** The same of a key of `for_each`. */
  index(key: string): string;
}

/** JSON in JSON in JSON: beyond, a text is hidden if anything in it looks like a secret. */
const deepest = 4;
/** Shorter names hold no secret that could be told from a word. */
const shortestKey = 12;
/** A key of `for_each` is a value that somebody gave, and in the addresses of all that is made from it. */
const shortestIndex = 8;

/** A mask is `true` for a whole value, or has the value's shape; a child of `true` is `true`. */
export const maskOf = (mask: unknown, step: string | number): unknown => {
  if (mask === true) return true;
  if (Array.isArray(mask)) return typeof step === 'number' ? mask[step] : undefined;
  return isRecord(mask) && Object.hasOwn(mask, step) ? mask[String(step)] : undefined;
};

/** Does a mask cover anything at all? */
export const marks = (mask: unknown): boolean => {
  if (mask === true) return true;
  if (typeof mask !== 'object' || mask === null) return false;
  if (Array.isArray(mask)) return mask.some(marks);
  // No list of values: each change has four masks, and most are empty.
  for (const key in mask) if (marks(Reflect.get(mask, key))) return true;
  return false;
};

/** Has a value a text in it that is worth a fingerprint? Switches and numbers are soon guessed, however many there are. */
const texts = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(texts);
  return isRecord(value) ? Object.values(value).flatMap(texts) : [];
};

const isJson = /^\s*[[{]/;

const parsed = (text: string): unknown => {
  if (!isJson.test(text)) return undefined;
  try {
    return parseExactly(text);
  } catch {
    return undefined;
  }
};

/** @param isKnown has a text something in it that another part of the plan says is a secret? */
export const createHiding = (
  isKnown: (text: string) => boolean,
  { fingerprint = () => null, isGiven = () => false }: ReadOptions = {},
): Hiding => {
  const fingerprintOf = (value: unknown): string | null => {
    if (typeof value === 'string') return fingerprint(value);
    return texts(value).some((text) => fingerprint(text) !== null) ? fingerprint(canonical(value)) : null;
  };
  const hidden = (value: unknown): string => hiddenText(fingerprintOf(value));
  const isSecret = (text: string): boolean => isHidden(text) || isKnown(text) || isGiven(text);

  const textAt = (judged: ValuePath, text: string, depth: number): string | null => {
    const content = depth < deepest ? parsed(text) : undefined;
    if (content === undefined) return isSecret(text) || looksSecret(judged, text) ? null : text;
    const found = { any: false };
    const replaced = valueAt(pathInto(judged), content, undefined, depth + 1, found);
    const shown = found.any ? canonical(replaced) : text;
    // What a name in it says, or a part and its neighbour together.
    return isKnown(shown) || isGiven(shown) || (!found.any && isHidden(shown)) ? null : shown;
  };

  const hides = (judged: ValuePath, value: unknown): boolean => {
    if (typeof value === 'string') return textAt(judged, value, 0) === null;
    if (typeof value === 'number')
      return isSecretNumber(judged, value) || isKnown(String(value)) || isGiven(String(value));
    // A number of more digits than a number can have.
    return (
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      !isRecord(value) &&
      (isSecretNumber(judged, Number.MAX_SAFE_INTEGER) ||
        isKnown(canonical(value)) ||
        isGiven(canonical(value)))
    );
  };

  const valueAt = (
    judged: ValuePath,
    value: unknown,
    mask: unknown,
    depth: number,
    found: { any: boolean },
  ): unknown => {
    const replace = (): string => {
      found.any = true;
      return hidden(value);
    };
    if (mask === true) return replace();
    if (typeof value === 'string') {
      const shown = textAt(judged, value, depth);
      if (shown === null) return replace();
      found.any ||= shown !== value;
      return shown;
    }
    if (Array.isArray(value))
      return value.map((one, index) => valueAt([...judged, index], one, maskOf(mask, index), depth, found));
    if (!isRecord(value)) return marks(mask) || hides(judged, value) ? replace() : value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => {
        const shownKey = keyText(key);
        found.any ||= shownKey !== key;
        return [shownKey, valueAt([...judged, nameIn(value, key)], one, maskOf(mask, key), depth, found)];
      }),
    );
  };

  const keyText = (key: string): string =>
    key.length >= shortestKey && (isSecret(key) || shapesIn(key).length > 0) ? hidden(key) : key;

  return {
    text: (judged, text) => textAt(judged, text, 0),
    hides,
    show: (judged, value, mask) => canonical(valueAt(judged, value, mask, 0, { any: false })),
    hidden,
    hiddenAfter: (before, after) => {
      const text = hidden(after);
      return sameValue(before, after) && fingerprintOf(after) === null ? hiddenUnchanged : text;
    },
    key: keyText,
    index: (key) => (key.length >= shortestIndex && isSecret(key) ? hidden(key) : keyText(key)),
  };
};
