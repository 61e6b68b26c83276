import { auditRow, beforeFirst, rowHash } from '../../domain/audit-chain.ts';
import type { AuditSeal } from '../../domain/audit-head.ts';
import type { PullFacts } from '../../domain/sighting.ts';
import type {
  Audit,
  BoardHistories,
  Cursors,
  MergeAsks,
  Overrides,
  Rebuilds,
  Sightings,
  Trusts,
} from '../port.ts';
import { asStored, type Enter, isOf, type MemoryTables, nameOf, sortedBy } from './tables.ts';

export const createAudit = ({ audit, auditHead }: MemoryTables, enter: Enter, seal: AuditSeal): Audit => ({
  append: (event) =>
    enter(() => {
      const { seq: before, hash: previous } = auditHead.get('head') ?? beforeFirst;
      const seq = before + 1;
      const link = { seq, hash: rowHash(previous, auditRow(event, seq)) };
      audit.set(seq, asStored(event));
      auditHead.set('head', { ...link, signature: seal.sign(link) });
    }),
  head: () => enter(() => auditHead.get('head') ?? { ...beforeFirst, signature: seal.sign(beforeFirst) }),
  ofPull: ({ repositoryId, pullNumber }) =>
    enter(() =>
      [...audit.values()].filter(
        (event) => event.repositoryId === repositoryId && event.pullNumber === pullNumber,
      ),
    ),
  after: (seq, limit) =>
    enter(() => {
      const { seq: newest } = auditHead.get('head') ?? beforeFirst;
      const found = [];
      for (let at = seq + 1; at <= newest && found.length < limit; at += 1) {
        const event = audit.get(at);
        if (event !== undefined) found.push({ ...event, seq: at });
      }
      return found;
    }),
  ofRun: (run) => enter(() => [...audit.values()].filter((event) => event.runId === run)),
});

export const createSightings = ({ sightings }: MemoryTables, enter: Enter): Sightings => {
  const keyOf = (repositoryId: number, pullNumber: number) => nameOf({ repositoryId, pullNumber });
  const put = (repositoryId: number, facts: PullFacts, at: number, revision: number): void => {
    const { number, state, headSha, baseRef, draft } = facts;
    const seen = { repositoryId, number, state, headSha, baseRef, draft, revision, at };
    sightings.set(keyOf(repositoryId, number), seen);
  };
  const ofRepository = (repositoryId: number) =>
    [...sightings.values()].filter((each) => each.repositoryId === repositoryId);

  return {
    note: (repositoryId, facts, at) =>
      enter(() => {
        const before = sightings.get(keyOf(repositoryId, facts.number))?.revision ?? 0;
        put(repositoryId, facts, at, before + 1);
      }),
    meet: (repositoryId, facts, at) =>
      enter(() => {
        if (!sightings.has(keyOf(repositoryId, facts.number))) put(repositoryId, facts, at, 0);
      }),
    get: (pull) => enter(() => sightings.get(nameOf(pull)) ?? null),
    latest: (repositoryId) =>
      enter(() => {
        const times = ofRepository(repositoryId).map(({ at }) => at);
        return times.length === 0 ? null : Math.max(...times);
      }),
    open: (repositoryId) => enter(() => ofRepository(repositoryId).filter(({ state }) => state === 'open')),
  };
};

export const createCursors = ({ cursors }: MemoryTables, enter: Enter): Cursors => ({
  get: (name) => enter(() => cursors.get(name) ?? null),
  set: (name, value) => enter(() => cursors.set(name, asStored(value))),
});

export const createTrusts = ({ trusts }: MemoryTables, enter: Enter): Trusts => ({
  give: (trust) => enter(() => void trusts.set(nameOf(trust), asStored(trust))),
  get: (pull) => enter(() => trusts.get(nameOf(pull)) ?? null),
  end: (pull) => enter(() => void trusts.delete(nameOf(pull))),
});

export const createRebuilds = ({ rebuilds }: MemoryTables, enter: Enter): Rebuilds => ({
  put: (rebuild) => enter(() => void rebuilds.set(nameOf(rebuild), asStored(rebuild))),
  get: (pull) => enter(() => rebuilds.get(nameOf(pull)) ?? null),
  end: (pull) => enter(() => void rebuilds.delete(nameOf(pull))),
});

export const createBoardHistories = ({ boardHistories }: MemoryTables, enter: Enter): BoardHistories => ({
  get: (pull) => enter(() => boardHistories.get(nameOf(pull)) ?? null),
  put: (pull, history) => enter(() => void boardHistories.set(nameOf(pull), asStored(history))),
});

export const createOverrides = ({ overrides }: MemoryTables, enter: Enter): Overrides => ({
  give: (given) =>
    enter(
      () =>
        void overrides.set(
          `${nameOf(given)} ${given.project} ${given.policy} ${given.plan}`,
          asStored(given),
        ),
    ),
  ofPull: (pull) =>
    enter(() =>
      sortedBy(
        [...overrides.values()].filter((one) => isOf(pull, one)),
        ({ at }) => at,
      ),
    ),
});

export const createMergeAsks = ({ mergeAsks }: MemoryTables, enter: Enter): MergeAsks => ({
  put: (ask) =>
    enter(
      () =>
        void mergeAsks.set(nameOf({ repositoryId: ask.repo.id, pullNumber: ask.pullNumber }), asStored(ask)),
    ),
  get: (pull) => enter(() => mergeAsks.get(nameOf(pull)) ?? null),
  all: () => enter(() => sortedBy([...mergeAsks.values()], ({ at }) => at)),
  end: (pull) => enter(() => void mergeAsks.delete(nameOf(pull))),
});
