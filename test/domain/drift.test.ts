import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextTime } from '../../src/config/windows.ts';
import { afterLook, isNews, unseen } from '../../src/domain/drift/drift.ts';
import { isFarAhead, nextLook, rhythmOf, spreadOver } from '../../src/domain/drift/due.ts';
import { seenIn } from '../../src/domain/drift/found.ts';
import { fits } from '../../src/domain/drift/ignore.ts';
import type { DriftIgnore, DriftSchedule } from '../../src/domain/drift/settings.ts';
import type { PlanSummary, ResourceChange } from '../../src/domain/plan-summary.ts';
import { project, repo, summary } from '../store/samples.ts';
import { commit } from '../support/samples.ts';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.UTC(2026, 0, 1);

const change = (address: string, more: Partial<ResourceChange> = {}): ResourceChange => ({
  address,
  previousAddress: null,
  module: null,
  mode: 'managed',
  type: 't',
  name: 'n',
  index: null,
  deposed: null,
  provider: 'p',
  action: 'update',
  order: null,
  reason: null,
  importing: null,
  replacePaths: [],
  sensitive: [],
  unknown: [],
  attributes: [{ path: 'tags.owner', before: '"a"', after: '"b"', forcesReplacement: false }],
  unchanged: 1,
  ...more,
});
const attribute = (path: string, after = '"b"') => ({
  path,
  before: '"a"',
  after,
  forcesReplacement: false,
});

const planOf = (resources: readonly ResourceChange[], more: Partial<PlanSummary> = {}): PlanSummary => ({
  ...summary,
  complete: true,
  outputs: [],
  driftCounts: { relevant: 0, all: 0 },
  resources,
  words: undefined,
  ...more,
});

const see = (
  resources: readonly ResourceChange[],
  ignore: readonly DriftIgnore[] = [],
  more: Partial<PlanSummary> = {},
) =>
  seenIn(planOf(resources, more), {
    commit: commit('a'),
    isApplied: true,
    ignore,
    isUnsettled: () => false,
    at: start,
  });

const rule = (more: Partial<DriftIgnore> = {}): DriftIgnore => ({
  address: 't.a',
  paths: [],
  reason: 'known',
  until: '2026-01-01',
  ...more,
});

describe('what is drift', () => {
  test('is every change but reads; outputs alone are none', () => {
    expect(see([])).toMatchObject({ status: 'clean', fingerprint: null, summary: null });
    for (const action of ['create', 'update', 'delete', 'replace', 'move', 'import', 'forget'] as const)
      expect(see([change('t.a', { action })])).toMatchObject({
        status: 'drifted',
        counts: { [action]: 1 },
      });
    const read = change('data.t.a', { mode: 'data', action: 'read' });
    expect(see([read]).status).toBe('clean');
    const output = { name: 'url', action: 'update', before: '"a"', after: '"b"' } as const;
    const seen = see([], [], { outputs: [output] });
    expect(seen).toMatchObject({ status: 'clean', outputs: 1 });
    expect(seen.summary).not.toBeNull();
  });

  test('is the same whatever the values are, and another where a thing, what is done or an attribute differs', () => {
    const of = (...resources: readonly ResourceChange[]) => see(resources).fingerprint;
    const one = of(change('t.a'), change('t.b'));
    expect(of(change('t.b'), change('t.a'))).toBe(one);
    expect(of(change('t.a', { attributes: [attribute('tags.owner', '"z"')] }), change('t.b'))).toBe(one);
    const others = [
      of(change('t.a')),
      of(change('t.a'), change('t.c')),
      of(change('t.a'), change('t.b', { action: 'replace' })),
      of(change('t.a'), change('t.b', { attributes: [attribute('tags.team')] })),
    ];
    expect(new Set([one, ...others]).size).toBe(5);
  });

  test('is not known where the tool did not look, or not at all of it', () => {
    const words = {
      tool: 'x',
      blocked: [],
      warnings: [],
      unpredictable: [],
      notPreviewable: [],
      deterministic: true,
      verified: false,
    };
    const rest = { ...words, noise: [], target: {}, facts: {} };
    expect(see([], [], { words: rest as never })).toMatchObject({ status: 'unknown' });
    const partly = { words: { ...rest, verified: true, unseen: ['what is in the cluster'] } as never };
    expect(see([], [], partly)).toMatchObject({ status: 'unknown' });
    expect(see([change('t.a')], [], partly)).toMatchObject({ status: 'drifted' });
    expect(see([], [], { complete: false })).toMatchObject({ status: 'unknown' });
    expect(see([change('t.a')], [], { complete: false })).toMatchObject({ status: 'drifted' });
  });

  test('is nothing of a project that was never applied here', () => {
    const seen = seenIn(planOf([change('t.a')]), {
      commit: commit('a'),
      isApplied: false,
      ignore: [],
      isUnsettled: () => false,
      at: start,
    });
    expect(seen).toMatchObject({ status: 'pending', fingerprint: null, counts: { update: 1 } });
  });
});

