import { expect, test } from 'vitest';
import { allOf, no, yes } from '../../../src/domain/verdict.ts';

const problem = { code: 'draft', sentence: 'It is a draft.', advice: 'Mark it as ready.' } as const;
const good = yes('one', 'seen');
const bad = no('two', 'not seen', problem, { needs: 'something' });
const worse = no('three', 'not seen either', { ...problem, code: 'fork' }, { needs: 'more' });

test('a yes has nothing to mend, a no says what', () => {
  expect(good).toEqual({
    name: 'one',
    holds: true,
    because: 'seen',
    problem: null,
    parts: [],
    source: null,
    needs: null,
  });
  expect(yes('one', 'seen', { source: 'line 1', parts: [bad] })).toEqual({
    ...good,
    source: 'line 1',
    parts: [bad],
  });
  expect(no('two', 'not seen', problem)).toEqual({
    name: 'two',
    holds: false,
    because: 'not seen',
    problem,
    parts: [],
    source: null,
    needs: null,
  });
  expect(no('two', 'not seen', problem, { source: 'line 1' }).source).toBe('line 1');
});

test('all have to hold, and the first that does not says why', () => {
  expect(allOf('all', [good, good])).toEqual({
    name: 'all',
    holds: true,
    because: 'everything that is asked for holds',
    problem: null,
    parts: [good, good],
    source: null,
    needs: null,
  });
  expect(allOf('all', [good, bad, worse], { source: 'line 1' })).toEqual({
    name: 'all',
    holds: false,
    because: 'not seen',
    problem,
    parts: [good, bad, worse],
    source: 'line 1',
    needs: 'something, more',
  });
  expect(allOf('all', []).holds).toBe(true);
});
