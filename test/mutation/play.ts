/**
 * Set up in every test file that is played. Before a test its body runs once as it is, and what it reaches is noted; then once
 * more for each mutant that it reached and that no test has found before.
 */
import { configureGlobal } from 'fast-check';
import { beforeEach, inject, TestRunner } from 'vitest';
import { switchName } from './switch.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The one mutant that is on from the beginning; 0: each in its turn. */
    readonly mutant: number;
    /** Those that were found already. */
    readonly known: readonly number[];
  }
  interface TaskMeta {
    /** Mutants that made the test fail. */
    found?: readonly number[];
    /** Mutants that were asked about while the file was loaded, too early to be turned on in a test. */
    early?: readonly number[];
  }
}

// The same cases each time: what is found must be found again.
configureGlobal({ seed: 5, endOnFailure: true });

const always = inject('mutant');
const known = new Set(inject('known'));
const early = new Set<number>();
let isLoading = true;
let reached = new Set<number>();
let on = always;

const isOn = (id: number): boolean => {
  (isLoading ? early : reached).add(id);
  return id === on;
};
// The text of a file with its mutants asks for it by this name, wherever it is loaded.
Object.assign(globalThis, { [switchName]: isOn });

type Play = () => unknown;

const fails = async (play: Play): Promise<boolean> => {
  try {
    await play();
    return false;
  } catch {
    return true;
  }
};

beforeEach(async ({ task }) => {
  if (always !== 0) return;
  isLoading = false;
  const play: Play | undefined = TestRunner.getTestFn(task);
  if (play === undefined) throw new Error('this version of vitest does not give a test away');
  reached = new Set();
  await play();
  const found: number[] = [];
  for (const id of [...reached]) {
    if (known.has(id) || early.has(id)) continue;
    on = id;
    if (await fails(play)) found.push(id);
    on = 0;
  }
  for (const id of found) known.add(id);
  Object.assign(task.meta, { found, early: [...early] });
});
