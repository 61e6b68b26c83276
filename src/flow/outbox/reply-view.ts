import { batchId, type ProjectKey } from '../../domain/ids.ts';
import type { PullRef } from '../../domain/pull.ts';
import type { ReplyView } from '../../render/view.ts';
import type { FlowPorts } from '../ports.ts';
import type { ReplyContent } from '../reply.ts';
import { viewOf } from './snapshot.ts';

type Ports = Pick<FlowPorts, 'forge' | 'store' | 'operator' | 'space'>;

export const replyView = async (
  ports: Ports,
  ref: PullRef,
  content: ReplyContent,
  marker: string,
): Promise<ReplyView> => {
  const { store, operator } = ports;
  const { login } = content;
  const key = { repositoryId: ref.repo.id, pullNumber: ref.number };
  switch (content.kind) {
    case 'help':
      return { kind: 'help', marker, login, prefixes: operator.prefixes };
    case 'problem':
      return { ...content, marker };
    case 'unlocked':
      return { ...content, marker };
    case 'refusals': {
      const id = batchId(content.batchId);
      const left = content.left ?? [];
      const failed = await store.runs.ofPull(key, ['failed']);
      const refusals = failed
        .filter((run) => run.batchId === id && run.startedAt === null)
        .flatMap((run) =>
          run.problem === null ? [] : [{ project: run.project.name, problem: run.problem }],
        );
      return { kind: 'refusals', marker, login, command: content.command, refusals: [...left, ...refusals] };
    }
    case 'status': {
      const { view, batch } = await viewOf(ports, ref);
      const locks = await store.locks.ofPull(key);
      const nameOf = (project: ProjectKey) =>
        batch?.affected.find(({ key: known }) => known === project)?.name ?? project;
      return {
        kind: 'status',
        marker,
        login,
        rows: view.rows,
        skipped: view.skipped,
        locks: locks.map((lock) => ({
          project: nameOf(lock.project),
          since: new Date(lock.since).toISOString(),
        })),
      };
    }
    default: {
      const never: never = content;
      return never;
    }
  }
};
