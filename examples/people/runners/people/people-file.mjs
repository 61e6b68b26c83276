// @ts-check
import { isDay } from './days.mjs';
import { list, mapping, readYaml, text } from './yaml-file.mjs';

/**
 * @typedef {object} Person
 * @property {string} id stands for the person wherever something is shown
 * @property {string} name
 * @property {string} email
 * @property {string} login
 * @property {string} team
 * @property {ReadonlyArray<string>} roles
 * @property {ReadonlyArray<string>} systems where the person has an account
 * @property {string} start first day, YYYY-MM-DD
 * @property {string | null} end last day
 */
/** @typedef {ReadonlyMap<string, ReadonlyMap<string, ReadonlyArray<string>>>} Roles role -> system -> roles there */
/** @typedef {{ people: ReadonlyArray<Person>, roles: Roles }} PeopleFile */

const word = /^[a-z][a-z0-9-]{0,62}$/;
const words = {
  id: { pattern: /^[a-z0-9][a-z0-9-]{0,62}$/, what: 'an id of lower-case letters, digits and dashes' },
  name: { pattern: /^\S[^\p{Cc}]{0,199}$/u, what: 'a name on one line' },
  email: { pattern: /^[^\s@]{1,64}@[^\s@]{1,190}$/, what: 'an e-mail address' },
  login: { pattern: /^[A-Za-z0-9][\w.-]{0,63}$/, what: 'a login of letters, digits, dots and dashes' },
  team: { pattern: word, what: 'a team in lower-case letters, digits and dashes' },
};
const keys = ['id', 'name', 'email', 'login', 'team', 'roles', 'systems', 'start', 'end'];

/**
 * @param {string} content of people.yaml
 * @param {ReadonlyArray<string>} systems that there are
 * @returns {PeopleFile}
 */
export const readPeople = (content, systems) =>
  readYaml(content, 'people.yaml', (value, complain) => {
    const top = mapping(value, ['version', 'roles', 'people'], [], complain);
    if (top.get('version') !== 1) complain(['version'], 'version 1 is expected');

    /** @type {Map<string, ReadonlyMap<string, ReadonlyArray<string>>>} */
    const roles = new Map();
    for (const [role, there] of mapping(top.get('roles') ?? {}, null, ['roles'], complain)) {
      if (!word.test(role)) complain(['roles', role], 'a role is lower-case letters, digits and dashes');
      /** @type {Map<string, ReadonlyArray<string>>} */
      const bySystem = new Map();
      for (const [system, names] of mapping(there, systems, ['roles', role], complain)) {
        const path = ['roles', role, system];
        const found = list(names, path, complain).map((one, index) =>
          text(one, word, 'a role of that system', [...path, index], complain),
        );
        bySystem.set(system, found);
      }
      roles.set(role, bySystem);
    }

    /**
     * @param {unknown} names
     * @param {ReadonlyArray<string>} known
     * @param {string} what
     * @param {ReadonlyArray<string | number>} path
     */
    const known = (names, known, what, path) =>
      list(names ?? [], path, complain).flatMap((one, index) => {
        if (typeof one === 'string' && known.includes(one)) return [one];
        complain([...path, index], `this ${what} is not known; there are ${known.join(', ')}`);
        return [];
      });
    /** @type {Map<string, number>} */
    const seen = new Map();
    const people = list(top.get('people') ?? [], ['people'], complain).map((entry, index) => {
      const path = ['people', index];
      const person = mapping(entry, keys, path, complain);
      /** @param {keyof typeof words} key */
      const said = (key) => {
        const { pattern, what } = words[key];
        return text(person.get(key), pattern, what, [...path, key], complain);
      };
      /** @param {'start' | 'end'} key */
      const day = (key) => {
        const found = person.get(key);
        if (typeof found === 'string' && isDay(found)) return found;
        complain([...path, key], 'a day as YYYY-MM-DD is expected');
        return '';
      };
      const start = day('start');
      const end = person.has('end') ? day('end') : null;
      if (end !== null && end < start) complain([...path, 'end'], 'the last day is before the first');
      const one = { id: said('id'), name: said('name'), email: said('email'), login: said('login') };
      for (const key of /** @type {const} */ (['id', 'email', 'login'])) {
        // The same account by another spelling would be one account to most systems.
        const value = `${key} ${one[key].toLowerCase()}`;
        const before = seen.get(value);
        if (before !== undefined && one[key] !== '')
          complain([...path, key], `entry ${before + 1} of people has this ${key} as well`);
        seen.set(value, index);
      }
      return {
        ...one,
        team: said('team'),
        roles: known(person.get('roles'), [...roles.keys()], 'role', [...path, 'roles']),
        systems: known(person.get('systems'), systems, 'system', [...path, 'systems']),
        start,
        end,
      };
    });
    return { people, roles };
  });
