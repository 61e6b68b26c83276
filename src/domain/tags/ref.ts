const prefix = 'refs/tags/';

export const refOfTag = (tag: string): string => `${prefix}${tag}`;

/** The tag that a full name is of; null: it is of a branch, or there is none. */
export const tagOf = (ref: string | null): string | null =>
  ref?.startsWith(prefix) === true ? ref.slice(prefix.length) : null;
