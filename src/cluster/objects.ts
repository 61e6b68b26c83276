import { isMap, type Json, type JsonMap } from './json.ts';

/** `metadata` as far as the server itself looks at it. */
export interface Metadata extends JsonMap {
  name: string;
}

/** Any object of the API. */
export interface KubeObject extends JsonMap {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
}

/** Whether something that came over the wire has what every object has. */
export const isObject = (value: Json | undefined): value is KubeObject =>
  isMap(value) &&
  typeof value['apiVersion'] === 'string' &&
  typeof value['kind'] === 'string' &&
  isMap(value['metadata']) &&
  typeof value['metadata']['name'] === 'string';

export const namespaceOf = (object: KubeObject): string => {
  const namespace = object.metadata['namespace'];
  return typeof namespace === 'string' ? namespace : '';
};

export const uidOf = (object: KubeObject): string => String(object.metadata['uid'] ?? '');
