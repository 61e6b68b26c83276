// @ts-check
import { alike, isProtected } from './decide.mjs';
import { initials, masked } from './shown.mjs';

/** @typedef {import('./decide.mjs').Item} Item */
/** @typedef {import('./systems/adapter.mjs').Adapter} Adapter */

const done = /** @type {const} */ ({
  create: 'created',
  change: 'changed',
  suspend: 'suspended',
  delete: 'deleted',
});

/**
 * Does what the plan says, account by account. One that fails does not keep the others from being done, so that nobody
 * who left keeps access because somebody else could not be given any; and what was done is always said.
 *
 * @param {ReadonlyArray<Item>} items
 * @param {ReadonlyMap<string, Adapter>} systems
 * @param {ReadonlyArray<string>} protectedOnes
 * @param {{ say: (line: string) => void, signal: AbortSignal }} how
 * @returns {Promise<boolean>} everything is as planned now
 */
export const carryOut = async (items, systems, protectedOnes, { say, signal }) => {
  const counts = { done: 0, already: 0, failed: 0, left: 0 };
  for (const item of items) {
    const who = `${item.address} (${initials((item.after ?? item.before)?.name ?? '')})`;
    if (signal.aborted) {
      counts.left += 1;
      say(`not done  ${who}: asked to stop`);
      continue;
    }
    try {
      const outcome = await carryOne(item, systems.get(item.system), protectedOnes);
      counts[outcome] += 1;
      say(`${outcome.padEnd(8)}  ${who} ${done[item.does]}`);
    } catch (error) {
      counts.failed += 1;
      const why = masked(error instanceof Error ? error.message : String(error), [item.before, item.after]);
      say(`failed    ${who} not ${done[item.does]}: ${why}`);
    }
  }
  const { failed, left } = counts;
  say(
    `${counts.done} done, ${counts.already} already so, ${failed} failed${left === 0 ? '' : `, ${left} not begun`}.`,
  );
  if (failed + left > 0) say('What was done stays done. Plan again: the next plan has what is left.');
  return failed + left === 0;
};

/**
 * @param {Item} item
 * @param {Adapter | undefined} system
 * @param {ReadonlyArray<string>} protectedOnes
 * @returns {Promise<'done' | 'already'>}
 */
const carryOne = async (item, system, protectedOnes) => {
  if (system === undefined) throw new Error('there is no such system any more');
  const { person, before, after } = item;
  // The list may be longer by now than it was when this was planned.
  if (isProtected(protectedOnes, item.system, [person, before?.login, after?.login]))
    throw new Error('it is protected');
  const [account, second] = (await system.accounts()).filter((one) => one.person === person);
  if (second !== undefined) throw new Error('there are two accounts of theirs now');
  const now = account?.fields ?? null;
  if (alike(now, after)) return 'already';
  if (!alike(now, before) || (account?.id ?? null) !== item.id)
    throw new Error('it is not as it was when this was planned');
  if (after === null) await system.remove(String(item.id));
  else if (item.id === null) await system.create(person, after);
  else if (item.does === 'suspend') await system.suspend(item.id);
  else await system.change(item.id, after);
  return 'done';
};
