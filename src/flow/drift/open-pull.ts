import { type DriftPull, type DriftWay, driftBranch } from '../../domain/drift/pull.ts';
import type { RunId } from '../../domain/ids.ts';
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

interface Opening {
  /** The issue that tells of the drift, as a pull request. */
  readonly issue: Pull;
  readonly project: Project;
  readonly way: DriftWay;
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
  const { issue, project, asker } = opening;
  if (issue.isOfTag === true) return ofTag;
  const begun = await begin(ports, opening);
  const number = await open(ports, issue, begun);
  if (typeof number !== 'number') {
    // What came to nothing must not be taken for one that is on its way.
    await store.driftPulls.drop(project.key, begun.attempt);
    return number;
  }
  const opened = { ...((await newest(ports, project)) ?? begun), number };
  const handing = { from: issue, number, projects: [project.key] };
  const superseded = await handOver(ports, handing, async (tables, handed) => {
    await tables.driftPulls.put(opened);
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
  for (const one of [issue.ref.number, number]) await wantBoard(ports, { ...issue.ref, number: one });
  return { opened, superseded };
};

const newest = async (
  { store }: Pick<FlowPorts, 'store'>,
  { key }: Pick<Project, 'key'>,
): Promise<DriftPull | null> => (await store.driftPulls.ofProject(key))[0] ?? null;

/** Cut off half way: what was begun is gone on with. */
const begin = async (
  ports: FlowPorts,
  { issue, project, way, asker, reason }: Opening,
): Promise<DriftPull> => {
  const { store, clock } = ports;
  const known = await newest(ports, project);
  if (known !== null && known.number === null && known.way === way) return known;
  const { repo, number } = issue.ref;
  const attempt = known?.number === null ? known.attempt : (known?.attempt ?? 0) + 1;
  const made: DriftPull = {
    ...{ project: project.key, repo, name: project.name, attempt, way, issue: number, asker, reason },
    fingerprint: (await store.drifts.get(project.key))?.fingerprint ?? null,
    branch: driftBranch(number, attempt),
    ...{ head: null, number: null, ended: null, endedAt: null, cleanAt: null },
    at: clock.now(),
  };
  await store.driftPulls.put(made);
  return made;
};

const open = async (ports: FlowPorts, issue: Pull, begun: DriftPull): Promise<number | Problem> => {
  const { store, forge, mask } = ports;
  const { repo } = issue.ref;
  const drift = await store.drifts.get(begun.project);
  const words = driftPullWords(begun, drift);
  const [title, body] = [mask(words.title), mask(words.body)];
  const head = begun.head ?? (await forge.emptyCommit(repo, { onto: issue.base.ref, message: title }));
  if (head === 'not-permitted') return notPermitted(refusing);
  // From here on a pull request with this commit is known for what it is, whatever we hear first.
  await store.driftPulls.put({ ...begun, head });
  const { branch } = begun;
  return openOwn(ports, repo, { commit: head, branch, base: issue.base.ref, title, body }, refusing);
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

const ofTag = refusal(
  'This project follows tags, and no pull request plans it.',
  'Comment `/plan` and `/apply` here.',
);

const refusing: Refusing = {
  command: '/followup',
  refusal,
  without: () =>
    Promise.resolve(
      'Without it: `/plan`, then `/apply` here; or, where rules ask for approvals, a pull request of your own that changes something of the project.',
    ),
};
