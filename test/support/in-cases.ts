import { test } from 'vitest';

/**
 * A property, twice: with `few` cases in `npm test`, and with `many` among the long stories, where each case is dear. It is given
 * how many.
 */
export const inCases =
  (few: number, many: number) =>
  (name: string, holds: (numRuns: number) => void | Promise<void>): void => {
    test(name, () => holds(few));
    test(`${name} (${many} cases)`, { tags: ['long'], timeout: 300_000 }, () => holds(many));
  };
