import { expect, test } from 'vitest';
import { spreadOf, verdictOf } from './verdict.ts';

test.each([
  ['holds', '<= 1.07', [1.05, 1.06, 1.09], [1, 1, 1]],
  ['within the spread', '<= 1.07', [1.06, 1.09, 1.12], [1.02, 1.05, 1.08]],
  ['worse', '<= 1.07', [1.09, 1.1, 1.12], [1.02, 1.05, 1.08]],
  ['better', '<= 1.07', [1.09, 1.1, 1.12], [1.2, 1.21, 1.22]],
  ['worse', '>= 1000', [800, 810, 820], [900, 910, 920]],
  ['within the spread', '>= 1000', [800, 810, 910], [900, 910, 920]],
  ['holds', '= 0', [0, 0, 0], [1, 1, 1]],
  ['worse', '= 0', [1, 1, 1], [0, 0, 0]],
] as const)('%s: aim %s, now %j, before %j', (verdict, aim, now, before) => {
  expect(verdictOf(aim, spreadOf(now), spreadOf(before))).toBe(verdict);
});