describe('what is passed over', () => {
  const isIgnored = (one: ResourceChange, ...rules: readonly DriftIgnore[]) =>
    see([one], rules).ignored === 1;

  test('is what is named, until the end of its day', () => {
    expect(isIgnored(change('t.a'), rule())).toBe(true);
    expect(isIgnored(change('t.b'), rule())).toBe(false);
    expect(isIgnored(change('t.b'), rule({ address: 't.*' }))).toBe(true);
    expect(isIgnored(change('t.a["x"]'), rule({ address: 't.a["*"]' }))).toBe(true);
    expect(isIgnored(change('t.a'), rule({ until: '2025-12-31' }))).toBe(false);
    expect(isIgnored(change('t.a', { action: 'delete' }), rule())).toBe(true);
  });

  test('by attribute is an update of exactly these', () => {
    const tags = rule({ paths: ['tags'] });
    expect(isIgnored(change('t.a'), tags)).toBe(true);
    expect(isIgnored(change('t.a', { attributes: [attribute('tags[0]')] }), tags)).toBe(true);
    const both = change('t.a', { attributes: [attribute('tags.a'), attribute('size')] });
    expect(isIgnored(both, tags)).toBe(false);
    expect(isIgnored(both, tags, rule({ paths: ['size'] }))).toBe(true);
    expect(isIgnored(change('t.a', { attributes: [attribute('tagsets')] }), tags)).toBe(false);
    for (const more of [
      { action: 'replace' as const },
      { action: 'delete' as const },
      { previousAddress: 't.z' },
      { importing: { id: 'x' } },
      { attributes: [] },
      { noise: 2 },
      { attributes: [attribute('tags.a'), attribute('… 7 more changed attributes')] },
    ])
      expect(isIgnored(change('t.a', more), rule({ paths: ['*'] })), JSON.stringify(more)).toBe(false);
  });

  test('a pattern fits as its regular expression does', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '['), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 6 });
    fc.assert(
      fc.property(pattern, text, (one, other) => {
        const source = one.replaceAll('.', '\\.').replaceAll('*', '.*');
        expect(fits(one, other)).toBe(new RegExp(`^${source}$`).test(other));
      }),
    );
  });
});

