import { batchId } from '../../domain/ids.ts';
import type { PullRef } from '../../domain/pull.ts';
import { momentText } from '../../domain/suspension.ts';
import type { NudgeView } from '../../render/view.ts';
import type { StoreTables } from '../../store/port.ts';
import { glassView } from '../break-glass.ts';
import type { NudgeContent } from '../nudge.ts';
import type { Snapshot } from './snapshot.ts';

/** What a comment of its own says, by the store of now. Null: nobody has to act any more. */
export const nudgeView = async (
  tables: Pick<StoreTables, 'runs' | 'dues' | 'tracked' | 'suspensions' | 'batches' | 'audit'>,
  { repo, number }: PullRef,
  content: NudgeContent,
  look: () => Promise<Snapshot>,
): Promise<NudgeView | null> => {
  const { runs, dues, tracked, suspensions } = tables;
  switch (content.kind) {
    case 'stopped':
    case 'unknown': {
      const { kind } = content;
      const all = await runs.ofBatch(batchId(content.batchId));
      const some = all.filter(
        ({ verb, state, startedAt }) =>
          verb === 'apply' &&
          (kind === 'unknown' ? state === 'unresolved' : state === 'failed' && startedAt !== null),
      );
      const told = some.map(({ project, problem }) => ({
        name: project.name,
        sentence: problem?.sentence ?? '',
      }));
      return told.length === 0 ? null : { kind, projects: told };
    }
    case 'turn': {
      const all = await runs.ofBatch(batchId(content.batchId));
      const [failed, planned] = [
        all.filter(({ state }) => state === 'failed'),
        all.filter(({ state, plan }) => state === 'planned' && plan?.summary.hasChanges === true),
      ].map((some) => some.map(({ project }) => project.name));
      return failed?.length === 0 && planned?.length === 0
        ? null
        : { kind: 'turn', planned: planned ?? [], failed: failed ?? [] };
    }
    case 'after-merge': {
      const { view, batch } = await look();
      const open = (await dues.ofPull({ repositoryId: repo.id, pullNumber: number })).filter(
        ({ ended }) => ended === null,
      );
      const names = new Set(
        (batch?.affected ?? []).flatMap(({ key, name }) =>
          open.some(({ project }) => project === key) ? [name] : [],
        ),
      );
      const rows = view.rows.filter(({ name, next }) => names.has(name) && next !== '');
      return rows.length === 0 ? null : { kind: 'after-merge', rows };
    }
    case 'approvals': {
      const { view } = await look();
      const rows = view.rows.filter(
        ({ name, since = [] }) => content.names.includes(name) && since.length > 0,
      );
      const projects = rows.map(({ name, since = [] }) => ({
        name,
        logins: since.flatMap(({ logins }) => logins),
      }));
      return projects.length === 0 ? null : { kind: 'approvals', projects };
    }
    case 'not-applied': {
      const names: string[] = [];
      for (const { project, merged } of await tracked.ofRepository(repo.id))
        if (merged?.pullNumber === number && content.names.includes(project.name)) names.push(project.name);
      return names.length === 0 ? null : { kind: 'not-applied', names };
    }
    case 'break-glass':
      return glassView(tables, content.batchId);
    case 'suspension-ends': {
      const open = (await suspensions.all()).filter(
        (one) => one.repo.id === repo.id && one.commentId === content.comment,
      );
      const names = content.names.filter((name) => open.some(({ project }) => project.name === name));
      return names.length === 0 ? null : { ...suspendedWords(content), names };
    }
    case 'suspension-over':
      return { ...suspendedWords(content), names: content.names };
    case 'lock-taken':
      return { kind: 'lock-taken', login: content.login, names: content.names };
    default: {
      const never: never = content;
      return never;
    }
  }
};

type Suspended = Extract<NudgeContent, { kind: 'suspension-ends' | 'suspension-over' }>;

const suspendedWords = ({ kind, login, reason, until }: Suspended) => ({
  kind,
  login,
  reason,
  until: momentText(until),
});
