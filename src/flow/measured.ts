import type { Clock } from '../clock/port.ts';
import { countsForNothing } from '../domain/exit-codes.ts';
import type { Run, RunEvent } from '../domain/run.ts';
import type { Forge } from '../forge/port.ts';
import type { Meter } from '../observe/meter.ts';
import type { Runners } from '../runner/port.ts';
import type { Sandbox, Session } from '../sandbox/port.ts';
import type { Store, StoreTables } from '../store/port.ts';

/*
 * Numbers are taken where everything passes, at the ports: no stage has to think of them, and a run that another server began
 * is counted like one of ours.
 */

/** A project may ask for a runner that is not there; its name is anybody's. */
const knownRunner = (runners: Runners, name: string): string =>
  runners.names.includes(name) ? name : 'other';

/** Does the event end the run? A plan that is superseded or voided after its end has ended before, as has what a person settles. */
const ends = (run: Run, event: RunEvent): boolean =>
  event.kind !== 'started' &&
  event.kind !== 'acknowledged' &&
  !(event.kind === 'superseded' && run.verb === 'plan' && run.plan !== null);

/** The store, with every end of a run and of a delivery counted; what a transaction did counts when it is committed. */
export const measureStore = (store: Store, runners: Runners, meter: Meter): Store => {
  const counted = (tables: StoreTables, count: (tell: () => void) => void): StoreTables => ({
    ...tables,
    deliveries: {
      ...tables.deliveries,
      record: async (delivery, ignored) => {
        const outcome = await tables.deliveries.record(delivery, ignored);
        if (outcome === 'new' && ignored !== undefined) count(() => meter.deliveryFinished('ignored'));
        return outcome;
      },
      finish: async (id, outcome, reason) => {
        await tables.deliveries.finish(id, outcome, reason);
        count(() => meter.deliveryFinished(outcome));
      },
    },
    drifts: {
      ...tables.drifts,
      put: async (drift) => {
        const before = await tables.drifts.get(drift.project);
        await tables.drifts.put(drift);
        if (drift.checkedAt === null || drift.checkedAt === before?.checkedAt) return;
        // What is known of drift stays where a look has failed.
        const isBlind = drift.status === 'drifted' && drift.consecutive === before?.consecutive;
        count(() => meter.looked(isBlind ? 'failed' : drift.status));
      },
    },
    runs: {
      ...tables.runs,
      move: async (id, event, at, change) => {
        const run = await tables.runs.move(id, event, at, change);
        if (run !== null && ends(run, event)) {
          const { verb, state: result, startedAt, endedAt } = run;
          const seconds = startedAt === null || endedAt === null ? null : (endedAt - startedAt) / 1000;
          const runner = knownRunner(runners, run.project.settings.runner);
          count(() => meter.runEnded({ verb, runner, result, seconds }));
        }
        return run;
      },
    },
  });
  return {
    ...store,
    ...counted(store, (tell) => tell()),
    transact: async (work) => {
      const told: (() => void)[] = [];
      const result = await store.transact((tables) => {
        // Tried anew, it begins anew.
        told.length = 0;
        return work(counted(tables, (tell) => told.push(tell)));
      });
      for (const tell of told) tell();
      return result;
    },
  };
};

/** The forge, with the installations that it is asked about and the webhooks it is asked for again. */
export const measureForge = (forge: Forge, meter: Meter): Forge => ({
  ...forge,
  primaryLimit: (installationId) => {
    meter.installationSeen(installationId);
    return forge.primaryLimit(installationId);
  },
  redeliver: async (id) => {
    await forge.redeliver(id);
    meter.redelivered();
  },
});

/** The sandbox, with every tool invocation timed. */
export const measureSandbox = (sandbox: Sandbox, runners: Runners, meter: Meter, clock: Clock): Sandbox => {
  const runnerOf = (executable: string): string =>
    runners.names.find((name) => runners.get(name)?.executable === executable) ?? 'other';
  const timed = (session: Session, verb: string): Session => ({
    ...session,
    run: async (step, options) => {
      const start = clock.monotonic();
      const result = await session.run(step, options);
      if (options?.disposable === true && countsForNothing(step, result)) return result;
      const seconds = (clock.monotonic() - start) / 1000;
      const runner = runnerOf(step.argv[0]);
      meter.stepEnded({ verb, runner, step: step.name, ended: result.ended, seconds });
      return result;
    },
  });
  return { ...sandbox, open: async (spec) => timed(await sandbox.open(spec), spec.verb) };
};
