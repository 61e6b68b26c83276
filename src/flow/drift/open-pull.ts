import {
  type DriftPull,
  type DriftWay,
  driftBranch,
  driftWays,
  newestOf,
  openNumberOf,
} from '../../domain/drift/pull.ts';
import type { RunId, Sha } from '../../domain/ids.ts';
import type { Problem } from '../../domain/problem.ts';
import type { Project } from '../../domain/project.ts';
import type { Actor, Pull } from '../../domain/pull.ts';
import { driftPullWords } from '../../render/drift-pull.ts';
import type { StoreTables } from '../../store/port.ts';
import { keyOf } from '../admit.ts';
import { handOver } from '../hand-over.ts';
import { notPermitted, openOwn, type Refusing } from '../open-own.ts';
import type { FlowPorts } from '../ports.ts';
import { wantBoard } from '../report.ts';
import { wantDriftIssue } from './told.ts';

export type OpenedPull = DriftPull & { readonly number: number };

/** What the commit of one is, and how the server comes to have it. */
export interface Making {
  readonly way: DriftWay;
  /** A commit on the tip of the branch of the issue. */
  commit(message: string, at: number): Promise<(Pick<DriftPull, 'files'> & { readonly head: Sha }) | Problem>;
  /** Called with what `commit` made, now or before a crash. Null: the server has it. */
  publish(begun: DriftPull, head: Sha): Promise<Problem | null>;
  readonly refusing: Refusing;
}

interface Opening {
  /** The issue that tells of the drift, as a pull request. */
  readonly issue: Pull;
  readonly project: Project;
  readonly making: Making;
  /** Ourselves, or whoever asked. */
  readonly asker: Actor;
  readonly reason: string;
}

/**
 * A pull request of our own about the drift of a project. Each step is written down before the next, as of follow-ups, and may be done
 * again after a crash: what is there already is taken as it is. `superseded`: runs that were ended for it.
 */
export const openDriftPull = async (
  ports: FlowPorts,
  opening: Opening,
): Promise<{ readonly opened: OpenedPull; readonly superseded: readonly RunId[] } | Problem> => {
  const { store } = ports;
  const { issue, project, asker, making } = opening;
  if (issue.isOfTag === true) return making.refusing.refusal(...ofTag);
  const begun = await begin(ports, opening);
  const number = await open(ports, issue, begun, making);
  if (typeof number !== 'number') {
    // What came to nothing must not be taken for one that is on its way.
    await store.driftPulls.drop(project.key, begun.attempt);
    return number;
  }
  const all = await store.driftPulls.ofProject(project.key);
  const opened = { ...(newestOf(all, making.way) ?? begun), number };
  const other = await holderOf(ports, project, all, making.way);
  const from = { ref: other === null ? issue.ref : { ...issue.ref, number: other } };
  const handing = { from, number, projects: [project.key] };
  const superseded = await handOver(ports, handing, async (tables, handed) => {
    await tables.driftPulls.put(opened);
    // It has its turn again where this one comes to nothing.
    if (other !== null && handed.length > 0)
      await tables.locks.wait(project.key, keyOf(from), ports.clock.now());
    await tables.audit.append({
      at: ports.clock.now(),
      kind: 'followup.opened',
      actor: asker.login,
      ...keyOf(issue),
      runId: null,
      facts: {
        ...{ number, attempt: opened.attempt, head: opened.head, way: opened.way, handed },
        projects: [{ project: project.key, because: 'drift' }],
        fingerprint: opened.fingerprint,
      },
    });
    await tellIssue(tables, ports, opened);
  });
  for (const one of [issue.ref.number, number, ...(other === null ? [] : [other])])
    await wantBoard(ports, { ...issue.ref, number: one });
  return { opened, superseded };
};

/** The pull request of the other way, where that has the lock: who asked last says which of the two is planned. */
const holderOf = async (
  { store }: Pick<FlowPorts, 'store'>,
  { key }: Pick<Project, 'key'>,
  all: readonly DriftPull[],
  way: DriftWay,
): Promise<number | null> => {
  const lock = await store.locks.get(key);
  const others = driftWays.filter((one) => one !== way).map((one) => openNumberOf(all, one));
  return lock !== null && others.includes(lock.pullNumber) ? lock.pullNumber : null;
};

