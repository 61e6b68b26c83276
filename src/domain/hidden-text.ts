/*
 * What stands in a plan's summary where a value must not. Three forms:
 *
 * - `(sensitive, k7f3abcd)`: the fingerprint of the value, under this installation's key and for its project only. The same
 *   value has the same one, so that people see what changes, what stays, and what is the same as something else;
 * - `(sensitive value)`: nothing but that there is one. It is too easy to guess for a fingerprint, or an older Tidegate read it;
 * - `(sensitive value, unchanged)`: the same, after one that it is equal to.
 *
 * A value of a plan that looks like one of them is hidden itself (`secret-value/looks-secret.ts`), so who reads one knows that it is ours.
 */

const plain = '(sensitive value)';
const unchanged = '(sensitive value, unchanged)';
const mark = /\(sensitive(?: value(?:, unchanged)?|, [a-z2-7]{8})\)/g;

/** @param fingerprint eight characters of `a-z2-7`; null for none */
export const hiddenText = (fingerprint: string | null): string =>
  fingerprint === null ? plain : `(sensitive, ${fingerprint})`;

/** For the second of two equal values that have no fingerprint. */
export const hiddenUnchanged = unchanged;

/** Is there a hidden value in it? */
export const isHidden = (text: string | null): boolean =>
  text?.includes('(sensitive') === true && text.search(mark) !== -1;

/** The fingerprint of a text that is one hidden value and nothing else. */
export const fingerprintOf = (text: string | null): string | null =>
  text === null ? null : (/^\(sensitive, ([a-z2-7]{8})\)$/.exec(text)?.[1] ?? null);

const isBare = (text: string): boolean => text.includes('(sensitive value');

/** Are two texts of a summary the same, as far as is known? A value that is hidden without a fingerprint may be any. */
export const maySame = (one: string | null, other: string | null): boolean => {
  if (one === other) return true;
  if (one === null || other === null || !isHidden(one) || !isHidden(other)) return false;
  return (isBare(one) || isBare(other)) && one.replace(mark, plain) === other.replace(mark, plain);
};

/** The text with everything put through but our marks. */
export const aroundHidden = (text: string, through: (text: string) => string): string => {
  if (!isHidden(text)) return through(text);
  const marks = text.match(mark) ?? [];
  return text
    .split(mark)
    .map((part, index) => (part === '' ? '' : through(part)) + (marks[index] ?? ''))
    .join('');
};
