import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Asked } from './asked.ts';
import { type Chart, prepareChart } from './chart.ts';
import { askCluster, type Cluster } from './cluster.ts';
import { markedFed, readFed, valuesWith } from './feeds.ts';
import { freeze } from './frozen.ts';
import { type Looked, lookAtCluster, lookAtDefinitions, readingFor } from './look.ts';
import { difference, type Item, item } from './manifests/difference.ts';
import { driftPlaces, isPutBack, tellDrift } from './manifests/drift.ts';
import { hookEvents, hooksToRun } from './manifests/hooks.ts';
import { isSame } from './manifests/json.ts';
import type { KubeObject } from './manifests/objects.ts';
import { unpredictable } from './manifests/unpredictable.ts';
import { chartName, keepFiles, renderName, writeRecord } from './record.ts';
import { askRelease, askStored, digestOf, nothingStored, type Release } from './release.ts';
import { type Rendered, readRendered, refuseTwice, renderOnServer } from './render.ts';
import { blocked, wrong } from './stopped.ts';
import { type PlanEnd, writeSummary } from './summary.ts';
import type { Tools } from './tools.ts';
import { askVersion, majorOf } from './version.ts';

/** Renders the release twice against the cluster, says what an upgrade would do, and keeps what it needs. Writes nothing there. */
export const plan = async (tools: Tools, asked: Asked, say: (line: string) => void): Promise<PlanEnd> => {
  const [version, cluster, chart] = await Promise.all([
    askVersion(tools),
    askCluster(tools, asked),
    prepareChart(tools, asked),
  ]);
  say(`helm ${version}, ${asked.release} in ${asked.namespace} on ${cluster.server} (${cluster.context})`);
  const release = await askRelease(tools, asked, majorOf(version));
  const base = baseOf(release);
  const fed = await readFed(asked);
  const values = await valuesWith(asked, fed, tools.folder);
  const source = { chart: chart.file, values };
  const [stored, rendered, again, definitions] = await Promise.all([
    base === null ? nothingStored : askStored(tools, asked, base),
    renderOnServer(tools, asked, source, fed.secrets),
    renderOnServer(tools, asked, source, fed.secrets),
    tools.helmSays('The definitions of the chart could not be read', ['show', 'crds', chart.file]),
  ]);
  const texts = [stored.manifest, rendered.manifest, ...rendered.hooks, definitions];
  const reading = await readingFor(tools, asked, cluster, texts);
  const before = readRendered(`Revision ${base}`, stored.manifest, stored.hooks, reading);
  const after = readRendered('What the chart renders', rendered.manifest, joined(rendered.hooks), reading);
  const second = readRendered('What the chart renders', again.manifest, joined(again.hooks), reading);
  refuseTwice(after);
  const crds = readRendered('The definitions of the chart', definitions, '', reading).objects;
  const [looked, kinds] = await Promise.all([
    lookAtCluster(tools, asked, cluster, { before, after, reading }),
    lookAtDefinitions(tools, cluster, crds, reading),
  ]);

  const isInstall = release.state.kind === 'install';
  const found = difference({
    before: before.objects,
    after: after.objects,
    live: looked.live,
    owner: { release: asked.release, namespace: asked.namespace },
    takesOwnership: asked.take_ownership,
  });
  const isUndone = new Map(
    looked.drift.map((one) => [one.address, isPutBack(one, after.objects, release.isServerSide)]),
  );
  const changed = new Set(found.items.map(({ address }) => address));
  // What the chart changes as well is told as that change, with a warning.
  const back = looked.back.filter(({ address }) => !changed.has(address) && isUndone.get(address) === true);
  const isItem = new Set(back.map(({ address }) => address));
  const odd = [
    ...unpredictable(after.objects, second.objects),
    ...unpredictable(after.hooks, second.hooks).map((one) => ({ ...one, address: hookAddress(one.address) })),
  ];
  const told = marked(
    [
      ...releaseItem(asked, release),
      ...namespaceItem(asked, cluster),
      ...(isInstall ? kinds.absent.map((object) => item('create', object, null, object.value)) : []),
      ...[...found.items, ...back].toSorted((a, b) => (a.address < b.address ? -1 : 1)),
      ...hookItems(before.hooks, after.hooks),
    ],
    [...after.objects, ...after.hooks.map((hook) => ({ ...hook, address: hookAddress(hook.address) }))],
    odd,
  );
  const items = markedFed(told, fed);
  const isClean = items.length === 0;
  const isFrozen = asked.frozen || odd.length > 0;
  const file = isFrozen ? await freeze(tools, rendered, definitions) : chart.file;

  await writeFile(
    join(tools.folder, renderName),
    JSON.stringify({ objects: after.objects, hooks: after.hooks }),
  );
  await writeRecord(asked.planDir, {
    schema: 1,
    intent: isClean ? 'nothing' : 'upgrade',
    helm: version,
    release: asked.release,
    namespace: asked.namespace,
    cluster: { server: cluster.server, uid: cluster.uid, context: cluster.context },
    newest: release.newest && { revision: release.newest.revision, status: release.newest.status },
    base: base === null ? null : { revision: base, digest: digestOf(stored) },
    serverSide: release.isServerSide,
    drift: looked.blind === null ? [...driftPlaces(looked.drift)] : null,
    frozen: isFrozen,
    files: await keepFiles(asked.planDir, [
      { name: chartName, from: file },
      { name: renderName, from: join(tools.folder, renderName) },
      ...values.map((from, index) => ({ name: valuesName(index), from })),
    ]).catch((error: unknown) => {
      throw error instanceof Error && 'code' in error && error.code === 'ENOENT'
        ? wrong(`A file of values is not there: ${asked.values.join(', ')}`)
        : error;
    }),
  });
  return writeSummary(
    asked,
    {
      version,
      items,
      same: found.same - back.length,
      runs: isClean
        ? []
        : hooksToRun(
            after.hooks,
            isInstall ? ['pre-install', 'post-install'] : ['pre-upgrade', 'post-upgrade'],
          ),
      blocked: [
        ...found.blocked,
        ...(cluster.hasNamespace || asked.create_namespace
          ? []
          : [`The namespace ${asked.namespace} is not there: make it, or say create_namespace.`]),
      ],
      warnings: [
        ...after.warnings,
        ...(await orphans(tools, asked, cluster, release, { before, after, looked })),
        ...rendered.dropped.map(
          (event) => `A hook of the event ${event}, which Helm does not know, is left out by it.`,
        ),
        ...kinds.other.map(
          ({ name }) => `${name} is otherwise in the chart than in the cluster; Helm will not apply it.`,
        ),
        ...(isInstall
          ? []
          : kinds.absent.map(
              ({ name }) => `${name} is not in the cluster; Helm will not make it at an upgrade.`,
            )),
        ...looked.drift
          .filter(({ address }) => !isItem.has(address))
          .map((one) => tellDrift(one, isUndone.get(one.address) === true)),
      ],
      unpredictable: [
        ...new Set(odd.map(({ address, pointer }) => (pointer === '' ? address : `${address}#${pointer}`))),
      ],
      unseen: looked.blind === null ? [] : [`Changes that somebody made in the cluster: ${looked.blind}`],
      deterministic: odd.length === 0,
      base: baseText(release),
      cluster,
      facts: {
        ...factsOf(chart),
        chart: `${rendered.chart.name} ${rendered.chart.version}`,
        ...(isFrozen && { frozen: 'what was rendered is applied as it is' }),
      },
    },
    say,
  );
};