/** Cut off half way: what was begun is gone on with. */
const begin = async (
  ports: FlowPorts,
  { issue, project, making: { way }, asker, reason }: Opening,
): Promise<DriftPull> => {
  const { store, clock } = ports;
  const all = await store.driftPulls.ofProject(project.key);
  const known = newestOf(all, way);
  if (known !== null && known.number === null) return known;
  const { repo, number } = issue.ref;
  const attempt = (all[0]?.attempt ?? 0) + 1;
  const made: DriftPull = {
    ...{ project: project.key, repo, name: project.name, attempt, way, issue: number, asker, reason },
    fingerprint: (await store.drifts.get(project.key))?.fingerprint ?? null,
    branch: driftBranch(number, attempt, way),
    ...{ files: [], head: null, number: null, ended: null, endedAt: null, cleanAt: null },
    at: clock.now(),
  };
  await store.driftPulls.put(made);
  return made;
};

const open = async (
  ports: FlowPorts,
  issue: Pull,
  begun: DriftPull,
  making: Making,
): Promise<number | Problem> => {
  const { store, mask } = ports;
  const { repo } = issue.ref;
  const drift = await store.drifts.get(begun.project);
  const committed =
    begun.head === null
      ? await making.commit(mask(driftPullWords(begun, drift).title), begun.at)
      : { files: begun.files, head: begun.head };
  if ('code' in committed) return committed;
  const { head } = committed;
  // From here on a pull request with this commit is known for what it is, whatever we hear first.
  const known = { ...begun, ...committed };
  await store.driftPulls.put(known);
  const refused = await making.publish(known, head);
  if (refused !== null) return refused;
  const words = driftPullWords(known, drift);
  const [title, body] = [mask(words.title), mask(words.body)];
  const wish = { commit: head, branch: begun.branch, base: issue.base.ref, title, body };
  return openOwn(ports, repo, wish, making.refusing);
};

const tellIssue = async (
  tables: StoreTables,
  ports: Pick<FlowPorts, 'clock'>,
  { project }: DriftPull,
): Promise<void> => {
  const tracked = await tables.tracked.get(project);
  if (tracked !== null) await wantDriftIssue(tables, ports, tracked);
};

/** People have closed or merged it. Called with the end of the pull request, all or nothing; to be told twice changes nothing. */
export const noteDriftPullOver = async (
  tables: StoreTables,
  ports: Pick<FlowPorts, 'clock'>,
  pull: Pull,
): Promise<void> => {
  const one = await tables.driftPulls.of(keyOf(pull), pull.head.sha);
  if (one === null || one.number === null || one.ended !== null) return;
  const ended = pull.merged === null ? 'closed' : 'merged';
  const at = ports.clock.now();
  await tables.driftPulls.put({ ...one, ended, endedAt: at });
  // Merged, Git says what is there: that is looked at now.
  if (one.way === 'adopt' && ended === 'merged') await tables.drifts.ask(one.project, at);
  const correction = await tables.corrections.get(one.project);
  // What there is to say of that on the issue is another thing now.
  if (correction !== null) await tables.corrections.put({ ...correction, wakeAt: at });
  await tellIssue(tables, ports, one);
};

export const refusal = (sentence: string, advice: string): Problem => ({
  code: 'followup-refused',
  sentence,
  advice,
});

const ofTag = [
  'This project follows tags, and no pull request plans it.',
  'Comment `/plan` and `/apply` here.',
] as const;

/** What is put back is on the branch already, so its commit changes no file. */
export const restoring = ({ forge }: Pick<FlowPorts, 'forge'>, issue: Pull): Making => ({
  way: 'restore',
  commit: async (message) => {
    const head = await forge.emptyCommit(issue.ref.repo, { onto: issue.base.ref, message });
    return head === 'not-permitted' ? notPermitted(refusing) : { files: [], head };
  },
  // It was made there.
  publish: () => Promise.resolve(null),
  refusing,
});

const refusing: Refusing = {
  command: '/followup',
  refusal,
  without: () =>
    Promise.resolve(
      'Without it: `/plan`, then `/apply` here; or, where rules ask for approvals, a pull request of your own that changes something of the project.',
    ),
};
