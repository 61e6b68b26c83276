import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newConvergence } from '../../src/domain/convergence/convergence.ts';
import { classify, leftIn } from '../../src/domain/convergence/left.ts';
import {
  isUnsettled,
  leftBefore,
  type Unsettled,
  versionsOf,
} from '../../src/domain/convergence/unsettled.ts';
import type { PlanSummary, ResourceChange } from '../../src/domain/plan-summary.ts';
import { newRunId, project, repo, summary } from '../store/samples.ts';

const change = (address: string, more: Partial<ResourceChange> = {}): ResourceChange => ({
  ...{ address, previousAddress: null, module: null, mode: 'managed', type: 't', name: 'n', index: null },
  ...{ deposed: null, provider: 'p', action: 'update', order: null, reason: null, importing: null },
  ...{ replacePaths: [], sensitive: [], unknown: [], unchanged: 1 },
  attributes: [attribute('a')],
  ...more,
});
const attribute = (path: string) => ({ path, before: '"1"', after: '"2"', forcesReplacement: false });
const planOf = (...resources: readonly ResourceChange[]): PlanSummary => ({
  ...summary,
  resources,
  deferred: [],
});
const version = versionsOf(new Map([['p', '1.0.0']]), '9.9.9');
const left = (...resources: readonly ResourceChange[]) => leftIn(planOf(...resources), version, () => false);

describe('what is left after an apply', () => {
  const kinds = (applied: PlanSummary, first: ResourceChange[], second: ResourceChange[]) =>
    classify(applied, left(...first), left(...second), () => true).map(({ kind }) => kind);

  test.each<[string, readonly string[], ResourceChange[], ResourceChange[], ResourceChange[]]>([
    [
      'set by the apply, and the same at both looks',
      ['unsettled'],
      [change('x')],
      [change('x')],
      [change('x')],
    ],
    [
      'below what the apply set',
      ['unsettled'],
      [change('x', { attributes: [attribute('tags')] })],
      [change('x', { attributes: [attribute('tags.owner')] })],
      [change('x', { attributes: [attribute('tags.owner')] })],
    ],
    [
      'of a thing that the apply made',
      ['unsettled'],
      [change('x', { action: 'create', attributes: [] })],
      [change('x')],
      [change('x')],
    ],
    [
      'known only after the apply',
      ['unsettled'],
      [change('x', { unknown: ['a'], attributes: [attribute('b')] })],
      [change('x')],
      [change('x')],
    ],
    ['of what the apply did not touch', ['elsewhere'], [change('y')], [change('x')], [change('x')]],
    [
      'another attribute of what it touched',
      ['elsewhere'],
      [change('x', { attributes: [attribute('ab')] })],
      [change('x')],
      [change('x')],
    ],
    [
      'other at the second look',
      ['changing'],
      [change('x')],
      [change('x', { action: 'delete' })],
      [change('x')],
    ],
    ['only there at the second look', ['changing'], [change('x')], [], [change('x')]],
    [
      'to be made again',
      ['changing'],
      [change('x', { action: 'create' })],
      [change('x', { action: 'create' })],
      [change('x', { action: 'create' })],
    ],
    [
      'only counted, and not told',
      ['changing'],
      [change('x')],
      [change('x', { noise: 1 })],
      [change('x', { noise: 1 })],
    ],
    [
      'of a thing that is read by the apply alone',
      ['elsewhere'],
      [change('x', { mode: 'data' })],
      [change('x')],
      [change('x')],
    ],
  ])('%s', (_what, expected, applied, first, second) => {
    expect(kinds(planOf(...applied), first, second)).toEqual(expected);
  });

  test('needs another plan where the one that was applied says so', () => {
    const applied = {
      ...planOf(),
      deferred: [{ address: 'x', type: 't', action: 'create' as const, reason: 'unknown' }],
    };
    const made = change('x', { action: 'create' });
    expect(kinds(applied, [made], [made])).toEqual(['deferred']);
  });

  test('of one apply alone may be somebody’s hand', () => {
    const all = left(change('x'));
    expect(classify(planOf(change('x')), all, all, () => false).map(({ kind }) => kind)).toEqual(['once']);
  });

  test('is no data source, nothing that stays, and not what is passed over', () => {
    const all = planOf(
      change('a', { mode: 'data' }),
      change('b', { action: 'no-op' }),
      change('c'),
      change('d'),
    );
    expect(leftIn(all, version, ({ address }) => address === 'd')).toEqual([
      { address: 'c', action: 'update', paths: ['a'], provider: 'p', version: '1.0.0' },
    ]);
  });
});

