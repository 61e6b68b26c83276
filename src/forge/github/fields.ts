/** An object of which nothing is known yet. */
export type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value as an object whose fields can be asked for, or null for anything else, lists included. */
export const fieldsOf = (value: unknown): Fields | null => (isFields(value) ? value : null);

export const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** GitHub's ids and numbers: whole, above zero, exact. A number in quotes is not one. */
export const positive = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;

/** `owner/name` as GitHub allows them; no `.` or `..` that a URL would swallow. */
const fullName = /^([A-Za-z0-9][\w-]{0,99})\/((?!\.{1,2}$)[\w.-]{1,100})$/;

/** Owner and name of a `full_name`, null where it is none. */
export const namesOf = (value: unknown): { readonly owner: string; readonly name: string } | null => {
  const [, owner, name] = fullName.exec(text(value) ?? '') ?? [];
  return owner === undefined || name === undefined ? null : { owner, name };
};

/** Not given, in either of the two ways JSON can say so. */
export const absent = (value: unknown): value is null | undefined => value === null || value === undefined;
