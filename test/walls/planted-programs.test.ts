import { expect, test } from 'vitest';
import { plannedThere, withoutProtection } from '../support/planted-checkout.ts';

/*
 * The wall itself is made of programs that are found by their names. `test/e2e/planted-programs.test.ts` has the rest.
 */

test('no program that somebody planted above the checkout is the wall, or its limits, of a plan that npm started', async () => {
  const { code, text, ran } = await plannedThere('bubblewrap');
  expect({ code, text }).toEqual({ code: 0, text: expect.stringContaining('Plan: 1 to add') });
  expect(ran).toEqual([]);
});

test('(twin) with npm’s entries on PATH both are', async () => {
  const { code, ran, handedOn } = await plannedThere('bubblewrap', withoutProtection);
  expect(code).toBe(0);
  expect(ran).toEqual(expect.arrayContaining(['bwrap', 'git', 'nohup']));
  expect(handedOn).toEqual(expect.arrayContaining(['bwrap', 'prlimit', 'terraform']));
});
