import { addressOf } from './address.ts';
import {
  coreVersions,
  groups,
  oneGroup,
  openapiIndex,
  openapiOf,
  openapiV2,
  resources,
  versionInfo,
} from './discovery.ts';
import { isMap, type Json, type JsonMap, mapAt } from './json.ts';
import { builtInKinds, groupVersion, type Kind, kindsOf } from './kinds.ts';
import type { KubeObject } from './objects.ts';
import { inVersion, type Operations, type WriteOptions } from './operations.ts';
import { notFound, Refusal } from './refusal.ts';
import { byFields, byLabels, type Selects } from './selectors.ts';
import type { Storage } from './storage.ts';
import type { WatchWish } from './watch.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Media type of the body, without parameters. */
  readonly type: string;
  readonly body: Json;
  readonly userAgent: string;
}

export type Answer =
  | { readonly status: number; readonly body: Json; readonly warnings?: readonly string[] }
  | { readonly text: string }
  | { readonly type: string; readonly bytes: Buffer }
  | { readonly watch: WatchWish };

export interface Api {
  answer(asked: Asked): Answer;
  kinds(): readonly Kind[];
}

const definitions = { group: 'apiextensions.k8s.io', plural: 'customresourcedefinitions' };

const optionsOf = ({ query, userAgent, method }: Asked, subresource: string | null): WriteOptions => {
  const validation = query.get('fieldValidation');
  return {
    dryRun: query.get('dryRun') === 'All',
    manager: query.get('fieldManager') ?? (userAgent.split('/')[0] || 'unknown'),
    force: query.get('force') === 'true',
    validation: validation === 'Strict' || validation === 'Ignore' ? validation : 'Warn',
    subresource: method === 'PATCH' || method === 'PUT' ? subresource : null,
  };
};

export const createApi = (
  storage: Storage,
  operations: Operations,
  options: { readonly gitVersion: string; readonly logOf: (pod: KubeObject) => string },
): Api => {
  const kinds = (): readonly Kind[] => [...builtInKinds, ...storage.list(definitions, null).flatMap(kindsOf)];

  const known = (path: string): Json | null => {
    if (path === '/version') return versionInfo(options.gitVersion);
    if (path === '/api') return coreVersions;
    if (path === '/apis') return groups(kinds());
    if (path === '/openapi/v3') return openapiIndex(kinds());
    const [, root = '', ...rest] = path.split('/');
    const isOpenapi = root === 'openapi' && rest[0] === 'v3';
    const [from = '', ...names] = isOpenapi ? rest.slice(1) : [root, ...rest];
    const [group = '', version] = from === 'api' ? ['', ...names] : names;
    if (from !== 'api' && from !== 'apis') return null;
    if (version === undefined) return isOpenapi ? null : oneGroup(kinds(), group);
    if (names.length !== (from === 'api' ? 1 : 2)) return null;
    return isOpenapi ? openapiOf(kinds(), { group, version }) : resources(kinds(), { group, version });
  };

  const selectsOf = (query: URLSearchParams): Selects => {
    const [labels, fields] = [byLabels(query.get('labelSelector')), byFields(query.get('fieldSelector'))];
    return (object) => labels(object) && fields(object);
  };

  const listed = (kind: Kind, objects: readonly KubeObject[]): JsonMap => ({
    kind: `${kind.kind}List`,
    apiVersion: groupVersion(kind),
    metadata: { resourceVersion: String(storage.version()) },
    items: objects.map((object) => inVersion(object, kind)),
  });

  return {
    kinds,
    answer: (asked) => {
      const { method, path, query, type, body } = asked;
      const address = addressOf(path, kinds());
      if (address === null) {
        if (method === 'GET' && path === '/openapi/v2') return openapiV2;
        const found = method === 'GET' ? known(path) : null;
        if (found === null) throw new Refusal(404, 'the server could not find the requested resource');
        return { status: 200, body: found };
      }
      const { kind, namespace, name, subresource } = address;
      const write = optionsOf(asked, subresource);
      if (name === null) {
        if (method === 'GET' && query.get('watch') === 'true')
          return { watch: { kind, namespace, selects: selectsOf(query), query } };
        if (method === 'GET')
          return { status: 200, body: listed(kind, storage.list(kind, namespace).filter(selectsOf(query))) };
        if (method !== 'POST')
          throw new Refusal(405, 'the server does not allow this method on the requested resource');
        const { object, warnings } = operations.create({ kind, namespace: namespace ?? '' }, body, write);
        return { status: 201, body: inVersion(object, kind), warnings };
      }
      const target = { kind, namespace: namespace ?? '', name };
      const live = storage.read(kind, target.namespace, name);
      if (method === 'GET') {
        if (live === null) throw notFound(kind.plural, kind.group, name);
        if (subresource === 'log') return { text: options.logOf(live) };
        return { status: 200, body: inVersion(live, kind) };
      }
      if (method === 'DELETE') {
        const dryRun = write.dryRun || isDryRun(body);
        const { object, waits } = operations.remove(target, isMap(body) ? body : {}, dryRun);
        if (waits) return { status: 200, body: inVersion(object, kind) };
        const details = { name, group: kind.group, kind: kind.plural, uid: object.metadata['uid'] ?? '' };
        return {
          status: 200,
          body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details },
        };
      }
      if (method !== 'PATCH' && method !== 'PUT')
        throw new Refusal(405, 'the server does not allow this method on the requested resource');
      const { object, created, warnings } =
        method === 'PUT'
          ? operations.replace(target, body, write)
          : operations.patch(target, type, body, write);
      return { status: created ? 201 : 200, body: inVersion(object, kind), warnings };
    },
  };
};

/** DeleteOptions say it in the body as well. */
export const isDryRun = (body: Json): boolean => {
  const said = mapAt({ body }, 'body')['dryRun'];
  return Array.isArray(said) && said.includes('All');
};
