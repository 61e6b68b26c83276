import { z } from 'zod';
import type { Asked } from './asked.ts';
import { ManifestUnreadable, type ReadDocument } from './manifests/document.ts';
import { isHook } from './manifests/hooks.ts';
import { at, isList, textAt } from './manifests/json.ts';
import { type KubeObject, readManifest } from './manifests/objects.ts';
import { secretValues } from './manifests/secrets.ts';
import { place } from './release.ts';
import { failed, wrong } from './stopped.ts';
import type { Tools } from './tools.ts';

/** What Helm would do, in its own words. */
export interface RenderedText {
  readonly manifest: string;
  readonly hooks: readonly string[];
  readonly chart: { readonly name: string; readonly version: string };
  /** Events of hooks that Helm does not know: such objects are left out by it. */
  readonly dropped: readonly string[];
}

/** The same as objects. */
export interface Rendered {
  readonly objects: readonly KubeObject[];
  readonly hooks: readonly KubeObject[];
  readonly warnings: readonly string[];
}

const printed = z.object({
  manifest: z.string(),
  hooks: z
    .array(z.object({ manifest: z.string() }))
    .nullish()
    .transform((found) => found ?? []),
  chart: z.object({ metadata: z.object({ name: z.string(), version: z.string() }) }),
});

export interface Source {
  /** The chart's archive. */
  readonly chart: string;
  readonly values: readonly string[];
}

/** Never `--set`: an argument is seen by everybody on the machine. Never the values of the last revision. */
export const upgradeArguments = (asked: Asked, { chart, values }: Source): readonly string[] => [
  ...['upgrade', asked.release, chart, '--install', ...place(asked), '--reset-values'],
  ...values.flatMap((file) => ['--values', file]),
];

/** Has Helm render against the cluster, and write nothing. Throws Stopped. */
export const renderOnServer = async (
  tools: Tools,
  asked: Asked,
  source: Source,
  secrets: readonly string[] = [],
): Promise<RenderedText> => {
  const { code, stdout, stderr } = await tools.helm([
    ...upgradeArguments(asked, source),
    // Whose an object is, we ask and tell ourselves, of each: Helm would stop at the first one that is not its own.
    ...['--dry-run=server', '--take-ownership', '--output', 'json'],
  ]);
  if (code !== 0) throw failed('Helm cannot render this', stderr, secrets);
  const { manifest, hooks, chart } = printed.parse(JSON.parse(stdout));
  return {
    manifest,
    hooks: hooks.map((hook) => hook.manifest),
    chart: chart.metadata,
    dropped: droppedIn(stderr),
  };
};

/** Both majors say it on standard error, each in its way. */
const droppedIn = (stderr: string): readonly string[] => {
  const said = /skipping unknown hooks?"?:? (?:hookTypes=)?"?([A-Za-z][A-Za-z, -]*)/g;
  return [...new Set([...stderr.matchAll(said)].map((match) => (match[1] ?? '').trim()))].sort();
};

export interface Reading {
  readonly namespace: string;
  readonly clusterWide: ReadonlySet<string>;
  readonly known: Map<string, ReadDocument>;
}

/** Reads manifest and hooks. `what` is whose, for people. Throws Stopped. */
export const readRendered = (what: string, manifest: string, hooks: string, reading: Reading): Rendered => {
  try {
    const main = readManifest(manifest, reading);
    const extra = readManifest(hooks, reading);
    return {
      objects: main.objects.filter((object) => !isHook(object)),
      hooks: [...main.objects, ...extra.objects].filter(isHook),
      warnings: [...main.warnings, ...extra.warnings],
    };
  } catch (error) {
    if (error instanceof ManifestUnreadable) throw wrong(`${what} cannot be read: ${error.message}`);
    throw error;
  }
};

/** Two objects of one name in one render: Helm would make the one and then the other of it. */
export const refuseTwice = ({ objects, hooks }: Rendered): void => {
  for (const all of [objects, hooks]) {
    const seen = new Set<string>();
    for (const { address } of all) {
      if (seen.has(address)) throw wrong(`The chart renders ${address} twice.`);
      seen.add(address);
    }
  }
};

/** Versions of groups that are not of Kubernetes, whose kinds the cluster has to be asked about. */
export const foreignVersions = (manifests: readonly string[]): readonly string[] => {
  const found = manifests.flatMap((text) => [
    ...text.matchAll(/^\s*"?apiVersion"?: *["']?([a-z0-9.-]+\.[a-z0-9.-]+\/[a-z0-9]+)["']?/gm),
  ]);
  const versions = new Set(found.map((match) => match[1] ?? ''));
  return [...versions].filter(
    (version) => !/^[^/]*\.k8s\.io\/|^(?:apps|batch|policy|autoscaling)\//.test(version),
  );
};

/** What definitions among these say of kinds that the cluster does not serve yet. */
export const definedWide = (objects: readonly KubeObject[]): readonly string[] =>
  objects
    .filter(
      ({ kind, value }) =>
        kind === 'CustomResourceDefinition' && textAt(value, 'spec', 'scope') === 'Cluster',
    )
    .map(({ value }) => `${textAt(value, 'spec', 'group')}/${textAt(value, 'spec', 'names', 'kind')}`);

/** StatefulSets leave these behind when they go. */
export const claimsOf = ({ kind, value }: KubeObject): readonly string[] => {
  const templates = kind === 'StatefulSet' ? at(value, 'spec', 'volumeClaimTemplates') : undefined;
  return isList(templates) ? templates.map((one) => textAt(one, 'metadata', 'name')) : [];
};

/** Values that must not stand in anything that is printed. */
export const secretsOf = (all: readonly Rendered[]): readonly string[] =>
  secretValues(all.flatMap(({ objects, hooks }) => [...objects, ...hooks]));
