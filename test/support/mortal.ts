import type { FlowPorts } from '../../src/flow/ports.ts';

/** A server that can die: what it asked for last has its effect, and nobody ever hears of it. */
export interface Mortal {
  /** What the server gets. Its tools, checkouts and store answer no more once it is dead. */
  ports(ports: FlowPorts): FlowPorts;
  kill(): void;
  /** Dies by itself with its n-th write from now on. */
  killAfter(n: number): void;
  isDead(): boolean;
}

const writes = new Set(['record', 'finish', 'add', 'move', 'append']);

const forEver = (): Promise<never> => new Promise<never>(() => {});

/** @param dieAfter dies by itself with its n-th write to the store, those of the outbox not counted; null for never */
export const createMortal = (dieAfter: number | null = null): Mortal => {
  let dead = false;
  let left = dieAfter ?? Number.POSITIVE_INFINITY;
  const mortal =
    <Args extends unknown[], T>(call: (...args: Args) => Promise<T>, counts: boolean) =>
    async (...args: Args): Promise<T> => {
      if (dead) return forEver();
      if (counts) left -= 1;
      const last = counts && left === 0;
      const result = await call(...args);
      if (last) dead = true;
      return dead ? forEver() : result;
    };
  const all = <T extends object>(of: T, counts = false): T =>
    Object.fromEntries(
      Object.entries(of).map(([name, call]) => [name, mortal(call, counts && writes.has(name))]),
    ) as T;
  return {
    ports: (ports) => ({
      ...ports,
      // Not what reads: the next server shares the configuration's reader, which would wait for it.
      git: {
        ...ports.git,
        checkout: mortal(ports.git.checkout, false),
        removeCheckout: mortal(ports.git.removeCheckout, false),
      },
      sandbox: {
        isolation: ports.sandbox.isolation,
        reattach: mortal(ports.sandbox.reattach, false),
        open: mortal(async (spec) => {
          const session = await ports.sandbox.open(spec);
          return { ...session, run: mortal(session.run, false), dispose: mortal(session.dispose, false) };
        }, false),
      },
      store: {
        deliveries: all(ports.store.deliveries, true),
        batches: all(ports.store.batches, true),
        runs: all(ports.store.runs, true),
        locks: all(ports.store.locks, true),
        reports: all(ports.store.reports),
        audit: all(ports.store.audit, true),
        sightings: all(ports.store.sightings),
        cursors: all(ports.store.cursors),
        trusts: all(ports.store.trusts, true),
        rebuilds: all(ports.store.rebuilds, true),
        boardHistories: all(ports.store.boardHistories),
        overrides: all(ports.store.overrides, true),
        mergeAsks: all(ports.store.mergeAsks),
        deployments: all(ports.store.deployments, true),
        dues: all(ports.store.dues, true),
        mergeGroups: all(ports.store.mergeGroups, true),
        appliedCommits: all(ports.store.appliedCommits, true),
        begunCommits: all(ports.store.begunCommits, true),
        followups: all(ports.store.followups, true),
        rollbacks: all(ports.store.rollbacks, true),
        pendings: all(ports.store.pendings, true),
        usedModules: all(ports.store.usedModules),
        consumers: all(ports.store.consumers, true),
        notifications: all(ports.store.notifications),
        tracked: all(ports.store.tracked, true),
        previews: all(ports.store.previews, true),
        suspensions: all(ports.store.suspensions, true),
        drifts: all(ports.store.drifts, true),
        driftIssues: all(ports.store.driftIssues, true),
        driftPulls: all(ports.store.driftPulls, true),
        convergences: all(ports.store.convergences, true),
        corrections: all(ports.store.corrections, true),
        tags: all(ports.store.tags, true),
        pruning: all(ports.store.pruning),
        transact: mortal(ports.store.transact, true),
        close: ports.store.close,
      },
    }),
    kill: () => {
      dead = true;
    },
    killAfter: (n) => {
      left = n;
    },
    isDead: () => dead,
  };
};
