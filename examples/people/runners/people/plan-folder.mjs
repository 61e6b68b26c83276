// @ts-check
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Wrong } from './errors.mjs';
import { initials } from './shown.mjs';

/** @typedef {import('./decide.mjs').Decision} Decision */
/** @typedef {Decision & { schema: 1, version: string, target: Readonly<Record<string, string>> }} Plan */

const tidegate = /** @type {const} */ ({
  create: 'create',
  change: 'update',
  suspend: 'update',
  delete: 'delete',
});

/**
 * What Tidegate reads and shows: `runners/README.md` of Tidegate has the schema. Names, addresses and logins are `sensitive`:
 * it is said that they change, and not to what.
 *
 * @param {Plan} plan
 */
export const summaryOf = ({ version, target, items, same, blocked, warnings }) => {
  const changes = { create: 0, update: 0, replace: 0, delete: 0, import: 0, forget: 0, noop: same };
  for (const { does } of items) changes[tidegate[does]] += 1;
  return {
    schema: 1,
    tool: { name: 'people', version },
    items: items.map(({ address, system, does, before, after, admin, reasons }) => ({
      address,
      action: tidegate[does],
      type: typeOf(does, admin),
      name: initials((after ?? before)?.name ?? ''),
      namespace: system,
      before,
      after,
      sensitive: ['/login', '/name', '/email'],
      // Comments show addresses, which have no more than an id: by these people know whom they read about.
      reasons: [`${initials((after ?? before)?.name ?? '')}: ${reasons.join(', ')}`],
    })),
    changes,
    blocked,
    warnings,
    deterministic: true,
    verified: true,
    target,
  };
};

/**
 * What rules look at: `plan.resources.exists(r, r.type == "administrator")`.
 *
 * @param {import('./decide.mjs').Item['does']} does
 * @param {boolean} admin
 */
const typeOf = (does, admin) => {
  if (admin) return 'administrator';
  return does === 'suspend' || does === 'delete' ? 'leaver' : 'account';
};

/** @param {unknown} value */
const printed = (value) => `${JSON.stringify(value, null, 2)}\n`;

/** @param {string} folder @param {Plan} plan */
export const writePlan = async (folder, plan) => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'plan.json'), printed(plan));
  await writeFile(join(folder, 'summary.json'), printed(summaryOf(plan)));
};

/**
 * The plan, if it is by this version and is what its summary showed.
 *
 * @param {string} folder
 * @param {string} version
 * @returns {Promise<Plan>}
 */
export const readPlan = async (folder, version) => {
  /** @param {string} name */
  const read = async (name) => {
    try {
      return await readFile(join(folder, name), 'utf8');
    } catch {
      throw new Wrong(`There is no ${name} in the plan's folder: plan again.`);
    }
  };
  const text = await read('plan.json');
  const summary = await read('summary.json');
  /** @type {Plan} */
  let plan;
  try {
    plan = JSON.parse(text);
    if (plan.schema !== 1 || plan.version !== version)
      throw new Wrong(`The plan was made by another version than ${version}: plan again.`);
    if (printed(summaryOf(plan)) !== summary)
      throw new Wrong('plan.json is not what summary.json shows: one of them was changed. Plan again.');
  } catch (error) {
    if (error instanceof Wrong) throw error;
    throw new Wrong('plan.json cannot be read: plan again.');
  }
  return plan;
};
