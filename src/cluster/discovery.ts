import type { JsonMap } from './json.ts';
import { groupVersion, type Kind } from './kinds.ts';

const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

export const versionInfo = (gitVersion: string): JsonMap => {
  const [major = '1', minor = '32'] = gitVersion.slice(1).split('.');
  return {
    major,
    minor,
    gitVersion,
    gitCommit: 'none',
    gitTreeState: 'clean',
    buildDate: '2026-01-01T00:00:00Z',
    goVersion: 'go1.24',
    compiler: 'gc',
    platform: 'linux/amd64',
  };
};

/** `GET /api`: without it a client takes the core group for absent. */
export const coreVersions: JsonMap = {
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [],
};

/** `GET /apis`. */
export const groups = (kinds: readonly Kind[]): JsonMap => {
  const names = [...new Set(kinds.map(({ group }) => group))].filter((group) => group !== '');
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: names.map((name) => group(kinds, name)),
  };
};

const group = (kinds: readonly Kind[], name: string): JsonMap => {
  const versions = [
    ...new Set(kinds.filter((kind) => kind.group === name).map(({ version }) => version)),
  ].map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] ?? {} };
};

/** `GET /apis/GROUP`; null where nothing of it is served. */
export const oneGroup = (kinds: readonly Kind[], name: string): JsonMap | null =>
  kinds.some((kind) => kind.group === name && name !== '')
    ? { kind: 'APIGroup', apiVersion: 'v1', ...group(kinds, name) }
    : null;

/** `GET /api/v1` and `/apis/GROUP/VERSION`; null where nothing of it is served. */
export const resources = (kinds: readonly Kind[], of: Pick<Kind, 'group' | 'version'>): JsonMap | null => {
  const served = kinds.filter(({ group, version }) => group === of.group && version === of.version);
  if (served.length === 0) return null;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: groupVersion(of),
    resources: served.flatMap(({ kind, plural, namespaced, shortNames }) => [
      {
        name: plural,
        singularName: kind.toLowerCase(),
        namespaced,
        kind,
        verbs,
        shortNames: [...shortNames],
      },
      { name: `${plural}/status`, singularName: '', namespaced, kind, verbs: ['get', 'patch', 'update'] },
    ]),
  };
};

const folder = (of: Pick<Kind, 'group' | 'version'>): string =>
  of.group === '' ? `api/${of.version}` : `apis/${of.group}/${of.version}`;

/** `GET /openapi/v3`: every group and version that is served, or a client looks for its kinds among the custom ones. */
export const openapiIndex = (kinds: readonly Kind[]): JsonMap => ({
  paths: Object.fromEntries(
    kinds.map((kind) => [
      folder(kind),
      { serverRelativeURL: `/openapi/v3/${folder(kind)}?hash=${kinds.length}` },
    ]),
  ),
});

/**
 * `GET /openapi/v3/apis/GROUP/VERSION`, without schemas: that `patch` takes `fieldValidation` tells a client to leave
 * validation to the server, that it takes `dryRun` lets `kubectl diff` ask for one.
 */
export const openapiOf = (kinds: readonly Kind[], of: Pick<Kind, 'group' | 'version'>): JsonMap | null => {
  const served = kinds.filter(({ group, version }) => group === of.group && version === of.version);
  if (served.length === 0) return null;
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string', uniqueItems: true },
  }));
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1' },
    paths: Object.fromEntries(
      served.map(({ kind, group, version, plural, namespaced }) => [
        `/${folder(of)}/${namespaced ? 'namespaces/{namespace}/' : ''}${plural}/{name}`,
        {
          patch: {
            operationId: `patch${kind}`,
            parameters,
            responses: {},
            'x-kubernetes-action': 'patch',
            'x-kubernetes-group-version-kind': { group, version, kind },
          },
        },
      ]),
    ),
    components: { schemas: {} },
  };
};

/**
 * `GET /openapi/v2`, asked for as protobuf and only where a kind is not in version 3: a document without a path, so that
 * the client goes on and says itself that it knows no such kind.
 */
export const openapiV2 = {
  type: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
  // Field 1, `swagger`; field 2, `info` with `title` and `version`.
  bytes: Buffer.from('\x0a\x032.0\x12\x10\x0a\x0aKubernetes\x12\x02v1', 'latin1'),
};
