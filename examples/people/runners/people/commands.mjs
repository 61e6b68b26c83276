// @ts-check
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { carryOut } from './apply.mjs';
import { dayOf, isDay } from './days.mjs';
import { decide } from './decide.mjs';
import { TryAgain, Wrong } from './errors.mjs';
import { readPeople } from './people-file.mjs';
import { readPlan, writePlan } from './plan-folder.mjs';
import { readSettings } from './settings.mjs';
import { initials } from './shown.mjs';
import { openSystems } from './systems/adapter.mjs';
import { writeDown } from './write-down.mjs';

/**
 * @typedef {object} World
 * @property {string} cwd the folder with people.yaml
 * @property {Readonly<Record<string, string | undefined>>} environment
 * @property {() => Date} now
 * @property {string} [settings] another settings file than the one beside the tool; absolute, for tests
 * @property {(line: string) => void} say
 * @property {AbortSignal} signal asks an apply to stop after the account at hand
 */

export const version = '1.0.0';

/** Never from a variable: a project may set those, and what is protected is not for a project to say. */
const ownSettings = fileURLToPath(new URL('settings.yaml', import.meta.url));

/** As `runners/README.md` of Tidegate asks. */
const ends = /** @type {const} */ ({ clean: 0, error: 1, changes: 2, blocked: 3, again: 75 });

const usage = `people plan --out FOLDER    what has to change, into a folder
people drift --out FOLDER   the same, for what somebody changed beside Git
people apply FOLDER         do what a plan says, and nothing else
people codify               write what systems say into people.yaml, and change nothing else
people --version

PEOPLE_SYSTEMS   folder of the files that stand for systems (default: systems beside the folder you are in)
PEOPLE_TODAY     the day that is planned for, YYYY-MM-DD (default: today in UTC)`;

/**
 * @param {ReadonlyArray<string>} args
 * @param {World} world
 * @returns {Promise<number>} the exit code
 */
export const run = async (args, world) => {
  const [verb, ...rest] = args;
  try {
    if (verb === '--version' && rest.length === 0) {
      world.say(`people ${version}`);
      return ends.clean;
    }
    if ((verb === 'plan' || verb === 'drift') && rest.length === 2 && rest[0] === '--out')
      return await plan(resolve(world.cwd, rest[1] ?? ''), world);
    if (verb === 'apply' && rest.length === 1) return await apply(resolve(world.cwd, rest[0] ?? ''), world);
    if (verb === 'codify' && rest.length === 0) return await codify(world);
    world.say(usage);
    return ends.error;
  } catch (error) {
    if (error instanceof TryAgain || error instanceof Wrong) world.say(error.message);
    // Nobody knows whose data another message quotes.
    else world.say(`Stopped by ${describe(error)}.`);
    return error instanceof TryAgain ? ends.again : ends.error;
  }
};

/** @param {unknown} error */
const describe = (error) => {
  if (!(error instanceof Error)) return 'something that is no error';
  const code = 'code' in error ? ` ${String(error.code)}` : '';
  return `${error.name}${code} in the tool`;
};

/** @param {string} file */
const textOf = async (file) => {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new Wrong(`There is no ${basename(file)} that can be read.`);
  }
};

/** @param {World} world */
const open = async ({ cwd, environment, settings: file = ownSettings }) => {
  const settings = readSettings(await textOf(file));
  const systems = openSystems(settings, environment['PEOPLE_SYSTEMS'] ?? join(cwd, '..', 'systems'));
  const target = Object.fromEntries([...systems].map(([name, { place }]) => [name, place]));
  return { settings, systems, target };
};

/** @param {World} world */
const todayIn = ({ environment, now }) => {
  const today = environment['PEOPLE_TODAY'] ?? dayOf(now());
  if (!isDay(today)) throw new Wrong('PEOPLE_TODAY is not a day as YYYY-MM-DD.');
  return today;
};

/** @param {ReadonlyMap<string, import('./systems/adapter.mjs').Adapter>} systems */
const accountsOf = async (systems) => {
  /** @type {Map<string, ReadonlyArray<import('./systems/adapter.mjs').Account>>} */
  const accounts = new Map();
  for (const [name, system] of systems) accounts.set(name, await asked(name, system));
  return accounts;
};

/** @param {World} world */
const codify = async (world) => {
  const today = todayIn(world);
  const { settings, systems } = await open(world);
  const file = join(world.cwd, 'people.yaml');
  const before = await textOf(file);
  const { content, written } = writeDown(before, settings, await accountsOf(systems), today);
  // Whole or not at all: it is read behind this, however this ends.
  if (content !== before) await writeFile(file, content);
  for (const person of written) world.say(`written  ${person}`);
  world.say(`On ${today}: ${written.length} written down.`);
  return ends.clean;
};

/** @param {string} folder @param {World} world */
const plan = async (folder, world) => {
  const today = todayIn(world);
  const { settings, systems, target } = await open(world);
  const people = readPeople(await textOf(join(world.cwd, 'people.yaml')), [...systems.keys()]);
  const accounts = await accountsOf(systems);
  const decision = decide(people, settings, accounts, today);
  await writePlan(folder, { schema: 1, version, target, ...decision });
  const { items, same, blocked, warnings } = decision;
  for (const { does, address, before, after, reasons } of items)
    world.say(
      `${does.padEnd(8)} ${address} (${initials((after ?? before)?.name ?? '')}): ${reasons.join(', ')}`,
    );
  for (const warning of warnings) world.say(`note     ${warning}`);
  for (const sentence of blocked) world.say(`blocked  ${sentence}`);
  world.say(`On ${today}: ${items.length} to change, ${same} as they should be.`);
  if (blocked.length > 0) return ends.blocked;
  return items.length > 0 ? ends.changes : ends.clean;
};

/**
 * @param {string} name
 * @param {import('./systems/adapter.mjs').Adapter} system
 */
const asked = async (name, system) => {
  try {
    return await system.accounts();
  } catch (error) {
    if (error instanceof TryAgain) throw new TryAgain(`${name} cannot be asked right now: ${error.message}.`);
    throw new Wrong(`${name} cannot be asked for its accounts (${describe(error)}).`);
  }
};

/** @param {string} folder @param {World} world */
const apply = async (folder, world) => {
  const { settings, systems, target } = await open(world);
  const { items, blocked, target: planned } = await readPlan(folder, version);
  if (blocked.length > 0) {
    for (const sentence of blocked) world.say(`blocked  ${sentence}`);
    return ends.blocked;
  }
  if (JSON.stringify(planned) !== JSON.stringify(target))
    throw new Wrong('The plan is for other systems than these: plan again.');
  // Before anything is done: later, a system that is away is one account that failed.
  for (const name of new Set(items.map(({ system }) => system))) {
    const system = systems.get(name);
    if (system !== undefined) await asked(name, system);
  }
  return (await carryOut(items, systems, settings.protected, world)) ? ends.clean : ends.error;
};
