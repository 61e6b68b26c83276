// @ts-check
import { Wrong } from '../errors.mjs';
import { jsonFile } from './json-file.mjs';

/**
 * @typedef {object} Fields what people.yaml decides of an account
 * @property {string} login
 * @property {string} name
 * @property {string} email
 * @property {string} team
 * @property {ReadonlyArray<string>} roles sorted
 * @property {'active' | 'suspended'} state
 */
/**
 * @typedef {object} Account
 * @property {string} id by which the system knows it
 * @property {string | null} person whose it is, as the system was told; null: nobody said
 * @property {Fields} fields
 */
/**
 * What a system has to be able to do. Each call throws an `Error` with a sentence when the system refuses, and
 * `TryAgain` when it is not there right now.
 *
 * @typedef {object} Adapter
 * @property {string} place which instance this is; shown, and a plan holds for no other
 * @property {() => Promise<ReadonlyArray<Account>>} accounts all of them
 * @property {(person: string, fields: Fields) => Promise<void>} create
 * @property {(id: string, fields: Fields) => Promise<void>} change to exactly these fields
 * @property {(id: string) => Promise<void>} suspend
 * @property {(id: string) => Promise<void>} remove
 */

/**
 * Your own systems: one line here and one file beside this one for each.
 *
 * @type {Readonly<Record<string, (options: { file: string, folder: string }) => Adapter>>}
 */
const adapters = { 'json-file': jsonFile };

/**
 * @param {import('../settings.mjs').Settings} settings
 * @param {string} folder of the files that stand for systems; absolute
 * @returns {ReadonlyMap<string, Adapter>}
 */
export const openSystems = (settings, folder) =>
  new Map(
    [...settings.systems].map(([name, { adapter, file }]) => {
      const open = Object.hasOwn(adapters, adapter) ? adapters[adapter] : undefined;
      if (open === undefined)
        throw new Wrong(`settings.yaml: system ${name} has no adapter called ${adapter}`);
      return [name, open({ file, folder })];
    }),
  );