export const valuesName = (index: number): string => `values-${index}.yaml`;

const joined = (texts: readonly string[]): string => texts.join('\n---\n');

const factsOf = ({ facts }: Chart): Readonly<Record<string, string>> => facts;

/** The revision that Helm goes from. Throws Stopped where it would not. */
const baseOf = ({ state }: Release): number | null => {
  if (state.kind === 'blocked' || state.kind === 'uninstalling') throw blocked(state.says);
  return state.kind === 'install' ? null : state.base;
};

const baseText = ({ state, newest }: Release): string =>
  state.kind === 'install'
    ? `none${newest === null ? '' : ` (uninstalled at ${newest.revision})`}`
    : String(state.base);

const hookAddress = (address: string): string => `hook/${address}`;

/** After an attempt that failed there is something to do, also where the chart is what it was. */
const releaseItem = (asked: Asked, { state, newest }: Release): readonly Item[] => {
  if (newest === null || !(state.kind === 'repair' || (state.kind === 'upgrade' && state.failed !== null)))
    return [];
  return [
    {
      address: `helm/Release/${asked.namespace}/${asked.release}`,
      action: 'update',
      type: 'Release',
      name: asked.release,
      namespace: asked.namespace,
      group: 'helm',
      before: { revision: newest.revision, status: newest.status },
      after: { revision: newest.revision + 1, status: 'deployed' },
      reasons: [
        state.kind === 'repair'
          ? `Revision ${newest.revision} is ${newest.status}, and none is deployed: Helm goes from it.`
          : `Revision ${newest.revision} failed: the last that is deployed is ${state.base}, and Helm goes from that.`,
      ],
    },
  ];
};

