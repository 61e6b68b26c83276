import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  becomesDestructive,
  comparePlans,
  type Difference,
  isAlike,
} from '../../src/domain/plan-comparison.ts';
import type { OutputChange, PlanSummary, ResourceChange } from '../../src/domain/plan-summary.ts';
import { attribute, resource, summary } from '../render/samples.ts';

const actions = ['create', 'update', 'delete', 'replace', 'move', 'import', 'forget'] as const;
const value = fc.option(fc.constantFrom('"a"', '"b"', '(sensitive value)', '(known after apply)'));
const change: fc.Arbitrary<ResourceChange> = fc
  .record({
    address: fc.constantFrom('a.a', 'a.b', 'b.a', 'b.b', 'c.c'),
    action: fc.constantFrom(...actions),
    attributes: fc.uniqueArray(
      fc.record({ path: fc.constantFrom('x', 'y', 'x.z'), before: value, after: value }),
      { selector: ({ path }) => path, maxLength: 3 },
    ),
    sensitive: fc.subarray(['x', 'y', '… 7 more']),
    reason: fc.option(fc.constant('replace_by_request')),
  })
  .map(({ address, action, attributes, sensitive, reason }) =>
    resource(
      action,
      address,
      attributes.map(({ path, before, after }) => attribute(path, before, after)),
      { sensitive, reason },
    ),
  );
const output: fc.Arbitrary<OutputChange> = fc.record({
  name: fc.constantFrom('one', 'two'),
  action: fc.constantFrom('create', 'update', 'delete', 'no-op'),
  before: value,
  after: value,
});
const plans: fc.Arbitrary<PlanSummary> = fc
  .record({
    resources: fc.uniqueArray(change, { selector: ({ address }) => address }),
    outputs: fc.uniqueArray(output, { selector: ({ name }) => name }),
    toolVersion: fc.constantFrom('1.11.4', '1.12.0'),
  })
  .map(({ resources, outputs, toolVersion }) => ({ ...summary(resources, outputs), toolVersion }));

const swapped = ({ name, from, to, values }: Difference): Difference => ({
  name,
  from: to,
  to: from,
  values: values.map(({ path, becomes }) => ({
    path,
    becomes: becomes === null ? null : { from: becomes.to, to: becomes.from },
  })),
});
const sorted = (all: readonly Difference[]) =>
  all
    .map((one) => ({ ...one, values: [...one.values].sort((a, b) => (a.path < b.path ? -1 : 1)) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

describe('two plans', () => {
  it('that are one differ in nothing, whatever the order of their fields', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const backwards = (_key: string, one: unknown): unknown =>
          typeof one === 'object' && one !== null && !Array.isArray(one)
            ? Object.fromEntries(Object.entries(one).reverse())
            : one;
        const again: PlanSummary = JSON.parse(JSON.stringify(plan, backwards));
        expect(isAlike(comparePlans(plan, plan))).toBe(true);
        expect(isAlike(comparePlans(plan, again))).toBe(true);
      }),
    );
  });

  it('differ in the same, the other way around, when they change places', () => {
    fc.assert(
      fc.property(plans, plans, (one, other) => {
        const there = comparePlans(one, other);
        const back = comparePlans(other, one);
        expect(sorted(back.resources.map(swapped))).toEqual(sorted(there.resources));
        expect(sorted(back.outputs.map(swapped))).toEqual(sorted(there.outputs));
        expect(back.others).toEqual(there.others);
      }),
    );
  });

  it('of which one resource is another differ in it, and in nothing else', () => {
    fc.assert(
      fc.property(plans, fc.option(change), (plan, given) => {
        const address = given?.address ?? plan.resources[0]?.address;
        if (address === undefined) return;
        const before = plan.resources.find((one) => one.address === address);
        const rest = plan.resources.filter((one) => one.address !== address);
        const after = { ...plan, resources: given === null ? rest : [...rest, given] };
        const { resources, outputs } = comparePlans(plan, after);
        expect(outputs).toEqual([]);
        const isSame = JSON.stringify(before) === JSON.stringify(given ?? undefined);
        expect(resources.map(({ name, from, to }) => ({ name, from, to }))).toEqual(
          isSame ? [] : [{ name: address, from: before?.action ?? null, to: given?.action ?? null }],
        );
      }),
    );
  });

  it('name what is destroyed now, and was not to be, before all else', () => {
    fc.assert(
      fc.property(plans, plans, (one, other) => {
        const marks = comparePlans(one, other).resources.map(becomesDestructive);
        expect(marks).toEqual(marks.toSorted((a, b) => Number(b) - Number(a)));
      }),
    );
  });
});

const differences = (from: readonly ResourceChange[], to: readonly ResourceChange[]) =>
  comparePlans(summary(from), summary(to)).resources;

