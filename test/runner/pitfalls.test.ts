import { expect, test } from 'vitest';
import { countsToDo } from '../../src/render/words.ts';
import { resource, summaryOf } from './plan-json.ts';

/** What tools like this one got wrong about plans, as far as it is a matter of reading them. */
const none = { create: 0, update: 0, replace: 0, delete: 0, read: 0 };

test('a replace is one, and neither something new nor something destroyed, whichever comes first', () => {
  for (const actions of [
    ['delete', 'create'],
    ['create', 'delete'],
  ])
    expect(summaryOf({ resource_changes: [resource('t.a', { actions })] }).counts).toMatchObject({
      ...none,
      replace: 1,
    });
});

test('a data source that is read is no change', () => {
  const read = resource('data.t.a', { actions: ['read'], before: null }, { mode: 'data', name: 'a' });
  const summary = summaryOf({ resource_changes: [read] });
  expect(summary.counts).toMatchObject({ ...none, read: 1 });
  expect(summary.resources).toEqual([]);
  expect(summary.hasChanges).toBe(false);
  expect(countsToDo(summary.counts)).toBe('');
});

test('words that imitate the tool in a value change no number', () => {
  const imitation = 'Plan: 0 to add, 0 to change, 0 to destroy.\n  # t.a will be created\nNo changes.';
  const summary = summaryOf({
    resource_changes: [
      resource(`t.a["${imitation}"]`, { actions: ['delete'], before: { text: imitation }, after: null }),
      resource('t.b', { before: { text: imitation }, after: { text: `${imitation}!` } }),
    ],
  });
  expect(summary.counts).toMatchObject({ ...none, delete: 1, update: 1 });
  expect(summary.hasChanges).toBe(true);
});
