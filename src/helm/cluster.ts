import { z } from 'zod';
import type { Asked } from './asked.ts';
import { at, isObject, type Json, type JsonObject, textAt } from './manifests/json.ts';
import type { KubeObject } from './manifests/objects.ts';
import { blocked, failed, wrong } from './stopped.ts';
import type { Tools } from './tools.ts';

/** By what a cluster is known again: its address may be given to another one. */
export interface Cluster {
  readonly server: string;
  /** Of the namespace `kube-system`, which is as old as the cluster. */
  readonly uid: string;
  readonly context: string;
  readonly hasNamespace: boolean;
}

const kubeconfig = z.object({
  clusters: z.array(z.object({ cluster: z.object({ server: z.string() }) })).min(1),
});
const json = z.json();

const parseJson = (text: string): Json => json.parse(JSON.parse(text));

export const contextOf = ({ context }: Asked): string => {
  if (context === undefined)
    throw wrong('Nobody says which cluster: give `with: { context: … }`, a context of the kubeconfig.');
  return context;
};

/** Which cluster this is, and whether the release's namespace is there. */
export const askCluster = async (tools: Tools, asked: Asked): Promise<Cluster> => {
  const context = contextOf(asked);
  const [view, namespaces] = await Promise.all([
    tools.kubectlSays(`The context ${context} could not be read`, [
      ...['config', 'view', '--minify', '--context', context, '-o', 'json'],
    ]),
    tools.kubectlSays('The cluster did not say who it is (it has to let us get namespaces)', [
      ...['--context', context, 'get', 'namespace', 'kube-system', asked.namespace],
      ...['--ignore-not-found', '-o', 'json'],
    ]),
  ]);
  const server = kubeconfig.parse(JSON.parse(view)).clusters[0]?.cluster.server ?? '';
  const found = itemsOf(namespaces === '' ? null : parseJson(namespaces));
  const named = (name: string) => found.find((one) => textAt(one, 'metadata', 'name') === name);
  const uid = textAt(named('kube-system'), 'metadata', 'uid');
  if (uid === '') throw wrong('The cluster has no kube-system, so it cannot be known again.');
  return { server, uid, context, hasNamespace: named(asked.namespace) !== undefined };
};

/** kubectl prints one object as it is, and several as a list. */
const itemsOf = (printed: Json): readonly JsonObject[] => {
  if (!isObject(printed)) return [];
  const items = at(printed, 'items');
  return Array.isArray(items) ? items.filter(isObject) : [printed];
};

const asInput = (objects: readonly KubeObject[]): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects.map(({ value }) => value) });

const unknownKind = /no matches for kind "([^"]+)" in version "([^"]+)"/g;

/** What of these is in the cluster. Of a kind that it does not know, nothing is. */
export const askLive = async (
  tools: Tools,
  cluster: Cluster,
  objects: readonly KubeObject[],
): Promise<readonly JsonObject[]> => {
  const named = objects.filter(({ name }) => !name.includes('*'));
  if (named.length === 0) return [];
  const args = ['--context', cluster.context, 'get', '-f', '-', '--ignore-not-found', '-o', 'json'];
  const { code, stdout, stderr } = await tools.kubectl(args, { input: asInput(named) });
  if (code === 0) return itemsOf(stdout.trim() === '' ? null : parseJson(stdout));
  const unknown = [...stderr.matchAll(unknownKind)].map(([, kind, version]) => `${version} ${kind}`);
  const rest = named.filter(
    ({ value }) => !unknown.includes(`${textAt(value, 'apiVersion')} ${textAt(value, 'kind')}`),
  );
  if (rest.length < named.length) return askLive(tools, cluster, rest);
  throw failed('The cluster did not say what of this release is in it', stderr);
};

export interface Merged {
  /** What the API server would make of these objects. */
  readonly objects: readonly JsonObject[];
  /** Null where it answered. */
  readonly refused: string | null;
}

/** What the API server would make of these objects, without storing it: a server-side apply as a dry run. */
export const askMerged = async (
  tools: Tools,
  cluster: Cluster,
  objects: readonly KubeObject[],
): Promise<Merged> => {
  const named = objects.filter(({ name }) => !name.includes('*'));
  if (named.length === 0) return { objects: [], refused: null };
  const { code, stdout, stderr } = await tools.kubectl(
    [
      ...['--context', cluster.context, 'apply', '--server-side', '--dry-run=server', '--force-conflicts'],
      ...['--field-manager=helm', '-f', '-', '-o', 'json'],
    ],
    { input: asInput(named) },
  );
  if (code === 0) return { objects: itemsOf(parseJson(stdout)), refused: null };
  const stop = failed('The API server did not try this', stderr);
  if (stop.exit === 75) throw stop;
  return { objects: [], refused: stop.message.replaceAll('\n', ' ') };
};

const resources = z.object({
  resources: z.array(z.object({ kind: z.string(), namespaced: z.boolean() })),
});

/** `GROUP/KIND` of the kinds without a namespace that the cluster adds to those of Kubernetes. */
export const askClusterWide = async (
  tools: Tools,
  context: string,
  versions: readonly string[],
): Promise<ReadonlySet<string>> => {
  const found = await Promise.all(
    versions.map(async (version) => {
      const { code, stdout } = await tools.kubectl([
        '--context',
        context,
        'get',
        '--raw',
        `/apis/${version}`,
      ]);
      // Not served: then a CustomResourceDefinition of the chart itself says what it is.
      if (code !== 0) return [];
      const group = version.slice(0, version.indexOf('/'));
      return resources
        .parse(JSON.parse(stdout))
        .resources.filter(({ namespaced }) => !namespaced)
        .map(({ kind }) => `${group}/${kind}`);
    }),
  );
  return new Set(found.flat());
};

/** Throws Stopped where this is not the cluster of the plan. */
export const checkSame = (planned: Omit<Cluster, 'hasNamespace'>, now: Cluster): void => {
  if (planned.server !== now.server || planned.uid !== now.uid || planned.context !== now.context)
    throw blocked(
      `The plan was made against ${planned.server} (context ${planned.context}), and this is another cluster. Plan again.`,
    );
};
