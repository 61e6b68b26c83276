import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { difference, type Sides } from '../../src/helm/manifests/difference.ts';
import { hooksToRun, isHook } from '../../src/helm/manifests/hooks.ts';
import type { Json } from '../../src/helm/manifests/json.ts';
import { type KubeObject, readManifest } from '../../src/helm/manifests/objects.ts';
import { secretValues } from '../../src/helm/manifests/secrets.ts';
import { unpredictable } from '../../src/helm/manifests/unpredictable.ts';

const options = { namespace: 'web', clusterWide: new Set<string>() };
const read = (text: string): readonly KubeObject[] => readManifest(text, options).objects;
const fixture = (name: string) => read(readFileSync(`test/fixtures/helm/${name}.yaml`, 'utf8'));
const none: Omit<Sides, 'before' | 'after'> = {
  live: new Map(),
  owner: { release: 'web', namespace: 'web' },
  takesOwnership: false,
};
const map = (name: string, data: Json, metadata: Record<string, Json> = {}): KubeObject => {
  const [object] = read(
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data }),
  );
  if (object === undefined) throw new Error('nothing was read');
  return object;
};

const data = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.string(), { maxKeys: 3 });
const objects = fc
  .uniqueArray(fc.tuple(fc.constantFrom('p', 'q', 'r', 's', 't'), data), { selector: ([name]) => name })
  .map((all) => all.map(([name, inner]) => map(name, inner)));

describe('the difference of two manifests', () => {
  test('is what makes the one the other: nothing is left out and nothing is made up', () => {
    fc.assert(
      fc.property(objects, objects, (before, after) => {
        const { items, same } = difference({ ...none, before, after });
        const world = new Map(before.map(({ address, value }) => [address, value]));
        for (const { address, action, before: old, after: next } of items) {
          expect(world.get(address) ?? null).toEqual(old);
          if (next === null) world.delete(address);
          else world.set(address, next);
          expect(action).toBe(old === null ? 'create' : next === null ? 'delete' : 'update');
          expect(old).not.toEqual(next);
        }
        expect(world).toEqual(new Map(after.map(({ address, value }) => [address, value])));
        expect(same + items.filter(({ action }) => action !== 'delete').length).toBe(after.length);
      }),
    );
  });

  test('of a chart, as real templates are written', async () => {
    const found = difference({ ...none, before: fixture('before'), after: fixture('after') });
    await expect(`${JSON.stringify(found, null, 2)}\n`).toMatchFileSnapshot(
      '../fixtures/helm/difference.json',
    );
  });

  test('of the whole of a Secret its keys are named and every value is marked', () => {
    const found = difference({ ...none, before: fixture('before'), after: fixture('after') });
    const secret = found.items.find(({ type }) => type === 'Secret');
    expect(secret?.sensitive).toEqual([
      '/data/added',
      '/data/gone',
      '/data/password',
      '/data/same',
      '/stringData/token',
    ]);
    expect(secretValues(fixture('before'))).toEqual(
      expect.arrayContaining(['aHVudGVyMg==', 'hunter2', 'of-before']),
    );
  });
});

describe('what is in the cluster already', () => {
  const wanted = map('a', { x: 'new' });
  const live = (annotations: Record<string, Json>, labels: Record<string, Json>) =>
    new Map([[wanted.address, map('a', { x: 'old', other: '1' }, { annotations, labels }).value]]);
  const owned = live(
    { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'web' },
    { 'app.kubernetes.io/managed-by': 'Helm' },
  );
  const planned = (sides: Partial<Sides>) => difference({ ...none, before: [], after: [wanted], ...sides });

  test('and belongs to the release is taken in', () => {
    const { items, blocked } = planned({ live: owned });
    expect(items).toMatchObject([{ action: 'import', before: { data: { x: 'old' } }, after: wanted.value }]);
    expect(blocked).toEqual([]);
  });

  test.for([
    ['nobody', live({}, {})],
    [
      'another',
      live(
        { 'meta.helm.sh/release-name': 'api', 'meta.helm.sh/release-namespace': 'web' },
        { 'app.kubernetes.io/managed-by': 'Helm' },
      ),
    ],
    // Helm wants the label as well.
    ['web', live({ 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'web' }, {})],
  ] as const)('and belongs to %s blocks, unless somebody said to take it over', ([, there]) => {
    expect(planned({ live: there }).blocked).toHaveLength(1);
    const taken = planned({ live: there, takesOwnership: true });
    expect(taken.blocked).toEqual([]);
    expect(taken.items).toMatchObject([{ action: 'import' }]);
  });

  test('and says keep stays, whatever was once rendered', () => {
    const keep = { annotations: { 'helm.sh/resource-policy': 'keep' } };
    const gone = (rendered: KubeObject, there: KubeObject | null) =>
      difference({
        ...none,
        before: [rendered],
        after: [],
        live: new Map(there === null ? [] : [[rendered.address, there.value]]),
      }).items[0]?.action;
    expect(gone(map('a', {}, keep), null)).toBe('forget');
    expect(gone(map('a', {}), map('a', {}, keep))).toBe('forget');
    expect(gone(map('a', {}, keep), map('a', {}))).toBe('delete');
  });
});

describe('hooks', () => {
  const hook = (name: string, events: string, weight: string) =>
    map(name, {}, { annotations: { 'helm.sh/hook': events, 'helm.sh/hook-weight': weight } });

  test('run in the order of their weights', () => {
    const hooks = [
      hook('late', 'pre-upgrade', '5'),
      hook('b', 'pre-upgrade, post-upgrade', '-1'),
      hook('a', 'pre-upgrade', '-1'),
      hook('once', 'pre-install', '0'),
    ];
    expect(hooks.every(isHook)).toBe(true);
    expect(
      hooksToRun(hooks, ['pre-upgrade', 'post-upgrade']).map(({ address, event }) => `${event} ${address}`),
    ).toEqual([
      'pre-upgrade core/ConfigMap/web/a',
      'pre-upgrade core/ConfigMap/web/b',
      'pre-upgrade core/ConfigMap/web/late',
      'post-upgrade core/ConfigMap/web/b',
    ]);
  });
});

describe('two renders', () => {
  test('that agree have nothing unpredictable', () => {
    fc.assert(fc.property(objects, (all) => unpredictable(all, all).length === 0));
  });

  test('that do not are told by the places at which they differ', () => {
    expect(
      unpredictable(
        [map('a', { x: '1', y: '1' }), map('b', {}), map('same', {})],
        [map('a', { x: '2', y: '1' }), map('same', {}), map('c', {})],
      ),
    ).toEqual([
      { address: 'core/ConfigMap/web/a', pointer: '/data/x' },
      { address: 'core/ConfigMap/web/b', pointer: '' },
      { address: 'core/ConfigMap/web/c', pointer: '' },
    ]);
  });
});

test.each(['constructor', 'toString', '__proto__'])(
  'a key called %s that only the wanted object has is in no live one',
  (key) => {
    const wanted = map(
      'a',
      Object.fromEntries([
        [key, 'x'],
        ['k', '1'],
      ]),
    );
    const there = map('a', { k: '1' });
    const { items } = difference({
      ...none,
      before: [],
      after: [wanted],
      live: new Map([[wanted.address, there.value]]),
      takesOwnership: true,
    });
    expect(items[0]?.before).toMatchObject({ data: { k: '1' } });
    expect(Object.keys(Object(items[0]?.before?.['data']))).toEqual(['k']);
  },
);