describe('when a project is looked at', () => {
  const schedules: readonly (DriftSchedule | null)[] = [
    null,
    { cron: '0 * * * *', zone: 'UTC' },
    { cron: '30 2 * * *', zone: 'Europe/Berlin' },
  ];
  const rhythm = (schedule: DriftSchedule | null, key = 'k', jitterMs = 600_000) =>
    rhythmOf(schedule, { key, runner: 'terraform', jitterMs, nextTime });
  const row = (more: object = {}) => ({
    ...unseen({ project: project().key, repo, name: 'network', ref: 'refs/heads/main', dueAt: 0 }, start),
    ...more,
  });

  test('is a moment after the last one, ever later, and never missed for more than its interval', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...schedules),
        fc.string(),
        fc.integer({ min: start, max: start + 400 * day }),
        (schedule, key, at) => {
          const its = rhythm(schedule, key);
          const next = its.next(at);
          expect(next).toBeGreaterThan(at);
          expect(next - at).toBeLessThanOrEqual(day + hour + 600_000);
          // Nothing lies in between.
          expect(its.next(next - 1)).toBe(next);
        },
      ),
    );
  });

  test('is spread by the key, and always the same', () => {
    const moments = Array.from(
      { length: 200 },
      (_, index) => rhythm(null, `key ${index}`).next(start) - start,
    );
    expect(Math.max(...moments) - Math.min(...moments)).toBeGreaterThan(0.9 * day);
    expect(new Set(moments).size).toBe(200);
    expect(spreadOver('a', hour)).toBe(spreadOver('a', hour));
    expect(spreadOver('a', 0)).toBe(0);
    expect(rhythmOf(null, { key: 'k', runner: 'helm', jitterMs: 0, nextTime }).next(start)).toBeLessThan(
      start + hour + 1,
    );
  });

  test('is once for all that was missed, not all together behind a stop', () => {
    const its = rhythm({ cron: '0 * * * *', zone: 'UTC' }, 'k', 0);
    const now = start + 30 * day;
    const missed = nextLook(row({ tickAt: start }), its, { now, upSince: now, spreadMs: hour });
    expect(missed).toBeGreaterThanOrEqual(now);
    expect(missed).toBeLessThan(now + hour);
    const after = nextLook(row({ tickAt: now }), its, { now, upSince: now, spreadMs: hour });
    expect(after).toBe(now + hour);
  });

  test('is now where somebody asks, and not before what puts it off is over', () => {
    const its = rhythm(null);
    const told = { now: start, upSince: start, spreadMs: 0 };
    expect(nextLook(row({ askedAt: start - 5 }), its, told)).toBe(start - 5);
    expect(nextLook(row({ askedAt: start + day }), its, told)).toBe(start);
    const putOff = { because: 'a', since: start, until: start + 60_000 };
    expect(nextLook(row({ askedAt: start, putOff }), its, told)).toBe(start + 60_000);
    const never = { ...putOff, until: start + 400 * day };
    expect(nextLook(row({ askedAt: start, putOff: never }), its, told)).toBe(start);
  });

  test('comes once where the clock is set back a little, and comes at all where it was far ahead', () => {
    const its = rhythm({ cron: '0 * * * *', zone: 'UTC' }, 'k', 0);
    const little = row({ tickAt: start + 2_000 });
    expect(isFarAhead(little, its, start)).toBe(false);
    expect(nextLook(little, its, { now: start, upSince: 0, spreadMs: 0 })).toBe(start + hour);
    expect(isFarAhead(row({ tickAt: start + 365 * day }), its, start)).toBe(true);
    expect(isFarAhead(row({ since: start + 365 * day }), its, start)).toBe(true);
  });
});

describe('the row', () => {
  const seen = see([change('t.a')]);
  const before = unseen(
    { project: project().key, repo, name: 'network', ref: 'refs/heads/main', dueAt: 0 },
    start,
  );

  test('counts looks that find drift, and keeps since when', () => {
    const first = afterLook(before, seen, start + 1);
    expect(first).toMatchObject({ status: 'drifted', since: start + 1, consecutive: 1 });
    expect(isNews(before, first)).toBe(true);
    const second = afterLook(first, see([change('t.a')]), start + 2);
    expect(second).toMatchObject({ since: start + 1, consecutive: 2, checkedAt: start + 2 });
    expect(isNews(first, second)).toBe(false);
    const other = afterLook(second, see([change('t.b')]), start + 3);
    expect(other).toMatchObject({ since: start + 3, consecutive: 3 });
    expect(isNews(second, other)).toBe(true);
    expect(afterLook(other, see([]), start + 4)).toMatchObject({ status: 'clean', consecutive: 0 });
  });

  test('lets no look that saw nothing end what drifts', () => {
    const first = afterLook(before, seen, start + 1);
    const failed = { ...see([]), status: 'failed', because: 'no such host' } as const;
    const after = afterLook(first, failed, start + 2);
    expect(after).toMatchObject({ status: 'drifted', consecutive: 1, because: 'no such host' });
    expect(after.counts).toEqual(first.counts);
    expect(isNews(first, after)).toBe(false);
  });
});
