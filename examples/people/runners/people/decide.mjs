// @ts-check
import { daysAfter } from './days.mjs';
import { initials } from './shown.mjs';

/** @typedef {import('./people-file.mjs').Person} Person */
/** @typedef {import('./systems/adapter.mjs').Account} Account */
/** @typedef {import('./systems/adapter.mjs').Fields} Fields */
/**
 * @typedef {object} Item one account that has to change
 * @property {string} address SYSTEM/PERSON
 * @property {string} system
 * @property {string} person
 * @property {'suspend' | 'delete' | 'change' | 'create'} does
 * @property {string | null} id of the account; null: there is none yet
 * @property {Fields | null} before
 * @property {Fields | null} after
 * @property {boolean} admin the account gets a role that an administrator has
 * @property {ReadonlyArray<string>} reasons
 */
/** @typedef {{ items: ReadonlyArray<Item>, same: number, blocked: ReadonlyArray<string>, warnings: ReadonlyArray<string> }} Decision */

/** Access is taken away before any is given. */
const order = ['suspend', 'delete', 'change', 'create'];

/** @param {Fields | null} fields */
const told = (fields) => {
  if (fields === null) return null;
  const { login, name, email, team, roles, state } = fields;
  return [login, name, email, team, [...roles].sort(), state];
};

/** In whatever order a system tells them. @param {Fields | null} a @param {Fields | null} b */
export const alike = (a, b) => JSON.stringify(told(a)) === JSON.stringify(told(b));

/**
 * Is the account one that nothing may touch, by its login or by whose it is?
 *
 * @param {ReadonlyArray<string>} entries
 * @param {string} system
 * @param {ReadonlyArray<string | null | undefined>} names
 */
export const isProtected = (entries, system, names) =>
  entries.some((entry) => {
    const [where, who] = entry.split('/');
    return (
      (where === '*' || where === system) && names.some((name) => name?.toLowerCase() === who?.toLowerCase())
    );
  });

/**
 * What has to change, on one day, so that systems are as people.yaml says. Pure: the same for the same.
 *
 * @param {import('./people-file.mjs').PeopleFile} file
 * @param {import('./settings.mjs').Settings} settings
 * @param {ReadonlyMap<string, ReadonlyArray<Account>>} accounts by system
 * @param {string} today YYYY-MM-DD
 * @returns {Decision}
 */
export const decide = ({ people, roles }, settings, accounts, today) => {
  /** @type {Item[]} */
  const items = [];
  /** @type {string[]} */
  const blocked = [];
  /** @type {string[]} */
  const warnings = [];
  let same = 0;
  const ids = new Set(people.map(({ id }) => id));
  for (const [system, all] of accounts) {
    const admins = settings.systems.get(system)?.adminRoles ?? [];
    /** @param {Fields | null} fields */
    const powers = (fields) =>
      fields?.state === 'active' ? fields.roles.filter((role) => admins.includes(role)) : [];
    for (const person of people) {
      const mine = all.filter((account) => account.person === person.id);
      if (mine.length > 1) {
        blocked.push(
          `${system} has ${mine.length} accounts of ${person.id}: somebody has to say which one stays`,
        );
        continue;
      }
      const [account] = mine;
      const before = account?.fields ?? null;
      const wanted = wantedOf(person, system, roles, before, settings.deleteAfterDays, today);
      if (wanted === null) continue;
      const { after, reasons } = wanted;
      if (alike(before, after)) {
        same += before === null ? 0 : 1;
        continue;
      }
      const address = `${system}/${person.id}`;
      if (isProtected(settings.protected, system, [person.id, before?.login, after?.login])) {
        blocked.push(
          `${address} (${initials(person.name)}) is protected, and this would ${verbOf(before, after)} it`,
        );
        continue;
      }
      const taken = all.find(
        (one) => one !== account && one.fields.login.toLowerCase() === after?.login.toLowerCase(),
      );
      if (taken !== undefined && before?.login !== after?.login) {
        blocked.push(
          `${address} (${initials(person.name)}): account ${taken.id} of ${system} has that login already, and is not known to be theirs`,
        );
        continue;
      }
      const had = powers(before);
      const admin = powers(after).some((role) => !had.includes(role));
      items.push({
        address,
        system,
        person: person.id,
        does: verbOf(before, after),
        id: account?.id ?? null,
        before,
        after,
        admin,
        reasons: [...reasons, ...(admin ? ['becomes an administrator'] : [])],
      });
    }
    const strangers = all.filter(
      ({ person, fields }) =>
        (person === null || !ids.has(person)) &&
        !isProtected(settings.protected, system, [person, fields.login]),
    );
    if (strangers.length > 0)
      warnings.push(
        `${system}: ${strangers.length} ${strangers.length === 1 ? 'account' : 'accounts'} that nobody wrote down, left alone: ${strangers.map(({ id, person, fields }) => `${person ?? `account ${id}`} (${initials(fields.name)})`).join(', ')}`,
      );
  }
  const coming = people.filter(({ start }) => start > today);
  for (const { id, name, start } of coming)
    warnings.push(`${id} (${initials(name)}) starts on ${start}: nothing is due before`);
  items.sort((a, b) => order.indexOf(a.does) - order.indexOf(b.does) || (a.address < b.address ? -1 : 1));
  return { items, same, blocked, warnings };
};

