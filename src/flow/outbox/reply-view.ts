import { everything } from '../../domain/command.ts';
import { commandText } from '../../domain/command-text.ts';
import { type EnvironmentLine, environmentLine } from '../../domain/environments.ts';
import { batchId, type ProjectKey, runId } from '../../domain/ids.ts';
import { isOperation, type Operation, operationDone, operationOf } from '../../domain/operation.ts';
import type { PullRef } from '../../domain/pull.ts';
import type { WindowRequirement } from '../../domain/rules/requirement.ts';
import { isRefused, type Run } from '../../domain/run.ts';
import { cursorNameOf, unheardSince } from '../../domain/sweep.ts';
import type { ReplyView } from '../../render/view.ts';
import type { FlowPorts } from '../ports.ts';
import type { ReplyContent } from '../reply.ts';
import type { Snapshot } from './snapshot.ts';

type Ports = Pick<FlowPorts, 'store' | 'operator' | 'conditions' | 'clock'>;

/** What an answer says, from its content and, where that names them, rows of the store. */
export const replyView = async (
  { store, operator, conditions, clock }: Ports,
  ref: PullRef,
  content: ReplyContent,
  marker: string,
  look: () => Promise<Snapshot>,
): Promise<ReplyView> => {
  const { login } = content;
  const key = { repositoryId: ref.repo.id, pullNumber: ref.number };
  const unheard = async (): Promise<number | null> =>
    unheardSince(await store.cursors.get(cursorNameOf(ref.repo)), clock.now());
  switch (content.kind) {
    case 'help':
      return { kind: 'help', marker, login, prefixes: operator.prefixes };
    case 'refusals': {
      const id = batchId(content.batchId);
      const left = content.left ?? [];
      const failed = await store.runs.ofPull(key, ['failed']);
      const refusals = failed
        .filter((run) => run.batchId === id && isRefused(run))
        .flatMap((run) =>
          run.problem === null ? [] : [{ project: run.project.name, problem: run.problem }],
        );
      return { kind: 'refusals', marker, login, command: content.command, refusals: [...left, ...refusals] };
    }
    case 'status': {
      const { view, batch } = await look();
      const locks = await store.locks.ofPull(key);
      const nameOf = (project: ProjectKey) =>
        batch?.affected.find(({ key: known }) => known === project)?.name ?? project;
      return {
        kind: 'status',
        marker,
        login,
        rows: view.rows,
        skipped: view.skipped,
        notes: view.notes ?? null,
        suspended: view.suspended,
        unheardSince: await unheard(),
        locks: locks.map((lock) => ({
          project: nameOf(lock.project),
          since: new Date(lock.since).toISOString(),
        })),
      };
    }
    case 'environment': {
      const { environment } = content;
      const lines: EnvironmentLine[] = [];
      for (const one of await store.tracked.ofRepository(ref.repo.id)) {
        if (one.project.settings.environment !== environment) continue;
        const now = clock.now();
        const windowOf = (window: WindowRequirement) => conditions.window(window, now);
        const [lock, drift] = [await store.locks.get(one.key), await store.drifts.get(one.key)];
        const said = await store.suspensions.of(one.key);
        lines.push(environmentLine(one, { lock, drift, said, now }, windowOf));
      }
      return { kind: 'environment', marker, login, environment, lines, unheardSince: await unheard() };
    }
    case 'recovery': {
      const { view } = await look();
      const runs = await Promise.all(content.runs.map((id) => store.runs.get(runId(id))));
      const meant = new Set(runs.map((run) => run?.project.name));
      const rows = view.rows.filter(({ name }) => meant.has(name));
      return { kind: 'recovery', marker, login, command: content.command, sentence: content.sentence, rows };
    }
    case 'operated': {
      const run = await store.runs.get(runId(content.run));
      if (run === null || !isOperation(run.verb)) throw new Error(`run ${content.run} is no operation`);
      return { kind: 'operated', marker, login, ...operated(run, operationOf(run.verb, run.extra)) };
    }
    default:
      return { ...content, marker };
  }
};

const operated = ({ project, state, problem, output }: Run, operation: Operation) => ({
  command: commandText({
    verb: operation.kind === 'import' ? 'import' : 'state',
    selector: { ...everything, names: [project.name] },
    extra: [],
    operation,
  }),
  project: project.name,
  done: state === 'applied' ? operationDone(operation) : null,
  problem,
  output,
});
