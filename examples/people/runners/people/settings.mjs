// @ts-check
import { list, mapping, readYaml, text } from './yaml-file.mjs';

/** @typedef {{ adapter: string, file: string, adminRoles: ReadonlyArray<string> }} SystemSettings */
/**
 * @typedef {object} Settings
 * @property {ReadonlyMap<string, SystemSettings>} systems
 * @property {ReadonlyArray<string>} protected `SYSTEM/LOGIN` or `SYSTEM/PERSON`
 * @property {number} deleteAfterDays
 */

const name = /^[a-z][a-z0-9-]*$/;

/** @param {string} content of settings.yaml @returns {Settings} */
export const readSettings = (content) =>
  readYaml(content, 'settings.yaml', (value, complain) => {
    const top = mapping(value, ['systems', 'protected', 'delete_after_days'], [], complain);
    /** @type {Map<string, SystemSettings>} */
    const systems = new Map();
    for (const [system, entry] of mapping(top.get('systems'), null, ['systems'], complain)) {
      const path = ['systems', system];
      if (!name.test(system)) complain(path, 'a system is lower-case letters, digits and dashes');
      const keys = mapping(entry, ['adapter', 'file', 'admin_roles'], path, complain);
      systems.set(system, {
        adapter: text(keys.get('adapter'), name, 'the name of an adapter', [...path, 'adapter'], complain),
        file: text(keys.get('file'), /^[\w.-]+$/, 'the name of a file', [...path, 'file'], complain),
        adminRoles: list(keys.get('admin_roles') ?? [], [...path, 'admin_roles'], complain).map(String),
      });
    }
    const days = top.get('delete_after_days');
    if (typeof days !== 'number' || !Number.isInteger(days) || days < 0 || days > 3650)
      complain(['delete_after_days'], 'a number of days is expected');
    return {
      systems,
      protected: list(top.get('protected') ?? [], ['protected'], complain).map((one, index) =>
        text(
          one,
          /^(?:\*|[a-z][a-z0-9-]*)\/[\w.-]+$/,
          'SYSTEM/LOGIN or SYSTEM/PERSON',
          ['protected', index],
          complain,
        ),
      ),
      deleteAfterDays: Number(days),
    };
  });
