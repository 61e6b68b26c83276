import type { TracedRequest } from '../../../src/cluster/traced.ts';

/** Requests that change something, dry runs left out: a plan may have none of them. */
export const writes = (trace: readonly TracedRequest[]): readonly TracedRequest[] =>
  trace.filter(({ method, dryRun }) => method !== 'GET' && method !== 'HEAD' && !dryRun);

const patches: Readonly<Record<string, string>> = {
  'application/apply-patch+yaml': 'apply',
  'application/strategic-merge-patch+json': 'strategic',
  'application/merge-patch+json': 'merge',
  'application/json-patch+json': 'json',
};

/** Keys of queries that say what a request means; the others differ from time to time. */
const telling = [
  'dryRun',
  'fieldManager',
  'fieldSelector',
  'fieldValidation',
  'force',
  'labelSelector',
  'watch',
];

const isDiscovery = ({ method, path }: TracedRequest): boolean =>
  method === 'GET' && /^\/(api|apis)(\/[^/]+){0,2}$/.test(path) && !/^\/api\/v1\/./.test(path);

const line = (request: TracedRequest): string => {
  if (isDiscovery(request)) return 'discovery';
  if (request.path.startsWith('/openapi/')) return 'openapi';
  const query = telling.flatMap((key) => {
    const value = request.query[key];
    return value === undefined || value === '' ? [] : [`${key}=${value}`];
  });
  const how = request.patch === null ? [] : [patches[request.patch] ?? request.patch];
  return [request.method, request.path, ...how, ...query, '->', String(request.status)].join(' ');
};

/** How often a client looks what a workload is doing depends on when it looks. */
const isLook = ({ method, path }: TracedRequest): boolean =>
  method === 'GET' && /\/(pods|replicasets)$/.test(path);

/**
 * The requests as a golden file has them. Between two writes a read is told once, however often it takes; watches come
 * last, for they are begun at once and in any order, and so are the parts of discovery and OpenAPI, one line each.
 */
export const tellTrace = (trace: readonly TracedRequest[]): string => {
  const lines: string[] = [];
  let reads = new Set<string>();
  let watches = new Set<string>();
  const settle = (): void => {
    lines.push(...reads, ...[...watches].sort());
    reads = new Set();
    watches = new Set();
  };
  for (const request of trace) {
    if (isLook(request)) continue;
    const said = line(request);
    if (request.method !== 'GET') {
      settle();
      lines.push(said);
    } else (request.query['watch'] === 'true' ? watches : reads).add(said);
  }
  settle();
  return `${lines.join('\n')}\n`;
};