/**
 * @param {Fields | null} before
 * @param {Fields | null} after
 * @returns {Item['does']}
 */
const verbOf = (before, after) => {
  if (before === null) return 'create';
  if (after === null) return 'delete';
  return after.state === 'suspended' ? 'suspend' : 'change';
};

/**
 * What one account should be on that day and why; null where nothing is said of it.
 *
 * @param {Person} person
 * @param {string} system
 * @param {import('./people-file.mjs').Roles} roles
 * @param {Fields | null} before
 * @param {number} deleteAfterDays
 * @param {string} today
 * @returns {{ after: Fields | null, reasons: ReadonlyArray<string> } | null}
 */
const wantedOf = (person, system, roles, before, deleteAfterDays, today) => {
  const { login, name, email, team, start, end } = person;
  const left = end !== null && today > end;
  const named = person.systems.includes(system);
  if (left || today < start || !named) {
    if (before === null) return null;
    if (left && today > daysAfter(end, deleteAfterDays))
      return { after: null, reasons: [`left after ${end}, ${deleteAfterDays} days are over`] };
    const why = left
      ? `left after ${end}`
      : named
        ? `starts on ${start}`
        : `${system} is not among their systems`;
    // As it was but for that: who comes back finds the rest, and a leaver's name is nothing to bring up to date.
    return { after: { ...before, state: 'suspended' }, reasons: [why] };
  }
  const own = person.roles.flatMap((role) => roles.get(role)?.get(system) ?? []);
  /** @type {Fields} */
  const after = { login, name, email, team, roles: [...new Set(own)].sort(), state: 'active' };
  return { after, reasons: before === null ? [`started on ${start}`] : reasonsOf(before, after) };
};

/** @param {Fields} before @param {Fields} after */
const reasonsOf = (before, after) => {
  /** @param {ReadonlyArray<string>} a @param {ReadonlyArray<string>} b */
  const without = (a, b) => a.filter((one) => !b.includes(one)).join(', ');
  const gained = without(after.roles, before.roles);
  const lost = without(before.roles, after.roles);
  const renamed = /** @type {const} */ (['login', 'name', 'email']).filter(
    (key) => before[key] !== after[key],
  );
  return [
    ...(before.state === 'suspended' ? ['is back'] : []),
    ...(before.team === after.team ? [] : [`moves from ${before.team} to ${after.team}`]),
    ...(gained === '' ? [] : [`gets ${gained}`]),
    ...(lost === '' ? [] : [`loses ${lost}`]),
    ...(renamed.length === 0 ? [] : [`${renamed.join(' and ')} changed`]),
  ];
};
