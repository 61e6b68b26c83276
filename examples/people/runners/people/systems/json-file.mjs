// @ts-check
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TryAgain } from '../errors.mjs';

/**
 * @typedef {{ id: string, person: string | null } & import('./adapter.mjs').Fields} Row
 * @typedef {{ seats?: number, maintenance?: boolean, accounts: Row[] }} Content
 */

/**
 * A file that stands for a system: `{"accounts": [...]}`, with so many `seats` that nobody gets one more, and
 * in `maintenance` when it answers nothing.
 *
 * @param {{ file: string, folder: string }} options
 * @returns {import('./adapter.mjs').Adapter}
 */
export const jsonFile = ({ file, folder }) => {
  const path = join(folder, file);
  /** @returns {Promise<Content>} */
  const read = async () => {
    const content = JSON.parse(await readFile(path, 'utf8'));
    if (content.maintenance === true) throw new TryAgain('it is in maintenance');
    return content;
  };
  /** @param {(content: Content) => void} edit */
  const write = async (edit) => {
    const content = await read();
    edit(content);
    // Whole or not at all, whenever the process ends.
    await writeFile(`${path}.new`, `${JSON.stringify(content, null, 2)}\n`);
    await rename(`${path}.new`, path);
  };
  /** @param {Content} content @param {string} id */
  const row = (content, id) => {
    const found = content.accounts.find((one) => one.id === id);
    if (found === undefined) throw new Error(`it has no account ${id}`);
    return found;
  };
  return {
    place: file,
    accounts: async () =>
      (await read()).accounts.map(({ id, person, login, name, email, team, roles, state }) => ({
        id,
        person,
        fields: { login, name, email, team, roles: [...roles].sort(), state },
      })),
    create: (person, fields) =>
      write((content) => {
        if (content.accounts.some(({ login }) => login === fields.login))
          throw new Error('the login is taken');
        if (content.accounts.length >= (content.seats ?? Number.POSITIVE_INFINITY))
          throw new Error('no seat is left');
        const next = Math.max(0, ...content.accounts.map(({ id }) => Number(id) || 0)) + 1;
        content.accounts.push({ id: String(next), person, ...fields });
      }),
    change: (id, fields) => write((content) => void Object.assign(row(content, id), fields)),
    suspend: (id) => write((content) => void Object.assign(row(content, id), { state: 'suspended' })),
    remove: (id) =>
      write((content) => void content.accounts.splice(content.accounts.indexOf(row(content, id)), 1)),
  };
};