describe('what differs after every apply', () => {
  const known: Unsettled = {
    ...{ project: project('network').key, address: 'x', paths: ['a', 'b'], provider: 'p' },
    ...{ version: '1.0.0', run: newRunId(), since: 1, again: newRunId() },
  };
  const isQuiet = isUnsettled([known], version);

  test('is just those attributes of just that thing, updated by just that version', () => {
    expect(isQuiet(change('x'))).toBe(true);
    expect(isQuiet(change('x', { attributes: [attribute('b'), attribute('a')] }))).toBe(true);
    expect(isUnsettled([known], versionsOf(new Map([['p', '1.0.1']]), '1.0.0'))(change('x'))).toBe(false);
    expect(isUnsettled([{ ...known, version: '9.9.9' }], version)(change('x'))).toBe(false);
    expect(
      isUnsettled(
        [{ ...known, version: '9.9.9', provider: 'own' }],
        version,
      )(change('x', { provider: 'own' })),
    ).toBe(true);
  });

  test('is what two applies have left, the second just that or a part of it', () => {
    expect(isUnsettled([{ ...known, again: null }], version)(change('x'))).toBe(false);
    const [one] = left(change('x'));
    if (one === undefined) throw new Error('nothing is left');
    expect(leftBefore([known], one, newRunId())).toEqual(known);
    expect(leftBefore([known], one, known.run)).toBeNull();
    for (const other of [{ address: 'y' }, { paths: ['a', 'c'] }, { provider: 'q' }, { version: '2' }])
      expect(leftBefore([known], { ...one, ...other }, newRunId())).toBeNull();
  });

  test.each<[string, Partial<ResourceChange>]>([
    ['another address', { address: 'x[0]' }],
    ['another attribute', { attributes: [attribute('c')] }],
    ['one more attribute', { attributes: [attribute('a'), attribute('c')] }],
    ['one below', { attributes: [attribute('a.b')] }],
    ['none that is told', { attributes: [] }],
    ['more that is only counted', { noise: 2 }],
    ['a list that was cut', { attributes: [attribute('… 7 more')] }],
    ['a replace', { action: 'replace' }],
    ['a delete', { action: 'delete' }],
    ['a create', { action: 'create' }],
    ['a move as well', { previousAddress: 'y' }],
    ['an import as well', { importing: { id: null } }],
    ['another provider', { provider: 'q' }],
  ])('is not %s', (_what, more) => {
    expect(isQuiet(change('x', more))).toBe(false);
  });

  test('is never more than an update, whatever is known', () => {
    const actions = ['create', 'delete', 'replace', 'move', 'import', 'forget'] as const;
    fc.assert(
      fc.property(fc.constantFrom(...actions), fc.array(fc.string()), (action, paths) => {
        const all = isUnsettled([{ ...known, paths }], () => known.version);
        return !all(change('x', { action, attributes: paths.map(attribute) }));
      }),
    );
  });
});

test('is looked at for as long as three of its plans take, ten minutes at least', () => {
  const of = { run: newRunId(), project: project('network').key, repo, pullNumber: 1 };
  expect(newConvergence(of, 1_000, 5).until).toBe(600_005);
  expect(newConvergence(of, 1_200_000, 5).until).toBe(3_600_005);
});