const namespaceItem = (asked: Asked, cluster: Cluster): readonly Item[] =>
  cluster.hasNamespace || !asked.create_namespace
    ? []
    : [
        {
          address: `core/Namespace/${asked.namespace}`,
          action: 'create',
          type: 'Namespace',
          name: asked.namespace,
          before: null,
          after: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: asked.namespace } },
        },
      ];

/** Hooks are no objects of a release: they are run, and what they leave stays. */
const hookItems = (before: readonly KubeObject[], after: readonly KubeObject[]): readonly Item[] => {
  const old = new Map(before.map((hook) => [hook.address, hook]));
  const next = new Set(after.map(({ address }) => address));
  const named = (hook: KubeObject): KubeObject => ({ ...hook, address: hookAddress(hook.address) });
  const events = (hook: KubeObject): string => `A hook: ${hookEvents(hook).join(', ')}.`;
  return [
    ...after.flatMap((hook) => {
      const was = old.get(hook.address);
      if (was === undefined) return [item('create', named(hook), null, hook.value, [events(hook)])];
      if (isSame(was.value, hook.value)) return [];
      return [item('update', named(hook), was.value, hook.value, [events(hook)])];
    }),
    ...before
      .filter(({ address }) => !next.has(address))
      .map((hook) => item('forget', named(hook), hook.value, null, ['A hook that is run no more.'])),
  ];
};

type Odd = ReturnType<typeof unpredictable>[number];

/** Items with the places whose value is made anew at each render; an object that only differs there gets one. */
const marked = (
  items: readonly Item[],
  after: readonly KubeObject[],
  odd: readonly Odd[],
): readonly Item[] => {
  const known = new Set(items.map(({ address }) => address));
  const missing = [...new Set(odd.map(({ address }) => address))].filter((address) => !known.has(address));
  const added = missing.map((address) => {
    const object = after.find((one) => one.address === address);
    return object === undefined
      ? {
          address,
          action: 'create' as const,
          type: address.split('/').at(-3) ?? address,
          name: address,
          before: null,
          after: {},
        }
      : item('update', object, object.value, object.value);
  });
  const pointersOf = (address: string) =>
    odd.filter((one) => one.address === address && one.pointer !== '').map(({ pointer }) => pointer);
  return [...items, ...added].map((one) => {
    const unknown = pointersOf(one.address);
    return unknown.length === 0
      ? one
      : {
          ...one,
          unknown,
          reasons: [...(one.reasons ?? []), 'Rendered anew each time: two renders do not agree.'],
        };
  });
};

/** What only the attempt that failed has made, and nothing will take away. */
const orphans = async (
  tools: Tools,
  asked: Asked,
  cluster: Cluster,
  { state }: Release,
  { before, after }: { readonly before: Rendered; readonly after: Rendered; readonly looked: Looked },
): Promise<readonly string[]> => {
  if (state.kind !== 'upgrade' || state.failed === null) return [];
  const stored = await askStored(tools, asked, state.failed);
  const reading = await readingFor(tools, asked, cluster, [stored.manifest]);
  const known = new Set([...before.objects, ...after.objects].map(({ address }) => address));
  return readRendered(`Revision ${state.failed}`, stored.manifest, '', reading)
    .objects.filter(({ address }) => !known.has(address))
    .map(
      ({ address }) =>
        `${address} may be left of revision ${state.failed}, which failed; nothing takes it away.`,
    );
};
