import { nothingPrinted } from '../../src/domain/printed.ts';
import type { Run } from '../../src/domain/run.ts';
import type { FlowPorts } from '../../src/flow/ports.ts';
import type { Store, StoreTables } from '../../src/store/port.ts';
import type { Sabotage } from './world.ts';

/** Every table of the store as the server sees it, inside a transaction too, goes through `change`. */
export const changed = (ports: FlowPorts, change: (tables: StoreTables) => StoreTables): FlowPorts => {
  const store: Store = {
    ...ports.store,
    ...change(ports.store),
    transact: (work) => ports.store.transact((tables) => work(change(tables))),
    close: ports.store.close,
  };
  return { ...ports, store };
};

const fresh = (run: Run): Run => ({ ...run, spent: false });

export interface Twin {
  readonly name: string;
  readonly sabotage: Sabotage;
  /** What the checker says of it. */
  readonly finds: RegExp;
}

/** Worlds in which one protection is gone. Each has to be found out by the stories, or they prove nothing. */
export const twins: readonly Twin[] = [
  {
    name: 'a plan may be spent more than once',
    finds: /was applied by .* and by /,
    sabotage: (ports) =>
      changed(ports, (tables) => ({
        ...tables,
        runs: {
          ...tables.runs,
          get: async (id) => {
            const run = await tables.runs.get(id);
            return run === null ? null : fresh(run);
          },
          latest: async (pull) => (await tables.runs.latest(pull)).map(fresh),
          spend: async (planRunId, applyRunId, at) => {
            await tables.runs.spend(planRunId, applyRunId, at);
            return true;
          },
        },
      })),
  },
  {
    name: 'whoever asks for a lock gets it',
    finds: /lock of .* was released while|at the same time|while .* held its lock/,
    sabotage: (ports) =>
      changed(ports, (tables) => ({
        ...tables,
        locks: {
          ...tables.locks,
          acquire: async (project, pull, at) => {
            const held = await tables.locks.get(project);
            if (held !== null && held.pullNumber !== pull.pullNumber)
              await tables.locks.release(project, held);
            return tables.locks.acquire(project, pull, at);
          },
        },
      })),
  },
  {
    name: 'a lock is freed whatever runs under it',
    finds: /lock of .* was released while/,
    sabotage: (ports) =>
      changed(ports, (tables) => ({
        ...tables,
        locks: {
          ...tables.locks,
          releaseAtEnd: async (project, pull) => void (await tables.locks.release(project, pull)),
        },
      })),
  },
  {
    name: 'every commit counts as approved',
    finds: /nobody had approved/,
    sabotage: (ports) => ({
      ...ports,
      forge: {
        ...ports.forge,
        reviews: async (ref) => {
          const pull = await ports.forge.pull(ref);
          const author = { id: 3, login: 'margaret', kind: 'user' } as const;
          return [
            { id: 1, author, state: 'approved', commit: pull.head.sha, submittedAt: ports.clock.now() },
          ];
        },
      },
    }),
  },
  {
    name: 'comments are not looked for by their markers',
    finds: /two comments of/,
    sabotage: (ports) => ({
      ...ports,
      forge: {
        ...ports.forge,
        upsertComment: (ref, comment) => {
          if (comment.id !== null) return ports.forge.upsertComment(ref, comment);
          // Made unlike any that is there, so that none is found.
          const marker = `${comment.marker} ${ports.newId()}`;
          const body = comment.body.replace(comment.marker, marker);
          return ports.forge.upsertComment(ref, { id: null, marker, body });
        },
      },
    }),
  },
  {
    name: 'a webhook is acknowledged and not kept',
    finds: /acknowledged and never worked on/,
    sabotage: (ports) => {
      let count = 0;
      return changed(ports, (tables) => ({
        ...tables,
        deliveries: {
          ...tables.deliveries,
          record: async (delivery, ignored) => {
            count += 1;
            return count % 5 === 0 ? 'new' : tables.deliveries.record(delivery, ignored);
          },
        },
      }));
    },
  },
  {
    name: 'an outcome that nobody knows is taken for a good one',
    finds: /is called applied, and its tool/,
    sabotage: (ports) => ({
      ...ports,
      sandbox: {
        ...ports.sandbox,
        reattach: async (runId) => {
          const found = await ports.sandbox.reattach(runId);
          const result = {
            step: 'apply',
            ended: 'exit',
            exitCode: 0,
            data: nothingPrinted,
            text: '',
          } as const;
          return { ...found, running: false, ending: Promise.resolve({ kind: 'ended', result }) };
        },
      },
    }),
  },
  {
    name: 'other bytes are laid out for the apply than were planned',
    finds: /applied other bytes than/,
    sabotage: (ports) => ({
      ...ports,
      artifacts: {
        ...ports.artifacts,
        verify: async () => {},
        unpack: (bytes, to) => {
          const packed: { plan: Record<string, string> } = JSON.parse(bytes.toString());
          const other = (text: string) =>
            Buffer.from(`${Buffer.from(text, 'base64').toString()} `).toString('base64');
          const plan = Object.fromEntries(
            Object.entries(packed.plan).map(([name, text]) => [name, other(text)]),
          );
          return ports.artifacts.unpack(Buffer.from(JSON.stringify({ ...packed, plan })), to);
        },
      },
    }),
  },
];
