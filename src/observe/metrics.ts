import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from '../clock/port.ts';
import { createBudgets } from './budgets.ts';
import type { Meter } from './meter.ts';
import { registerProcessMetrics } from './process-metrics.ts';

/** What is read at each scrape, so that it is true after a restart. Times are ages in seconds. */
export interface Readings {
  readonly runs: readonly { readonly verb: string; readonly state: string; readonly runs: number }[];
  readonly locks: { readonly held: number; readonly waiting: number };
  readonly reports: {
    readonly waiting: number;
    readonly parked: number;
    /** For how long the oldest wish is due. */
    readonly overdue: number;
  };
  readonly notifications: { readonly waiting: number; readonly dead: number; readonly oldest: number };
  /** Of projects that are looked at, by what the last look said; `oldest`: age of the look that is longest ago. */
  readonly drift: {
    readonly projects: Readonly<Record<string, number>>;
    readonly oldest: number;
    /** Projects to which nothing is applied for a time. */
    readonly suspended: number;
  };
  readonly deliveries: { readonly pending: number; readonly oldest: number; readonly putAside: number };
  /** Bytes; null where nobody can say. */
  readonly freeSpace: number | null;
  readonly ready: boolean;
}

export interface MetricsOptions {
  readonly read: () => Promise<Readings>;
  /** Every pair that is shown, also while there is no such run: a line that comes and goes cannot be watched. */
  readonly runs: { readonly verbs: readonly string[]; readonly states: readonly string[] };
  readonly version: string;
  /** Requests that GitHub still answers an installation this hour; null where it is not known. */
  readonly left: (installationId: number) => number | null;
  readonly clock: Clock;
}

export interface Metrics {
  readonly meter: Meter;
  readonly contentType: string;
  /** The text of one scrape. Those that come while one is made get the same. */
  scrape(): Promise<string>;
}

/** From a tiny plan to an apply that waits for a database; seconds. */
const buckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];

/**
 * The numbers of one server, in Prometheus' format: https://prometheus.io/docs/instrumenting/exposition_formats/
 *
 * No registry is shared: two servers in one process count apart. Labels are words of ours, so that there are as many series on
 * a busy day as on a quiet one; of installations at most twenty are told apart.
 */
