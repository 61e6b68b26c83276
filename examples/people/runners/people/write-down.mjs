// @ts-check
import { parseDocument } from 'yaml';
import { decide } from './decide.mjs';
import { Wrong } from './errors.mjs';
import { readPeople } from './people-file.mjs';
import { initials } from './shown.mjs';

/** @typedef {import('./people-file.mjs').PeopleFile} PeopleFile */
/** @typedef {import('./people-file.mjs').Person} Person */
/** @typedef {import('./systems/adapter.mjs').Account} Account */
/** @typedef {import('./decide.mjs').Item} Item */
/** @typedef {ReadonlyMap<string, ReadonlyArray<Account>>} Accounts by system */
/** @typedef {{ index: number, key: string, value: string | ReadonlyArray<string> }} Edit of one key of one entry of `people` */

/**
 * people.yaml with what systems say of the people in it, so that nothing is left to change: the other way round of `decide`, which is asked
 * whether it came out. Only what people.yaml has words for is written. Pure.
 *
 * @param {string} content of people.yaml
 * @param {import('./settings.mjs').Settings} settings
 * @param {Accounts} accounts
 * @param {string} today YYYY-MM-DD
 * @returns {{ content: string, written: ReadonlyArray<string> }} and whose entries are others now
 */
export const writeDown = (content, settings, accounts, today) => {
  const systems = [...accounts.keys()];
  const file = readPeople(content, systems);
  const { items, blocked } = decide(file, settings, accounts, today);
  if (blocked.length > 0) throw new Wrong(blocked.join('\n'));
  const ids = [...new Set(items.map(({ person }) => person))];
  const edits = ids.flatMap((id) => {
    const index = file.people.findIndex((person) => person.id === id);
    const person = file.people[index];
    return person === undefined ? [] : editsOf(index, person, file.roles, accounts);
  });
  const next = edited(content, edits);
  const left = decide(readPeople(next, systems), settings, accounts, today);
  if (left.items.length + left.blocked.length > 0)
    throw new Wrong(
      ['people.yaml has no words for this:', ...left.items.map(said), ...left.blocked].join('\n'),
    );
  return { content: next, written: ids };
};

/** @param {Item} item */
const said = ({ address, before, after, reasons }) =>
  `${address} (${initials((before ?? after)?.name ?? '')}) is not as written: ${reasons.join(', ')}`;

/**
 * @param {number} index
 * @param {Person} person
 * @param {import('./people-file.mjs').Roles} roles
 * @param {Accounts} accounts
 * @returns {ReadonlyArray<Edit>}
 */
const editsOf = (index, person, roles, accounts) => {
  const active = [...accounts].flatMap(([system, all]) =>
    all
      .filter((account) => account.person === person.id && account.fields.state === 'active')
      .map(({ fields }) => ({ system, fields })),
  );
  const systems = active.map(({ system }) => system);
  const [first] = active;
  /** @type {Edit[]} */
  const edits = [];
  if (!sameSet(systems, person.systems))
    edits.push({ index, key: 'systems', value: inOrderOf(systems, person.systems) });
  if (first === undefined) return edits;
  // Where systems disagree nothing that is written here makes both right, and that is said at the end.
  for (const key of /** @type {const} */ (['name', 'email', 'login', 'team']))
    if (first.fields[key] !== person[key]) edits.push({ index, key, value: first.fields[key] });
  const words = wordsFor(person.roles, roles, active);
  if (words !== null && !sameSet(words, person.roles)) edits.push({ index, key: 'roles', value: words });
  return edits;
};

/** @param {ReadonlyArray<string>} a @param {ReadonlyArray<string>} b */
const sameSet = (a, b) => a.length === b.length && a.every((one) => b.includes(one));

/** Those that were there first. @param {ReadonlyArray<string>} names @param {ReadonlyArray<string>} before */
const inOrderOf = (names, before) => [
  ...before.filter((one) => names.includes(one)),
  ...names.filter((one) => !before.includes(one)),
];

/** Nobody has more than that. */
const mostRoles = 4;

/**
 * The roles that mean exactly what the person has in each system, as near as can be to those that are written; null: none do.
 *
 * @param {ReadonlyArray<string>} before
 * @param {import('./people-file.mjs').Roles} roles
 * @param {ReadonlyArray<{ system: string, fields: import('./systems/adapter.mjs').Fields }>} active
 */
const wordsFor = (before, roles, active) => {
  /** @param {ReadonlyArray<string>} words */
  const fits = (words) =>
    active.every(({ system, fields }) => {
      const meant = new Set(words.flatMap((word) => roles.get(word)?.get(system) ?? []));
      return sameSet([...meant], fields.roles);
    });
  /** @param {ReadonlyArray<string>} words */
  const distance = (words) =>
    words.filter((word) => !before.includes(word)).length +
    before.filter((word) => !words.includes(word)).length;
  const [best] = choices([...roles.keys()], mostRoles)
    .filter(fits)
    .sort((a, b) => distance(a) - distance(b) || a.length - b.length);
  return best === undefined ? null : inOrderOf(best, before);
};

/**
 * Every choice of at most so many, each in the order of the list.
 *
 * @param {ReadonlyArray<string>} names
 * @param {number} most
 * @returns {ReadonlyArray<string>[]}
 */
const choices = (names, most) => {
  /** @type {ReadonlyArray<string>[]} */
  let all = [[]];
  for (const name of names)
    all = [...all, ...all.filter(({ length }) => length < most).map((chosen) => [...chosen, name])];
  return all;
};

/**
 * Each value in its place, and every other byte as it was: whoever reads the difference reads what was changed.
 *
 * @param {string} content
 * @param {ReadonlyArray<Edit>} edits
 */
const edited = (content, edits) => {
  const document = parseDocument(content);
  const places = edits.map(({ index, key, value }) => {
    const node = /** @type {{ range?: [number, number, number] } | undefined} */ (
      document.getIn(['people', index, key], true)
    );
    if (node?.range === undefined)
      throw new Wrong(
        `people.yaml: entry ${index + 1} of people has no \`${key}\` that could be written over`,
      );
    return { from: node.range[0], to: node.range[1], text: shown(value) };
  });
  return places
    .sort((a, b) => b.from - a.from)
    .reduce((text, { from, to, text: value }) => {
      // A list in lines of its own holds the end of its last one.
      const end = /\s*$/.exec(text.slice(from, to))?.[0] ?? '';
      return `${text.slice(0, from)}${value}${end}${text.slice(to)}`;
    }, content);
};

const plain = /^[\p{L}][\p{L}\p{N}@._ -]*[\p{L}\p{N}]$/u;
/** YAML takes them for something else than a text. */
const meansElse = /^(?:true|false|yes|no|on|off|null)$/i;

/** @param {string | ReadonlyArray<string>} value @returns {string} */
const shown = (value) => {
  if (typeof value !== 'string') return `[${value.map(shown).join(', ')}]`;
  return plain.test(value) && !meansElse.test(value) ? value : JSON.stringify(value);
};
