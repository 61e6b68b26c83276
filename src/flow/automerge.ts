import { isAsked, methodOf, type Readiness, readiness } from '../domain/automerge.ts';
import type { Batch } from '../domain/batch.ts';
import type { MergeAnswer, MergeAsk } from '../domain/merging.ts';
import type { Project } from '../domain/project.ts';
import type { Pull } from '../domain/pull.ts';
import { botRule } from '../domain/rules/bots.ts';
import type { Run } from '../domain/run.ts';
import type { StoreTables } from '../store/port.ts';
import { keyOf } from './admit.ts';
import { discover } from './discover.ts';
import { missingOf } from './missing.ts';
import { authoredBy } from './permit.ts';
import type { FlowPorts } from './ports.ts';
import { wantBoard } from './report.ts';

type Ports = Pick<FlowPorts, 'forge' | 'store' | 'clock'> & Parameters<typeof missingOf>[0];

/**
 * Forges tell whole seconds, and what people agreed to is what was on show in all of the second of their word, and in that of the
 * merge: whatever was written before has to be of an older second.
 */
const secondMs = 1_100;

/** Looks whether the pull request is to be merged by itself now, and has the forge do so. `seen` was read for this. */
export const askToMerge = async (ports: Ports, seen: Pull): Promise<void> => {
  const { store, forge, clock } = ports;
  const key = keyOf(seen);
  const before = await store.mergeAsks.get(key);
  let pull = seen;
  let ready = await readinessOf(ports, pull);
  if (ready.kind === 'ready' && ready.follows) {
    await clock.sleep(secondMs);
    pull = await forge.pull(seen.ref);
    ready = await readinessOf(ports, pull);
  }
  if (ready.kind !== 'ready') {
    if (before === null) return;
    // What is under way will say so when it ended.
    await store.mergeAsks.end(key);
    if (before.reason !== null || before.outcome === 'left') await wantBoard(ports, pull.ref);
    return;
  }
  const headSha = pull.head.sha;
  const way = await forge.mergeWay(pull.ref);
  // Its webhook is on the way, and what it brings is planned first.
  if (way.headSha !== headSha) return;
  const known = before?.headSha === headSha ? before : null;
  const note = (answer: MergeAnswer | { readonly kind: 'left' }) => noteAnswer(ports, pull, known, answer);
  if (way.queue === 'waiting') return note({ kind: 'queued' });
  // The queue had a reason, and until something else happens it would have it again.
  if (way.queue === 'required' && (known?.outcome === 'queued' || known?.outcome === 'left'))
    return note({ kind: 'left' });
  const method = methodOf(ready.methods, way);
  if (method === null && way.queue === 'none') {
    const reason = 'The repository and the rules of its base branch have no way of merging in common.';
    return note({ kind: 'refused', reason });
  }
  if (known === null || known.outcome === 'waiting')
    await audit(store, ports, pull, { head: headSha, method, queue: way.queue, outcome: 'asked' });
  return note(await forge.merge(pull.ref, { headSha, method: method ?? 'merge' }));
};

const readinessOf = async (ports: Ports, pull: Pull): Promise<Readiness> => {
  const { store } = ports;
  const key = keyOf(pull);
  const batch = await store.batches.latest(key, 'plan');
  if (!isAsked(batch)) return { kind: 'off' };
  const runs = await store.runs.latest(key);
  const ready = await judged(ports, pull, batch, runs);
  if (ready.kind !== 'ready') return ready;
  // Once more by the settings of now: whoever took the wish back since it was planned does not want it merged.
  const { problem, projects } = await discover(ports, pull);
  if (problem !== null) return { kind: 'not-yet', because: 'nothing of it could be planned now' };
  const current = (project: Project): Project =>
    projects.find(({ key: one }) => one === project.key) ?? withoutWish(project);
  const batchNow = { ...batch, affected: batch.affected.map(current) };
  if (!isAsked(batchNow)) return { kind: 'off' };
  return judged(
    ports,
    pull,
    batchNow,
    runs.map((run) => ({ ...run, project: current(run.project) })),
  );
};

const withoutWish = (project: Project): Project => ({
  ...project,
  settings: { ...project.settings, automerge: null },
});

const judged = async (ports: Ports, pull: Pull, batch: Batch, runs: readonly Run[]): Promise<Readiness> => {
  const { store } = ports;
  const key = keyOf(pull);
  const unfinished = await store.runs.ofPull(key, ['queued', 'running', 'unresolved']);
  const waits = await store.locks.waitsOf(key);
  const hasFollowers = batch.affected.some(({ settings }) => settings.apply.kind === 'merge');
  // Where nothing of a bot is applied, nothing would follow either.
  const mayFollow =
    hasFollowers && (botRule('apply', null, authoredBy(ports, pull))?.problem ?? null) === null;
  const needs = mayFollow ? (await missingOf(ports, pull, batch, runs)).needs : null;
  return readiness({
    pull,
    batch,
    runs,
    unfinished: unfinished.length,
    waits: waits.length,
    isMet: ({ key: project }) => needs !== null && !needs.has(project),
  });
};

/** Keeps what the forge said, audits it where it is news, and has it told. */
const noteAnswer = (
  ports: Ports,
  pull: Pull,
  known: MergeAsk | null,
  answer: MergeAnswer | { readonly kind: 'left' },
): Promise<void> =>
  ports.store.transact(async (tables) => {
    const { repo, number: pullNumber } = pull.ref;
    const { sha: headSha } = pull.head;
    const reason = answer.kind === 'refused' ? answer.reason : null;
    const at = ports.clock.now();
    const since = known?.since ?? at;
    if (answer.kind === 'merged') await tables.mergeAsks.end(keyOf(pull));
    else await tables.mergeAsks.put({ repo, pullNumber, headSha, outcome: answer.kind, reason, since, at });
    if (known?.outcome === answer.kind && known.reason === reason) return;
    const commit = answer.kind === 'merged' ? { commit: answer.commit } : {};
    await audit(tables, ports, pull, { head: headSha, outcome: answer.kind, reason, ...commit });
    await wantBoard({ store: tables, clock: ports.clock }, pull.ref);
  });

const audit = (
  tables: Pick<StoreTables, 'audit'>,
  { clock }: Pick<FlowPorts, 'clock'>,
  pull: Pull,
  facts: Readonly<Record<string, unknown>>,
): Promise<void> =>
  tables.audit.append({
    at: clock.now(),
    kind: 'pull.merge_asked',
    actor: null,
    ...keyOf(pull),
    runId: null,
    facts,
  });
