import type { Json } from './json.ts';

const words = new Map<string, Json>([
  ...['', '~', 'null', 'Null', 'NULL'].map((text) => [text, null] as const),
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (text) => [text, true] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (text) => [text, false] as const,
  ),
]);

/** Numbers that JSON has no word for: the API server would not take them either. */
const unspeakable = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

const integer = /^([-+]?)(?:0[xX]([\da-fA-F]+)|0[oO]([0-7]+)|0[bB]([01]+)|0([0-7]+)|(0|[1-9]\d*))$/;
const float = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const radixes = [16, 8, 2, 8, 10] as const;

/** From one that starts with a digit or a sign, and fits into 64 bits. */
const readInteger = (text: string): bigint | null => {
  const match = integer.exec(text);
  if (match === null) return null;
  const index = match.slice(2).findIndex((digits) => digits !== undefined);
  const digits = match[index + 2] ?? '';
  const prefix = { 16: '0x', 8: '0o', 2: '0b', 10: '' }[radixes[index] ?? 10];
  const size = BigInt(`${prefix}${digits}`);
  const value = match[1] === '-' ? -size : size;
  return value >= -(2n ** 63n) && value < 2n ** 64n && !(match[1] === '+' && value >= 2n ** 63n)
    ? value
    : null;
};

export class NotANumberOfJson extends Error {
  override readonly name = 'NotANumberOfJson';
}

/**
 * A number keeps every digit: an integer that a double cannot hold becomes a text that no string of a manifest can be, so that
 * two different ones never read as one.
 */
const numberOf = (value: bigint): Json => {
  const double = Number(value);
  return Number.isSafeInteger(double) ? double : `\u0000${value}`;
};

/**
 * What a plain scalar stands for when Kubernetes reads it: YAML 1.1 as go-yaml has it, which is what kubectl, Helm and the API
 * server read with. `yes` is true, `0755` is 493, `1:30` and `2001-01-01` are texts. Compared with real kubectl by a test.
 */
export const plainScalar = (text: string): Json => {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (unspeakable.test(text)) throw new NotANumberOfJson();
  const [first = ''] = text;
  if (first === '.') return float.test(text) && Number.isFinite(Number(text)) ? Number(text) : text;
  if (!/[-+\d]/.test(first)) return text;
  const digits = text.replaceAll('_', '');
  const whole = readInteger(digits);
  if (whole !== null) return numberOf(whole);
  if (!float.test(digits)) return text;
  const value = Number(digits);
  return Number.isFinite(value) ? value + 0 : text;
};

/** As the key of a mapping: JSON knows texts only. Null where Kubernetes refuses the key. */
export const plainKey = (text: string): string | null => {
  const value = plainScalar(text);
  return value === null ? null : typeof value === 'string' ? value.replace('\u0000', '') : String(value);
};