describe('of one resource', () => {
  it('another action is said without its values', () => {
    const from = resource('update', 'a.b', [attribute('size', '1', '2')]);
    const to = resource('replace', 'a.b', [attribute('size', '1', '3', true)]);
    expect(differences([from], [to])).toEqual([{ name: 'a.b', from: 'update', to: 'replace', values: [] }]);
  });

  it('the same action says what else comes out of it', () => {
    const from = resource('update', 'a.b', [attribute('size', '1', '2'), attribute('tag', '1', null)]);
    const to = resource('update', 'a.b', [attribute('size', '1', '3'), attribute('tag', '0', null)]);
    expect(differences([from], [to])).toEqual([
      {
        name: 'a.b',
        from: 'update',
        to: 'update',
        values: [
          { path: 'size', becomes: { from: '2', to: '3' } },
          { path: 'tag', becomes: null },
        ],
      },
    ]);
  });

  it.each([
    [
      'hidden now',
      attribute('key', null, '"s3cret"'),
      attribute('key', null, '(sensitive value)'),
      [],
      'key',
    ],
    ['marked now', attribute('key', null, '"s3cret"'), attribute('key', null, '"cut'), ['key'], 'key'],
    [
      'marked in part',
      attribute('key', null, '["s3cret"]'),
      attribute('key', null, '["cut'),
      ['key[0]'],
      'key',
    ],
    [
      'in what is marked now',
      attribute('in.s3cret', null, '"a"'),
      attribute('in', null, '(sensitive value)'),
      ['in'],
      'in',
    ],
  ])('a value that is %s is not shown again', (_what, before, after, sensitive, path) => {
    const from = resource('update', 'a.b', [before]);
    const to = resource('update', 'a.b', [after], { sensitive });
    for (const found of [differences([from], [to]), differences([to], [from])]) {
      expect(found.map(({ values }) => values)).toEqual([[{ path, becomes: null }]]);
      expect(JSON.stringify(found)).not.toContain('s3cret');
    }
  });

  it.each([
    ['another', '(sensitive, abcdefgh)', '(sensitive, hgfedcba)', [{ path: 'key', becomes: null }]],
    ['the same', '(sensitive, abcdefgh)', '(sensitive, abcdefgh)', null],
    ['one that an older version hid', '(sensitive value)', '(sensitive, abcdefgh)', null],
    ['in a list', '["a","(sensitive value)"]', '["a","(sensitive, abcdefgh)"]', null],
    ['open in one plan', '"s3cret"', '(sensitive, abcdefgh)', [{ path: 'key', becomes: null }]],
  ])('a secret that is %s', (_what, before, after, values) => {
    const [from, to] = [before, after].map((text) =>
      resource('update', 'a.b', [attribute('key', null, text)]),
    );
    if (from === undefined || to === undefined) throw new Error('no plans');
    for (const found of [differences([from], [to]), differences([to], [from])]) {
      expect(found.map((one) => one.values)).toEqual(values === null ? [] : [values]);
      expect(JSON.stringify(found)).not.toMatch(/s3cret|abcdefgh/);
    }
  });

  it('of which not all marks are kept nothing is named', () => {
    const from = resource('update', 'a.b', [attribute('s3cret', null, '"a"')]);
    const to = resource('update', 'a.b', [], { sensitive: ['other', '… 7 more'] });
    expect(differences([from], [to])).toEqual([{ name: 'a.b', from: 'update', to: 'update', values: [] }]);
  });
});

describe('beside resources', () => {
  const bare = summary([]);
  it('reads, what waits, provider actions and the tool are told apart', () => {
    const read = { address: 'data.a.b', type: 'a', reason: null };
    const reading = { ...bare, counts: { ...bare.counts, read: 1 }, reads: [read] };
    expect(comparePlans(bare, reading).others).toEqual(['reads']);
    expect(comparePlans(bare, { ...bare, counts: { ...bare.counts, deferred: 1 } }).others).toEqual([
      'deferred',
    ]);
    expect(comparePlans(bare, { ...bare, counts: { ...bare.counts, invoke: 1 } }).others).toEqual([
      'invocations',
    ]);
    expect(comparePlans(bare, { ...bare, toolVersion: '1.12.0' }).others).toEqual(['tool']);
    expect(comparePlans({ ...bare, facts: 'some' }, reading).others).toEqual([]);
  });

  it('an output that stays as it is, is in no plan', () => {
    const at = (action: OutputChange['action']) =>
      summary([], [{ name: 'url', action, before: '"a"', after: '"b"' }]);
    expect(comparePlans(at('no-op'), bare).outputs).toEqual([]);
    expect(comparePlans(at('update'), at('no-op')).outputs).toEqual([
      { name: 'url', from: 'update', to: null, values: [] },
    ]);
  });

  it.each([
    ['"c"', { from: '"b"', to: '"c"' }],
    ['(sensitive value)', null],
  ])('an output that becomes %s', (after, becomes) => {
    const at = (text: string) => summary([], [{ name: 'url', action: 'update', before: '"a"', after: text }]);
    expect(comparePlans(at('"b"'), at(after)).outputs).toEqual([
      { name: 'url', from: 'update', to: 'update', values: [{ path: 'value', becomes }] },
    ]);
  });
});

it('what a catalogue says of the same change makes no other change of it', () => {
  const exposures = {
    found: [{ kind: 'opening' as const, says: 'open', path: 'a', before: null, after: 'b', about: [] }],
    more: { opening: 0, 'protection-off': 0 },
  };
  const plain = summary([resource('update', 'a.b', [attribute('a', null, '"b"')])]);
  const told = summary([resource('update', 'a.b', [attribute('a', null, '"b"')], { exposures })]);
  expect(isAlike(comparePlans(plain, told))).toBe(true);
});
