import type { Kind } from './kinds.ts';
import { Refusal } from './refusal.ts';

/** What a path below `/api/v1` or `/apis/GROUP/VERSION` names. */
export interface Address {
  readonly kind: Kind;
  /** Null where those of all namespaces are meant; empty for what has none. */
  readonly namespace: string | null;
  /** Null for the collection. */
  readonly name: string | null;
  readonly subresource: string | null;
}

/** Null for what is no address of a resource: discovery, or nothing that is known. */
export const addressOf = (path: string, kinds: readonly Kind[]): Address | null => {
  const [, root, ...rest] = path.split('/').map(decodeURIComponent);
  const [group, version, ...parts] = root === 'api' ? ['', ...rest] : root === 'apis' ? rest : [];
  if (group === undefined || version === undefined || parts.length === 0) return null;
  const isInside =
    parts[0] === 'namespaces' && parts.length > 2 && !['status', 'finalize'].includes(parts[2] ?? '');
  const [namespace, plural, name, subresource] = isInside ? parts.slice(1) : [null, ...parts];
  const kind = kinds.find((one) => one.group === group && one.version === version && one.plural === plural);
  if (kind === undefined) throw new Refusal(404, 'the server could not find the requested resource');
  return {
    kind,
    namespace: kind.namespaced ? (namespace ?? null) : '',
    name: name ?? null,
    subresource: subresource ?? null,
  };
};
