import type { ServerResponse } from 'node:http';
import type { Clock } from '../clock/port.ts';
import type { JsonMap } from './json.ts';
import type { Kind } from './kinds.ts';
import { type KubeObject, namespaceOf } from './objects.ts';
import { inVersion } from './operations.ts';
import type { Selects } from './selectors.ts';
import type { Change, Storage } from './storage.ts';

export interface WatchWish {
  readonly kind: Kind;
  /** Null for all of them. */
  readonly namespace: string | null;
  readonly selects: Selects;
  readonly query: URLSearchParams;
}

/** Answers with what happens, one line of JSON each, until the client goes or its time is over. Returns how to end it. */
export const streamChanges = (
  storage: Storage,
  clock: Clock,
  response: ServerResponse,
  wish: WatchWish,
): (() => void) => {
  const { kind, namespace, selects, query } = wish;
  const allowsBookmarks = query.get('allowWatchBookmarks') === 'true';
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const send = (type: string, object: JsonMap): void => {
    response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const bookmark = (annotations: JsonMap): void =>
    send('BOOKMARK', {
      apiVersion: inVersion(empty, kind).apiVersion,
      kind: kind.kind,
      metadata: { resourceVersion: String(storage.version()), creationTimestamp: null, annotations },
    });
  const fits = (object: KubeObject | null): object is KubeObject =>
    object !== null && (namespace === null || namespaceOf(object) === namespace) && selects(object);
  const tell = (change: Change): void => {
    if (change.group !== kind.group || change.plural !== kind.plural) return;
    const was = fits(change.before);
    const is = change.type !== 'DELETED' && fits(change.object);
    if (is) send(was ? 'MODIFIED' : 'ADDED', inVersion(change.object, kind));
    // What no longer fits is gone for who watches.
    else if (was) send('DELETED', inVersion(change.object, kind));
  };
  const from = query.get('resourceVersion') ?? '';
  if (query.get('sendInitialEvents') === 'true' || from === '' || from === '0') {
    for (const object of storage.list(kind, namespace))
      if (selects(object)) send('ADDED', inVersion(object, kind));
    if (allowsBookmarks && query.get('sendInitialEvents') === 'true')
      bookmark({ 'k8s.io/initial-events-end': 'true' });
  } else for (const change of storage.since(Number(from))) tell(change);
  const stop = storage.onChange(tell);
  const seconds = Number(query.get('timeoutSeconds') ?? '0');
  const ended = new AbortController();
  const end = (): void => {
    stop();
    ended.abort();
    response.end();
  };
  if (seconds > 0) void clock.sleep(seconds * 1000, ended.signal).then(end);
  response.on('close', end);
  return end;
};

const empty: KubeObject = { apiVersion: '', kind: '', metadata: { name: '' } };
