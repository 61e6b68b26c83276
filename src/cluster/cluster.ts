import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import type { Clock } from '../clock/port.ts';
import { createApi } from './api.ts';
import type { Behaviour, BehaviourMatch } from './behaviours.ts';
import { createControllers } from './controllers.ts';
import { createFaults, type Fault, type FaultKind, type RequestMatch } from './faults.ts';
import type { JsonMap } from './json.ts';
import { type KubeObject, namespaceOf } from './objects.ts';
import { type Admission, createOperations } from './operations.ts';
import { serveApi } from './server.ts';
import { createStorage, newUid } from './storage.ts';
import type { TracedRequest } from './traced.ts';

export interface ClusterOptions {
  readonly clock: Clock;
  /** What `/version` says; default `v1.32.3`. */
  readonly version?: string;
  /** Of `kube-system`, by which a cluster is told from another; default: a new one. */
  readonly uid?: string;
  /** Namespaces that are there, beside `default` and `kube-system`. */
  readonly namespaces?: readonly string[];
  /** A webhook of the cluster: what it gives back is written, what it throws (a `Refusal`) is answered. */
  readonly admission?: Admission;
  /** For people, who ask for anything: what is not known is not found, and `close` does not throw for it. */
  readonly isLenient?: boolean;
}

export interface KubeconfigWish {
  /** Name of the context; default `test`. */
  readonly context?: string;
  /** Default `admin`. Faults and the trace know requests by it. */
  readonly user?: string;
}

export interface ObjectMatch {
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string | RegExp;
}

/** A Kubernetes API in the memory of this process: see README.md beside this file. */
export interface Cluster {
  readonly url: string;
  /** UID of `kube-system`. */
  readonly uid: string;
  /** Writes a kubeconfig with one context, and returns its path. */
  kubeconfig(file: string, wish?: KubeconfigWish): string;
  /** Environment for helm and kubectl of this cluster, with everything that they keep in a folder of its own. */
  environment(folder: string, wish?: KubeconfigWish): Record<string, string>;
  /** Requests so far, oldest first, since the last `forget`. */
  trace(): readonly TracedRequest[];
  forget(): void;
  objects(match?: ObjectMatch): readonly KubeObject[];
  object(kind: string, namespace: string, name: string): KubeObject | null;
  /** Somebody else makes, or changes, an object: what is given is merged into what is there. */
  edit(object: KubeObject, manager?: string): KubeObject;
  /** Somebody else deletes one. */
  remove(kind: string, namespace: string, name: string): void;
  fault(match: RequestMatch, what: FaultKind): Fault;
  /** How workloads fare from now on. */
  behave(match: BehaviourMatch, behaviour: Behaviour): void;
  /** Throws when a client asked what this API does not know, unless it is lenient. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const fits = ({ kind, namespace, name }: ObjectMatch, object: KubeObject): boolean =>
  (kind === undefined || kind === object.kind) &&
  (namespace === undefined || namespace === namespaceOf(object)) &&
  (name === undefined ||
    (typeof name === 'string' ? name === object.metadata.name : name.test(object.metadata.name)));

export const startCluster = async (options: ClusterOptions): Promise<Cluster> => {
  const { clock } = options;
  const storage = createStorage(clock);
  const faults = createFaults();
  const trace: TracedRequest[] = [];
  const strays: string[] = [];
  const operations = createOperations(storage, options.admission ?? ((object) => object));
  const api = createApi(storage, operations, {
    gitVersion: options.version ?? 'v1.32.3',
    logOf: (pod) => controllers.logOf(pod),
  });
  const kindOf = (name: string) => api.kinds().find(({ kind }) => kind === name) ?? null;
  const controllers = createControllers(storage, clock, kindOf);
  const mustKnow = (name: string) => {
    const kind = kindOf(name);
    if (kind === null) throw new Error(`no kind ${name} in this cluster`);
    return kind;
  };
  const write = (manager: string) => ({
    dryRun: false,
    manager,
    force: true,
    validation: 'Strict' as const,
    subresource: null,
  });
  const edit = (object: KubeObject, manager = 'kubectl-edit'): KubeObject => {
    const kind = mustKnow(object.kind);
    const target = {
      kind,
      namespace: kind.namespaced ? namespaceOf(object) : '',
      name: object.metadata.name,
    };
    const isThere = storage.read(kind, target.namespace, target.name) !== null;
    return isThere
      ? operations.patch(target, 'application/merge-patch+json', object, write(manager)).object
      : operations.create(target, object, write(manager)).object;
  };
  for (const name of ['default', 'kube-system', ...(options.namespaces ?? [])])
    edit({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, 'kube-apiserver');
  const uid = options.uid ?? newUid();
  const system = storage.read({ group: '', plural: 'namespaces' }, '', 'kube-system');
  if (system === null) throw new Error('kube-system was not made');
  storage.write({ group: '', plural: 'namespaces' }, { ...system, metadata: { ...system.metadata, uid } });

  const server = await serveApi(api, storage, { clock, faults, trace, strays });
  const kubeconfig = (file: string, { context = 'test', user = 'admin' }: KubeconfigWish = {}): string => {
    const config: JsonMap = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': context,
      clusters: [
        { name: context, cluster: { server: user === 'admin' ? server.url : `${server.url}/as/${user}` } },
      ],
      users: [{ name: user, user: {} }],
      contexts: [{ name: context, context: { cluster: context, user } }],
    };
    writeFileSync(file, stringify(config), { mode: 0o600 });
    return file;
  };
  const close = async (): Promise<void> => {
    controllers.close();
    await server.close();
    if (strays.length > 0 && options.isLenient !== true)
      throw new Error(`This API was asked what it does not know:\n${strays.join('\n')}`);
  };
  return {
    url: server.url,
    uid,
    kubeconfig,
    environment: (folder, wish) => {
      mkdirSync(folder, { recursive: true });
      const at = (name: string) => path.join(folder, name);
      return {
        HOME: folder,
        KUBECONFIG: kubeconfig(at('kubeconfig'), wish),
        KUBECACHEDIR: at('kube-cache'),
        HELM_CONFIG_HOME: at('helm-config'),
        HELM_CACHE_HOME: at('helm-cache'),
        HELM_DATA_HOME: at('helm-data'),
        NO_COLOR: '1',
      };
    },
    trace: () => trace,
    forget: () => {
      trace.length = 0;
    },
    objects: (match = {}) => storage.all().filter((object) => fits(match, object)),
    object: (kind, namespace, name) =>
      storage.all().find((object) => fits({ kind, namespace, name }, object)) ?? null,
    edit,
    remove: (name, namespace, object) => {
      operations.remove({ kind: mustKnow(name), namespace, name: object }, {}, false);
    },
    fault: faults.arm,
    behave: controllers.behave,
    close,
    [Symbol.asyncDispose]: close,
  };
};
