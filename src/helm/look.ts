import type { Asked } from './asked.ts';
import { askClusterWide, askLive, askMerged, type Cluster } from './cluster.ts';
import type { Item } from './manifests/difference.ts';
import type { ReadDocument } from './manifests/document.ts';
import { type Drifted, drifted, owned, putBack } from './manifests/drift.ts';
import { differingPaths, type JsonObject } from './manifests/json.ts';
import { type KubeObject, readLive } from './manifests/objects.ts';
import { definedWide, foreignVersions, type Reading, type Rendered, readRendered } from './render.ts';
import type { Tools } from './tools.ts';

/** How the manifests of this release are read: where objects go, and which kinds have no namespace. */
export const readingFor = async (
  tools: Tools,
  asked: Asked,
  cluster: Cluster,
  manifests: readonly string[],
): Promise<Reading> => {
  const known = new Map<string, ReadDocument>();
  const first: Reading = { namespace: asked.namespace, clusterWide: new Set(), known };
  const versions = foreignVersions(manifests);
  if (versions.length === 0) return first;
  const wide = await askClusterWide(tools, cluster.context, versions);
  const defined = manifests.flatMap((text) =>
    definedWide(readRendered('A manifest', text, '', first).objects),
  );
  return { ...first, clusterWide: new Set([...wide, ...defined]) };
};

export interface Looked {
  /** What is there of what the upgrade makes or takes away, by address. */
  readonly live: ReadonlyMap<string, JsonObject>;
  readonly drift: readonly Drifted[];
  /** The same as changes that put it back. */
  readonly back: readonly Item[];
  /** Why nobody knows of drift; null where it was looked at. */
  readonly blind: string | null;
}

/** Looks at the objects themselves: whose they are, and what was done to them since they were applied. */
export const lookAtCluster = async (
  tools: Tools,
  asked: Asked,
  cluster: Cluster,
  sides: { readonly before: Rendered; readonly after: Rendered; readonly reading: Reading },
): Promise<Looked> => {
  const { before, after, reading } = sides;
  const old = new Set(before.objects.map(({ address }) => address));
  const next = new Set(after.objects.map(({ address }) => address));
  const kept = after.objects.filter(({ address }) => old.has(address));
  const asks = [...after.objects, ...before.objects.filter(({ address }) => !next.has(address))];
  const owner = { release: asked.release, namespace: asked.namespace };
  const [found, merged] = await Promise.all([
    cluster.hasNamespace ? askLive(tools, cluster, asks) : [],
    askMerged(
      tools,
      cluster,
      kept.map((object) => owned(object, owner)),
    ),
  ]);
  const live = readLive(found, reading);
  const known = { after: after.objects, live, merged: readLive(merged.objects, reading) };
  const drift = merged.refused === null ? drifted({ before: before.objects, ...known }) : [];
  return {
    live: new Map(live.map(({ address, value }) => [address, value])),
    drift,
    back: putBack({ drift, ...known }),
    blind: merged.refused,
  };
};

/** Definitions of kinds that come beside the templates: Helm makes those that are not there, at the first install only. */
export const lookAtDefinitions = async (
  tools: Tools,
  cluster: Cluster,
  definitions: readonly KubeObject[],
  reading: Reading,
): Promise<{ readonly absent: readonly KubeObject[]; readonly other: readonly KubeObject[] }> => {
  const live = new Map(
    readLive(await askLive(tools, cluster, definitions), reading).map(({ address, value }) => [
      address,
      value,
    ]),
  );
  const isOther = ({ address, value }: KubeObject): boolean => {
    const there = live.get(address);
    // What the server added is no difference: only what the chart says counts.
    return (
      there !== undefined &&
      differingPaths(value, there).some((path) => {
        const [top] = path;
        return top === 'spec' && isSaid(value, path);
      })
    );
  };
  return {
    absent: definitions.filter(({ address }) => !live.has(address)),
    other: definitions.filter(isOther),
  };
};

const isSaid = (value: unknown, path: readonly (string | number)[]): boolean => {
  const found = path.reduce<unknown>(
    (inner, step) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, step) : undefined),
    value,
  );
  return found !== undefined;
};
