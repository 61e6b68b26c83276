import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarise } from '../../src/domain/look.ts';
import type { AttributeChange, ResourceChange } from '../../src/domain/plan-summary.ts';
import { compareWithState, type StateObject, type StateReading } from '../../src/domain/state-comparison.ts';
import { attribute, resource } from '../render/samples.ts';

type Values = Readonly<Record<string, string | null>>;

const object = (values: Values, more: Partial<StateObject> = {}): StateObject => ({
  tainted: false,
  deposed: 0,
  texts: (path) => {
    const value = values[path];
    return value === undefined || value === null ? [] : [value];
  },
  ...more,
});

const state = (objects: Readonly<Record<string, StateObject>>): StateReading => ({
  lineage: 'a',
  serial: 3,
  objects: new Map(Object.entries(objects)),
});

const standing = (change: ResourceChange, objects: Readonly<Record<string, StateObject>>) =>
  compareWithState([change], state(objects))[0]?.standing;

const create = resource('create', 'a.b', [
  attribute('input', null, '"x"'),
  attribute('id', null, '(known after apply)'),
]);
const update = resource('update', 'a.b', [
  attribute('input', '"x"', '"y"'),
  attribute('output', '"x"', '(known after apply)'),
]);
const replace = resource('replace', 'a.b', [
  attribute('id', '"1"', '(known after apply)'),
  attribute('triggers_replace', '"x"', '"y"', true),
]);
const destroy = resource('delete', 'a.b', [attribute('input', '"x"', null)]);
const move = resource('move', 'a.b', [], { previousAddress: 'a.old' });

describe('what a state says about a planned change', () => {
  it.each([
    ['a create that is there', create, { 'a.b': object({ input: '"x"', id: '"7"' }) }, 'done'],
    ['a create that is not there', create, {}, 'open'],
    ['a create with another value', create, { 'a.b': object({ input: '"z"' }) }, 'unclear'],
    ['a tainted create', create, { 'a.b': object({ input: '"x"' }, { tainted: true }) }, 'unclear'],
    ['an update with the new value', update, { 'a.b': object({ input: '"y"' }) }, 'done'],
    ['an update with the old value', update, { 'a.b': object({ input: '"x"' }) }, 'open'],
    ['an update with a third value', update, { 'a.b': object({ input: '"z"' }) }, 'unclear'],
    ['an update of what is gone', update, {}, 'unclear'],
    ['a replace with another id', replace, { 'a.b': object({ id: '"2"', triggers_replace: '"y"' }) }, 'done'],
    ['a replace with the old id', replace, { 'a.b': object({ id: '"1"', triggers_replace: '"x"' }) }, 'open'],
    ['a replace that was destroyed only', replace, {}, 'unclear'],
    [
      'a replace whose old object is left',
      replace,
      { 'a.b': object({ id: '"2"', triggers_replace: '"y"' }, { deposed: 1 }) },
      'unclear',
    ],
    ['a destroy that is gone', destroy, {}, 'done'],
    ['a destroy that is there', destroy, { 'a.b': object({ input: '"x"' }) }, 'open'],
    ['a move that is done', move, { 'a.b': object({}) }, 'done'],
    ['a move that is not', move, { 'a.old': object({}) }, 'open'],
    ['a move with both', move, { 'a.old': object({}), 'a.b': object({}) }, 'unclear'],
    ['a move with neither', move, {}, 'unclear'],
    ['an import', resource('import', 'a.b'), { 'a.b': object({}) }, 'done'],
    ['an import that is not there', resource('import', 'a.b'), {}, 'open'],
    ['what is forgotten', resource('forget', 'a.b'), {}, 'done'],
    ['what is not forgotten yet', resource('forget', 'a.b'), { 'a.b': object({}) }, 'open'],
  ] as const)('%s', (_what, change, objects, expected) => {
    expect(standing(change, objects)).toBe(expected);
  });

  it.each([
    ['sensitive', '(sensitive value)'],
    ['sensitive, by its fingerprint', '(sensitive, abcdefgh)'],
    ['partly sensitive', '{"a":"(sensitive value)"}'],
    ['unknown', '(known after apply)'],
    ['cut', `"${'x'.repeat(399)}… (20 more characters)`],
  ])('decides nothing by a value that is %s', (_what, text) => {
    const hidden = resource('update', 'a.b', [attribute('input', '"x"', text)]);
    expect(standing(hidden, { 'a.b': object({ input: text }) })).toBe('unclear');
    const made = resource('create', 'a.b', [attribute('input', null, text)]);
    expect(standing(made, { 'a.b': object({ input: '"whatever"' }) })).toBe('done');
  });
});

describe('for any plan', () => {
  const text = fc.stringMatching(/^"[a-z]{1,4}"$/);
  const path = fc.constantFrom('input', 'name', 'size', 'tags.owner');
  const changed = fc
    .uniqueArray(fc.tuple(path, text, text), { minLength: 1, selector: ([name]) => name })
    .map((rows) => rows.map(([name, a, b]) => attribute(name, `"old ${a.slice(1)}`, `"new ${b.slice(1)}`)));
  const change = fc
    .tuple(fc.constantFrom('create', 'update', 'replace', 'delete'), changed)
    .map(([action, attributes]): Omit<ResourceChange, 'address'> => {
      const rows = attributes.map((row: AttributeChange) => ({
        ...row,
        before: action === 'create' ? null : row.before,
        after: action === 'delete' ? null : row.after,
      }));
      return resource(action, '', rows);
    });
  const plan = fc
    .array(change, { minLength: 1, maxLength: 12 })
    .map((changes) => changes.map((one, index): ResourceChange => ({ ...one, address: `a.b[${index}]` })));
  const side = (changes: readonly ResourceChange[], which: 'before' | 'after') =>
    Object.fromEntries(
      changes
        .filter(({ action }) => action !== (which === 'before' ? 'create' : 'delete'))
        .map((one) => [
          one.address,
          object(Object.fromEntries(one.attributes.map((row) => [row.path, row[which]]))),
        ]),
    );

  it('the state before it has nothing done, the state after it everything, and one half way exactly the half', () => {
    fc.assert(
      fc.property(plan, fc.infiniteStream(fc.boolean()), (changes, coin) => {
        const before = side(changes, 'before');
        const after = side(changes, 'after');
        const standings = (objects: Readonly<Record<string, StateObject>>) =>
          compareWithState(changes, state(objects)).map((one) => one.standing);
        expect(standings(before)).toEqual(changes.map(() => 'open'));
        expect(standings(after)).toEqual(changes.map(() => 'done'));
        const picked = changes.map(() => coin.next().value);
        const half: Record<string, StateObject> = {};
        for (const [index, { address }] of changes.entries()) {
          const found = (picked[index] ? after : before)[address];
          if (found !== undefined) half[address] = found;
        }
        expect(standings(half)).toEqual(picked.map((done) => (done ? 'done' : 'open')));
      }),
    );
  });

  it('the summary names at most twenty of a kind and counts all', () => {
    fc.assert(
      fc.property(fc.nat(60), (many) => {
        const changes = Array.from({ length: many }, (_, index) => resource('create', `a.b[${index}]`));
        const { counts, names } = summarise(compareWithState(changes, state({})));
        expect(counts).toEqual({ done: 0, open: many, unclear: 0 });
        expect(names.open).toHaveLength(Math.min(many, 20));
      }),
    );
  });
});