export const createMetrics = ({ read, runs, version, left, clock }: MetricsOptions): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  const gauge = <T extends string = never>(name: string, help: string, labelNames: readonly T[] = []) =>
    new Gauge<T>({ name, help, labelNames, registers });
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[]) =>
    new Counter<T>({ name, help, labelNames, registers });

  const live = gauge('tidegate_runs', 'Runs that are not over, by verb and state.', ['verb', 'state']);
  const ended = counter('tidegate_runs_ended_total', 'Runs that ended, by the state they ended in.', [
    'verb',
    'result',
  ]);
  const runSeconds = new Histogram({
    name: 'tidegate_run_seconds',
    help: 'Time from the start of a run to its end.',
    labelNames: ['verb', 'runner'],
    buckets,
    registers,
  });
  const stepSeconds = new Histogram({
    name: 'tidegate_tool_seconds',
    help: 'Time of one tool invocation.',
    labelNames: ['verb', 'runner', 'step'],
    buckets,
    registers,
  });
  const toolsEnded = counter('tidegate_tools_ended_total', 'Tool invocations, by how they ended.', [
    'verb',
    'runner',
    'ended',
  ]);
  const held = gauge('tidegate_locks_held', 'Locks that pull requests hold.');
  const waiting = gauge('tidegate_lock_waiters', 'Pull requests in line for a lock, counted per lock.');
  const unsent = gauge('tidegate_reports_waiting', 'Comments, checks and reactions that are not up to date.');
  const overdue = gauge('tidegate_reports_overdue_seconds', 'For how long the oldest of them is due.');
  const parked = gauge('tidegate_reports_parked', 'Comments, checks and reactions that were given up.');
  const untold = gauge('tidegate_notifications_waiting', 'Notifications that did not arrive yet.');
  const untoldFor = gauge('tidegate_notifications_oldest_seconds', 'Age of the oldest of them.');
  const dead = gauge('tidegate_notifications_dead', 'Notifications that were given up, and are still kept.');
  const drifting = gauge('tidegate_drift_projects', 'Projects that drift is looked for of, by its status.', [
    'status',
  ]);
  const unseenFor = gauge('tidegate_drift_oldest_look_seconds', 'Age of the look that is longest ago.');
  const suspended = gauge('tidegate_projects_suspended', 'Projects to which nothing is applied for a time.');
  const looks = counter(
    'tidegate_drift_looks_total',
    'Looks at the world that ended, by what they came to.',
    ['outcome'],
  );
  const pending = gauge('tidegate_deliveries_pending', 'Stored webhooks that are not worked off.');
  const oldest = gauge('tidegate_deliveries_oldest_seconds', 'Age of the oldest of them.');
  const putAside = gauge('tidegate_deliveries_put_aside', 'Stored webhooks that failed, and are still kept.');
  const finished = counter('tidegate_deliveries_finished_total', 'Stored webhooks, by what became of them.', [
    'outcome',
  ]);
  const redelivered = counter('tidegate_redeliveries_total', 'Failed webhooks asked for again.', []);
  const webhooks = counter('tidegate_webhooks_total', 'Requests for the webhook path, by answer.', [
    'status',
  ]);
  const free = gauge('tidegate_free_bytes', 'Free space where the data folder is.');
  const ready = gauge('tidegate_ready', '1 while webhooks are taken.');
  const requestsLeft = gauge(
    'tidegate_github_requests_left',
    'Requests that GitHub still answers this hour, by installation; `other` is the sum over all that are not listed.',
    ['installation'],
  );
  gauge('tidegate_build_info', 'Always 1.', ['version', 'node']).set({ version, node: process.version }, 1);
  registerProcessMetrics(registry, clock.now());
  const budgets = createBudgets(left);

  const collect = async (): Promise<string> => {
    const now = await read();
    live.reset();
    for (const verb of runs.verbs) for (const state of runs.states) live.set({ verb, state }, 0);
    for (const { verb, state, runs: count } of now.runs) live.set({ verb, state }, count);
    held.set(now.locks.held);
    waiting.set(now.locks.waiting);
    unsent.set(now.reports.waiting);
    overdue.set(now.reports.overdue);
    parked.set(now.reports.parked);
    untold.set(now.notifications.waiting);
    untoldFor.set(now.notifications.oldest);
    dead.set(now.notifications.dead);
    for (const [status, projects] of Object.entries(now.drift.projects)) drifting.set({ status }, projects);
    unseenFor.set(now.drift.oldest);
    suspended.set(now.drift.suspended);
    pending.set(now.deliveries.pending);
    oldest.set(now.deliveries.oldest);
    putAside.set(now.deliveries.putAside);
    free.set(now.freeSpace ?? Number.NaN);
    ready.set(now.ready ? 1 : 0);
    requestsLeft.reset();
    for (const { installation, remaining } of budgets.shown()) requestsLeft.set({ installation }, remaining);
    return registry.metrics();
  };

  let underWay: Promise<string> | null = null;
  return {
    contentType: registry.contentType,
    scrape: () => {
      underWay ??= collect().finally(() => {
        underWay = null;
      });
      return underWay;
    },
    meter: {
      runEnded: ({ verb, runner, result, seconds }) => {
        ended.inc({ verb, result });
        if (seconds !== null) runSeconds.observe({ verb, runner }, seconds);
      },
      stepEnded: ({ verb, runner, step, ended: how, seconds }) => {
        stepSeconds.observe({ verb, runner, step }, seconds);
        toolsEnded.inc({ verb, runner, ended: how });
      },
      webhookAnswered: (status) => webhooks.inc({ status }),
      deliveryFinished: (outcome) => finished.inc({ outcome }),
      redelivered: () => redelivered.inc(),
      looked: (outcome) => looks.inc({ outcome }),
      installationSeen: budgets.seen,
    },
  };
};
