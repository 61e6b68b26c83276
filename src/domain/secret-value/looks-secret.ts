import { isHidden } from '../hidden-text.ts';
import { assignedSecrets } from './assignments.ts';
import { isHarmless, isNoSecret, withoutPublicParts } from './harmless.ts';
import { isPlaceOfIds, nameIn, namesSecret, type ValuePath } from './names.ts';
import { hasLongHex, randomness, withoutHexPieces } from './random-text.ts';
import { shapesIn } from './shapes.ts';

/*
 * What in a plan looks like a secret that nobody has marked as one: by the name it stands under, by its shape, by its randomness.
 * Of values of plans only: in a log every second word has a name before it, and a commit looks as random as a key.
 */

/** Shorter ones are suffixes of names. */
const shortestRandom = 16;
/**
 * In bits. Measured: of random texts of 24 letters and digits 1 in 250 is below, of 32 hardly one in 1,000; of 19,000 names of
 * packages, files and members of APIs 1 in 150 is above, the most of them with something random in them.
 */
const randomFrom = (length: number): number => (length < 20 ? 10 : 7.5);
/** Values in values: JSON in base64 in JSON. */
const deepest = 5;
/** A longer text is not looked through: all of it is one. In characters. */
const longest = 512 * 1024;

const isRandom = (text: string): boolean =>
  text.length >= shortestRandom &&
  randomness(text) >= randomFrom(text.length) &&
  randomness(withoutHexPieces(text)) >= randomFrom(text.length) &&
  !isHarmless(text);

const isRandomHex = (text: string): boolean => text.length >= 32 && hasLongHex(text) && !isHarmless(text);

const betweenWords = /[\s"'`=,;()<>|&[\]{}]+/;
const startOfJson = /^\s*[[{]/;
const base64 = /^[A-Za-z0-9+/_-]{16,}={0,2}$/;
const noLatinText = /[\u0000-\u0008\u000e-\u001f\u007f]/;
const noText = /[\u0080-\u009f\ud800-\udfff\ufffd-\uffff]/;

/** The text that base64 stands for; null where it stands for none. */
const decoded = (text: string): string | null => {
  const plain = text.includes('\n') ? text.replace(/\s+/g, '') : text;
  if (!base64.test(plain) || plain.replace(/=+$/, '').length % 4 === 1) return null;
  const bytes = atob(plain.replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/'));
  // Hardly anything else gets further than here.
  if (noLatinText.test(bytes)) return null;
  const found = new TextDecoder().decode(Uint8Array.from(bytes, (one) => one.charCodeAt(0)));
  return noText.test(found) ? null : found;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const secretsBelow = (path: ValuePath, value: unknown, depth: number): readonly string[] => {
  if (typeof value === 'string') return secretsAt(path, value, depth);
  if (typeof value === 'number') return isSecretNumber(path, value) ? [String(value)] : [];
  if (Array.isArray(value)) return value.flatMap((one, index) => secretsBelow([...path, index], one, depth));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, one]) => [
    ...shapesIn(key),
    ...secretsBelow([...path, nameIn(value, key)], one, depth),
  ]);
};

/** What JSON in a text under a secret's name holds is judged as in a list of secrets. */
export const pathInto = (path: ValuePath): ValuePath =>
  namesSecret(path) === null ? path : [...path, 'secrets'];

const randomWords = (text: string): readonly string[] =>
  withoutPublicParts(text).split(betweenWords).filter(isRandom);

const secretsAt = (path: ValuePath, text: string, depth: number): readonly string[] => {
  if (text.length > longest || depth > deepest || isHidden(text)) return [text];
  if (startOfJson.test(text)) {
    const content = parsed(text);
    if (content !== undefined) return secretsBelow(pathInto(path), content, depth + 1);
  }
  if (namesSecret(path) !== null && !isNoSecret(text)) {
    const inside = decoded(text);
    return inside === null ? [text] : [text, inside];
  }
  const shapes = shapesIn(text);
  const assigned = assignedSecrets(text);
  if (shapes.length > 0 || assigned.length > 0) return [...shapes, ...assigned];
  const inside = decoded(text);
  if (inside !== null) {
    const found = secretsAt(path, inside, depth + 1);
    return found.length === 0 ? found : [text, ...found];
  }
  if (isPlaceOfIds(path)) return [];
  if (/\s/.test(text)) return randomWords(text);
  return isRandom(text) || isRandomHex(text) ? [text] : [];
};

/**
 * The parts of a value that look like secrets, all of it where it is one: of `postgres://ada:hush@db` it is `hush`, of a script
 * what it exports as `PASSWORD`. JSON and base64 are looked into. None: it may be shown.
 *
 * @param path the names under which it stands, the last ones matter (`nameIn` for what an object holds)
 */
export const secretsIn = (path: ValuePath, value: string): readonly string[] => secretsAt(path, value, 0);

/** A number under such a name, of four digits or more; `max_tokens` is another name. */
export const isSecretNumber = (path: ValuePath, value: number): boolean =>
  Math.abs(value) >= 1000 && namesSecret(path) === 'secret';

/** Does anything in the text look like a secret? */
export const looksSecret = (path: ValuePath, value: string): boolean => secretsIn(path, value).length > 0;

/** Letters and marks between them, as in `postgres` and `prod-admin`: found in every second text. */
const words = /^[A-Za-z]+(?:[-_. /][A-Za-z]+)*$/;

/** Is a secret to be looked for in other texts too? Not one that is a word of everybody's: all else would go with it. */
export const isFoundElsewhere = (secret: string): boolean =>
  secret.length >= 8 && (secret.length > 32 || !words.test(secret) || randomness(secret) >= 4);
