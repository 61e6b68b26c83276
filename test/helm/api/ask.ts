import type { JsonMap } from '../../../src/cluster/json.ts';
import type { Kubernetes } from '../../support/kubernetes/kubernetes.ts';

export interface Answered {
  readonly status: number;
  // What the API says is looked at with matchers only.
  readonly body: JsonMap;
}

const types = {
  apply: 'application/apply-patch+yaml',
  strategic: 'application/strategic-merge-patch+json',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  plain: 'application/json',
} as const;

/** One request of a client that is neither helm nor kubectl: `PATCH`, a path with its query, and how the body is meant. */
export const ask = async (
  cluster: Kubernetes,
  method: string,
  path: string,
  body?: unknown,
  how: keyof typeof types = 'plain',
): Promise<Answered> => {
  const response = await fetch(`${cluster.url}${path}`, {
    method,
    headers: { 'content-type': types[how] },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const said: JsonMap = JSON.parse(await response.text());
  return { status: response.status, body: said };
};

export const config = (data: Readonly<Record<string, string>>, name = 'web') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'prod' },
  data: { ...data },
});

export const configs = '/api/v1/namespaces/prod/configmaps';
