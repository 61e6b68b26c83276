import type { Requirement } from '../../src/domain/rules/requirement.ts';
import type { Delivery } from '../../src/domain/trigger.ts';
import type { PullKey, Store, StoreTables } from '../../src/store/port.ts';
import type { Fact, Journal } from './history-facts.ts';

const nameOf = ({ repositoryId, pullNumber }: PullKey): string => `${repositoryId}/${pullNumber}`;

/** The comment that a delivery tells of. */
export const commentOf = ({ trigger }: Pick<Delivery, 'trigger'>): number | null =>
  trigger?.kind === 'comment' ? trigger.commentId : null;

const digestIn = (facts: unknown): string | null =>
  typeof facts === 'object' && facts !== null && 'digest' in facts && typeof facts.digest === 'string'
    ? facts.digest
    : null;

/** Owners may be nobody: which files they are asked for is not known here. */
const asksSomebody = (requirement: Requirement): boolean =>
  requirement.kind === 'approved' && !(requirement.codeOwners && requirement.count === 1);

const watched = (
  tables: StoreTables,
  note: (fact: Fact) => void,
  goesUnapproved: () => boolean,
): StoreTables => ({
  ...tables,
  deliveries: {
    ...tables.deliveries,
    record: async (delivery, ignored) => {
      const outcome = await tables.deliveries.record(delivery, ignored);
      const comment = commentOf(delivery);
      if (outcome === 'new') note({ kind: 'delivery kept', delivery: delivery.id, comment });
      return outcome;
    },
    finish: async (id, outcome, reason) => {
      await tables.deliveries.finish(id, outcome, reason);
      note({ kind: 'delivery ended', delivery: id });
    },
  },
  runs: {
    ...tables.runs,
    add: async (run) => {
      await tables.runs.add(run);
      const batch = await tables.batches.get(run.batchId);
      note({
        kind: 'run',
        run: run.id,
        verb: run.verb,
        project: run.project.key,
        pull: nameOf(run),
        head: run.headSha,
        planRun: run.planRunId,
        // An administrator's word with a reason passes it; the proof of that is in the verdict.
        needsApproval:
          batch?.breakGlass === undefined &&
          !(batch?.cause === 'drift' && goesUnapproved()) &&
          run.project.settings.requirements.apply?.some(asksSomebody) === true,
        breaksGlass: batch?.breakGlass !== undefined,
        cause: batch?.cause ?? 'command',
        mode: run.project.settings.apply.kind,
        tree: run.tree,
      });
    },
    move: async (id, event, at, change) => {
      const moved = await tables.runs.move(id, event, at, change);
      if (moved !== null)
        note({
          kind: 'state',
          run: id,
          state: moved.state,
          digest: moved.plan?.digest ?? null,
          changes: moved.plan?.summary.hasChanges ?? null,
        });
      return moved;
    },
    spend: async (planRunId, applyRunId, at) => {
      const taken = await tables.runs.spend(planRunId, applyRunId, at);
      if (taken) note({ kind: 'spent', planRun: planRunId, by: applyRunId });
      return taken;
    },
  },
  locks: {
    ...tables.locks,
    acquire: async (project, pull, at) => {
      const lock = await tables.locks.acquire(project, pull, at);
      if (lock.pullNumber === pull.pullNumber) note({ kind: 'lock taken', project, pull: nameOf(lock) });
      return lock;
    },
    release: async (project, pull) => {
      const released = await tables.locks.release(project, pull);
      if (released) note({ kind: 'lock released', project, pull: nameOf(pull) });
      return released;
    },
  },
  dues: {
    ...tables.dues,
    add: async (due) => {
      const outcome = await tables.dues.add(due);
      if (outcome === 'new') note({ kind: 'due', pull: nameOf(due), project: due.project, ended: null });
      return outcome;
    },
    end: async (pull, project, ended, at) => {
      const done = await tables.dues.end(pull, project, ended, at);
      if (done) note({ kind: 'due', pull: nameOf(pull), project, ended });
      return done;
    },
  },
  suspensions: {
    ...tables.suspensions,
    add: async (suspension) => {
      const outcome = await tables.suspensions.add(suspension);
      const { project, commentId: comment, until } = suspension;
      if (outcome === 'new') note({ kind: 'suspended', project: project.key, comment, until });
      return outcome;
    },
    end: async (project, comment) => {
      const done = await tables.suspensions.end(project, comment);
      if (done) note({ kind: 'resumed', project, comment });
      return done;
    },
  },
  tags: {
    ...tables.tags,
    keep: async (repositoryId, tag, commit, at) => {
      await tables.tags.keep(repositoryId, tag, commit, at);
      const kept = (await tables.tags.kept(repositoryId)).get(tag);
      if (kept !== undefined) note({ kind: 'tag kept', tag, commit: kept });
    },
  },
  audit: {
    ...tables.audit,
    append: async (event) => {
      await tables.audit.append(event);
      const isVerdict = /^(?:apply|import|state-rm)\.(?:allowed|refused)$/.test(event.kind);
      if (isVerdict && event.runId !== null)
        note({
          kind: 'verdict',
          at: event.at,
          run: event.runId,
          holds: event.kind.endsWith('.allowed'),
          digest: digestIn(event.facts),
        });
    },
  },
});

/** A store that tells the journal what it committed; what was rolled back never happened. */
/** @param goesUnapproved does the operator let drift be put back without the approvals that rules ask for? */
export const watchStore = (
  store: Store,
  journal: Journal,
  goesUnapproved: () => boolean = () => false,
): Store => ({
  ...store,
  ...watched(store, journal.note, goesUnapproved),
  transact: async (work) => {
    let facts: Fact[] = [];
    const result = await store.transact((tables) => {
      facts = [];
      return work(watched(tables, (fact) => void facts.push(fact), goesUnapproved));
    });
    for (const fact of facts) journal.note(fact);
    return result;
  },
});
