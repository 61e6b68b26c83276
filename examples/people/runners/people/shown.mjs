// @ts-check

/** @param {string} name @returns {string} all of a name that is shown */
export const initials = (name) =>
  name
    .split(/\s+/)
    .map((part) => [...part][0] ?? '')
    .filter((letter) => letter !== '')
    .map((letter) => `${letter.toUpperCase()}.`)
    .join('');

/**
 * A text of somebody else, an error for example, without what is nobody's business.
 *
 * @param {string} text
 * @param {ReadonlyArray<import('./systems/adapter.mjs').Fields | null>} of whose names, addresses and logins
 */
export const masked = (text, of) => {
  const values = of.flatMap((fields) => (fields === null ? [] : [fields.email, fields.name, fields.login]));
  // The longest first: a login may be part of an address.
  return [...new Set(values)]
    .filter((value) => value !== '')
    .sort((a, b) => b.length - a.length)
    .reduce((left, value) => left.replaceAll(value, '…'), text);
};
