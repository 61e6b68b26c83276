import { appendFileSync, readFileSync } from 'node:fs';
import type { FlowPorts } from '../../src/flow/ports.ts';
import type { Session } from '../../src/sandbox/port.ts';

/**
 * Every moment at which a server may die so that something durable is there, or is not: before and after each
 * write to the store, each step of a tool, each call that GitHub keeps. Named `port.call:detail before #n`.
 */
export interface Points {
  around(ports: FlowPorts): FlowPorts;
}

type Call = (...args: never[]) => unknown;

/** What tells two calls of the same name apart for a reader. */
const detailOf = (name: string, args: readonly unknown[]): string => {
  const [first, second] = args;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const kind = (value: unknown): string =>
    typeof value === 'object' && value !== null && 'kind' in value ? text(value.kind) : '';
  switch (name) {
    case 'runs.move':
      return kind(second);
    case 'deliveries.finish':
      return text(second);
    case 'forge.upsertCheck':
      return typeof second === 'object' && second !== null && 'name' in second ? text(second.name) : '';
    case 'sandbox.run':
      return typeof first === 'object' && first !== null && 'name' in first ? text(first.name) : '';
    default:
      return '';
  }
};

const stored = {
  deliveries: ['record', 'finish'],
  batches: ['add'],
  runs: ['add', 'move', 'spend', 'void'],
  locks: ['acquire', 'release', 'releaseAtEnd', 'wait', 'leave'],
  reports: ['want', 'sent', 'postponed', 'park'],
  audit: ['append'],
  boardHistories: ['put'],
} as const;

/** The first of every kind, then the second ones, and so on: a run that is cut off has seen each kind. */
export const kindByKind = (points: readonly string[]): readonly string[] => {
  const occurrence = (point: string): number => Number(point.slice(point.lastIndexOf('#') + 1));
  return points.toSorted((one, other) => occurrence(one) - occurrence(other));
};

/**
 * @param journal file that gets the name of every point that was reached, a line each
 * @param dieAt name of the point at which this process kills itself with SIGKILL; null for none
 */
export const createPoints = (journal: string, dieAt: string | null): Points => {
  const seen = new Map<string, number>();
  const reached = (name: string): void => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    const point = `${name} #${count}`;
    appendFileSync(journal, `${point}\n`);
    if (point !== dieAt) return;
    process.kill(process.pid, 'SIGKILL');
    // The signal is on its way; nothing may happen until it is here.
    for (;;) readFileSync(journal);
  };
  const watched =
    <T extends Call>(name: string, call: T) =>
    async (...args: Parameters<T>): Promise<Awaited<ReturnType<T>>> => {
      const detail = detailOf(name, args);
      const full = detail === '' ? name : `${name}:${detail}`;
      reached(`${full} before`);
      const result = (await call(...args)) as Awaited<ReturnType<T>>;
      reached(`${full} after`);
      return result;
    };
  /** The same object with the calls of those names watched. */
  const watch = <T extends object>(room: string, of: T, names: readonly string[]): T =>
    Object.fromEntries(
      Object.entries(of).map(([name, call]) => [
        name,
        names.includes(name) && typeof call === 'function' ? watched(`${room}.${name}`, call as Call) : call,
      ]),
    ) as T;
  return {
    around: (ports) => {
      const { store } = ports;
      return {
        ...ports,
        store: {
          ...store,
          ...Object.fromEntries(
            Object.entries(stored).map(([table, names]) => [
              table,
              watch(table, store[table as keyof typeof stored], names),
            ]),
          ),
          // What happens inside is one write: it is there as a whole or not at all.
          transact: watched('store.transact', store.transact) as typeof store.transact,
        },
        blobs: watch('blobs', ports.blobs, ['put', 'delete']),
        forge: watch('forge', ports.forge, ['upsertComment', 'upsertCheck', 'react']),
        git: watch('git', ports.git, ['checkout', 'removeCheckout']),
        sandbox: {
          ...ports.sandbox,
          open: watched('sandbox.open', async (spec: Parameters<FlowPorts['sandbox']['open']>[0]) =>
            watch<Session>('sandbox', await ports.sandbox.open(spec), ['run', 'dispose']),
          ),
        },
      };
    },
  };
};
