import { expect } from 'vitest';
import { z } from 'zod';
import { ask, eventually, row, stateOf } from '../support/acts.ts';
import { storedLocks } from '../support/deliver.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';
import { act, network, type Player, player } from './acts.ts';
import { bases, isAlone, isQueued, operatorOf, requireOf } from './bases.ts';
import type { Act, Cell, Sight, Step } from './cells.ts';
import { type Seen, sights } from './sights.ts';

const files = (state: string) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': network('one'),
  // The owner is somebody else than whoever opens the pull requests.
  '.github/CODEOWNERS': '/network/ @grace\n',
});

const pullShape = z.object({ merged: z.boolean(), mergeable_state: z.string() });

/** GitHub's own word; it reckons for a while before it has one. */
const pullOf = (story: Story, { number }: Player): Promise<z.infer<typeof pullShape>> =>
  eventually(async () => {
    const pull = pullShape.parse(await ask(story, 'grace', 'GET', `/pulls/${number}`));
    if (!pull.merged) expect(pull.mergeable_state).not.toBe('unknown');
    return pull;
  });

/** Of both checks on the head: there, once each, and never something that lets a merge pass undecided. */
const verdictsOf = async (story: Story, { number }: Player): Promise<Pick<Seen, 'plan' | 'apply'>> => {
  const checks = await story.ada.checks(number);
  const of = (name: string): string => {
    const found = checks.filter((check) => check.name === name);
    expect(found, `one check ${name}`).toHaveLength(1);
    return found.map(({ status, conclusion }) => conclusion ?? status).join();
  };
  for (const { conclusion } of checks) expect(['neutral', 'skipped']).not.toContain(conclusion);
  return { plan: of('tidegate/plan'), apply: of('tidegate/apply') };
};

/** What GitHub has to say of a merge, from what is required and what is there. */
const expectedState = ([, base, way]: Cell, who: Player, seen: Seen): string => {
  const { rules } = bases[base];
  const isGreen = seen.plan === 'success' && seen.apply === 'success';
  const wantsOwner = rules.codeOwners === true && who.marker !== '';
  const lacksReview = (wantsOwner || rules.approvals !== undefined) && !who.isApproved;
  if (who.isDraft) return 'draft';
  if (base !== 'nothing' && (!isGreen || lacksReview)) return 'blocked';
  if (rules.strict === true && !isQueued(way) && who.isBehind) return 'behind';
  return isGreen ? 'clean' : 'unstable';
};

/** What holds whatever the cell says. */
const checkAlways = async (
  story: Story,
  cell: Cell,
  who: Player,
  seen: Seen,
  state: string,
): Promise<void> => {
  const [mode] = cell;
  const willBeApplied = mode === 'merge' && !seen.merged && seen.locked;
  if (seen.apply === 'success' && !seen.applied)
    expect(willBeApplied, 'success, and something will apply it').toBe(true);
  if (!seen.merged) expect(state, 'what GitHub says of a merge').toBe(expectedState(cell, who, seen));
  if (seen.merged && seen.locked)
    expect(await row(story, who.number, 'network'), 'says who is waited for').toContain(
      '`/apply -p network`',
    );
};

const look = async (story: Story, cell: Cell, who: Player): Promise<Seen> => {
  const { merged, mergeable_state } = await pullOf(story, who);
  const seen: Seen = {
    ...(await verdictsOf(story, who)),
    merged,
    applied: (await stateOf(story, 'network')).includes(who.marker),
    locked: storedLocks(story).some((lock) => lock.endsWith(`of #${who.number}`)),
  };
  await checkAlways(story, cell, who, seen, mergeable_state);
  return seen;
};

const stepShape = /^([a-z-]+)( 2)?: ([a-z-]+)$/;

/** The types of `Step` say that it has these parts. */
const partsOf = (step: Step): { readonly what: Act; readonly second: boolean; readonly sight: Sight } => {
  const [, what, second, sight] = stepShape.exec(step) ?? [];
  return { what: what as Act, second: second !== undefined, sight: sight as Sight };
};

/** Plays a cell on a hub of its own with real terraform, and looks after each step. */
export const play = async (cell: Cell): Promise<void> => {
  const [, , , ...steps] = cell;
  await using story = await tellStory({
    files,
    operator: operatorOf(cell),
    // Without it nobody can tell what else classic protection asks for, and `mergeable` says so.
    permissions: { administration: 'read', ...(isAlone(cell[2]) ? { contents: 'write' } : {}) },
    logLevel: 'error',
  });
  requireOf(story, cell);
  const first = player(1);
  const second = player(2);
  for (const step of steps) {
    const { what, second: isSecond, sight } = partsOf(step);
    const who = isSecond ? second : first;
    await act(story, cell, what, who, [first, second]);
    await story.settled();
    expect(await look(story, cell, who), step).toEqual(sights[sight]);
  }
  const ends = steps.at(-1) ?? '';
  if (!ends.endsWith('differs')) expect(storedLocks(story), 'nothing is left locked').toEqual([]);
};

/** `command, strict, by hand: open, apply, merge`. */
export const titleOf = ([mode, base, way, ...steps]: Cell): string =>
  `${mode}, ${base}, ${way}: ${steps.map((step) => step.replace(/:.*/, '')).join(', ')}`;
