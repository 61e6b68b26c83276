import type { Actor } from '../../src/domain/pull.ts';
import type { Trigger } from '../../src/domain/trigger.ts';
import type { FlowPorts } from '../../src/flow/ports.ts';
import type { Session } from '../../src/sandbox/port.ts';
import type { StoreTables } from '../../src/store/port.ts';
import type { Told } from './approvals.ts';
import { people, refOf, type World } from './world.ts';

/** A place between two calls: before or after the n-th that the server makes once the apply was asked for. */
export interface Point {
  readonly call: number;
  readonly side: 'before' | 'after';
  readonly name: string;
}

/** What is heard of a server, and what happens to it meanwhile. */
export interface Ear {
  readonly told: Told[];
  /** Calls are counted, and named, from now on until the next tool starts, or the apply is refused. */
  listen(): void;
  readonly points: readonly Point[];
  /** Once, there, this is done. */
  at(point: Point, act: () => void): void;
  now(): number;
  /** By run. Ticks; null: it was not. */
  readonly applies: Map<
    string,
    { readonly plan: readonly string[]; startedAt: number | null; refusedAt: number | null }
  >;
  /** Id of the comment with the plan. */
  board: number | null;
  /** The ports of a server, with everything that is asked of them heard. */
  around(ports: FlowPorts): FlowPorts;
}

type Call = (...args: never[]) => Promise<unknown>;

/** Texts of a plan of this world: each file holds one. */
const textsIn = (plan: string): readonly string[] => plan.match(/[a-z]+-\d+;/g) ?? [];

const planIn = (artifact: Buffer): readonly string[] => {
  const packed: { readonly plan: { readonly 'plan.bin': string } } = JSON.parse(artifact.toString());
  const made: { readonly text: string } = JSON.parse(
    Buffer.from(packed.plan['plan.bin'], 'base64').toString(),
  );
  return textsIn(made.text);
};

/** Whether what is running now was awaited, in the end, by what writes comments and checks. */
const isForTheComment = (): boolean => {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = Number.POSITIVE_INFINITY;
  try {
    // The gate looks at the comment with what writes it.
    return /\/src\/flow\/outbox\/(?!board-writing)/.test(new Error('where').stack ?? '');
  } finally {
    Error.stackTraceLimit = limit;
  }
};

export const createEar = (): Ear => {
  const told: Told[] = [];
  const points: Point[] = [];
  const applies: Ear['applies'] = new Map();
  let tick = 0;
  let calls = 0;
  let listens = false;
  let waiting: { readonly point: Point; readonly act: () => void } | null = null;
  const next = (): number => {
    tick += 1;
    return tick;
  };

  const reach = (call: number, side: Point['side'], name: string): void => {
    next();
    if (call === 0) return;
    if (listens) points.push({ call, side, name: `${side} ${name}` });
    if (waiting === null || waiting.point.call !== call || waiting.point.side !== side) return;
    const { act } = waiting;
    waiting = null;
    act();
  };

  const around =
    <Args extends unknown[], T>(
      name: string,
      call: (...args: Args) => Promise<T>,
      hear: (...args: Args) => void = () => undefined,
    ) =>
    async (...args: Args): Promise<T> => {
      if (listens) calls += 1;
      const mine = listens ? calls : 0;
      reach(mine, 'before', name);
      next();
      hear(...args);
      try {
        return await call(...args);
      } finally {
        reach(mine, 'after', name);
      }
    };
  const all = <T extends object>(port: string, of: T): T =>
    Object.fromEntries(
      Object.entries(of).map(([method, call]: [string, unknown]) => [
        method,
        typeof call === 'function' && method !== 'close' ? around(`${port} ${method}`, call as Call) : call,
      ]),
    ) as T;
  // Whoever brings the comment up to date asks as well, at any time: nothing is decided by what that is told.
  const asks = (what: string): void => {
    if (!isForTheComment()) told.push({ kind: 'asks', what, tick });
  };

  const ear: Ear = {
    told,
    points,
    applies,
    board: null,
    now: () => tick,
    listen: () => {
      listens = true;
    },
    at: (point, act) => {
      waiting = { point, act };
    },
    around: (ports) => {
      const { forge, git, store, sandbox, artifacts } = ports;
      const watched = (session: Session, run: string, applying: boolean): Session => ({
        ...session,
        run: around('tool', async (step, options) => {
          if (step.mutates) {
            listens = false;
            const apply = applies.get(run);
            if (apply !== undefined) apply.startedAt = tick;
          }
          const result = await session.run(step, options);
          if (applying && step.name === 'version') told.push({ kind: 'ready', run, tick: next() });
          return result;
        }),
      });
      const audit: StoreTables['audit'] = {
        ...store.audit,
        append: around('store audit.append', async (event) => {
          await store.audit.append(event);
          if (event.kind !== 'apply.refused' || event.runId === null) return;
          listens = false;
          const apply = applies.get(event.runId);
          if (apply !== undefined) apply.refusedAt = tick;
        }),
      };
      const tables = Object.fromEntries(
        Object.entries(store).map(([name, table]: [string, unknown]) => [
          name,
          typeof table === 'object' && table !== null ? all(`store ${name}`, table) : table,
        ]),
      ) as unknown as FlowPorts['store'];
      return {
        ...ports,
        forge: {
          ...all('forge', forge),
          primaryLimit: forge.primaryLimit,
          reviews: around('forge reviews', forge.reviews, () => asks('reviews')),
          permission: around('forge permission', forge.permission, (_, login) => asks(`permission ${login}`)),
          comment: around('forge comment', forge.comment, (_, id) =>
            asks(id === ear.board ? 'comment of ours' : `comment ${id}`),
          ),
          upsertComment: around('forge upsertComment', async (ref, comment) => {
            const written = await forge.upsertComment(ref, comment);
            if (comment.marker.startsWith('tidegate:board:')) {
              ear.board = written.id;
              told.push({ kind: 'comment written', body: written.body, at: written.at, tick });
            }
            return written;
          }),
        },
        git: {
          ...all('git', git),
          fetch: around('git fetch', git.fetch, () => asks('fetch')),
          // Of a move of the base nothing else tells right before the tool.
          tips: around('git tips', git.tips, () => asks('fetch')),
        },
        blobs: all('disk', ports.blobs),
        artifacts: {
          ...all('disk', artifacts),
          unpack: around('disk unpack', artifacts.unpack, (bytes, { planDir }) => {
            const run = planDir.split('/').at(-1) ?? '';
            applies.set(run, { plan: planIn(bytes), startedAt: null, refusedAt: null });
          }),
        },
        sandbox: {
          ...sandbox,
          open: around('sandbox open', async (spec) =>
            watched(await sandbox.open(spec), spec.runId, spec.verb === 'apply'),
          ),
        },
        store: {
          ...tables,
          audit,
          transact: around('store transact', store.transact) as FlowPorts['store']['transact'],
          close: store.close,
        },
      };
    },
  };
  return ear;
};

/** Time goes by; servers do what they do. */
const pass = async (world: World, ms: number): Promise<void> => {
  let over = false;
  void world.schedule.clock.sleep(ms).then(() => {
    over = true;
  });
  await world.schedule.until(() => over, ms + 1);
};

const isQuiet = async ({ store, tools }: World): Promise<boolean> =>
  tools.running() === 0 &&
  (await store.deliveries.pending(1)).length === 0 &&
  (await store.reports.nextDue()) === null &&
  (await store.runs.inState(['queued', 'running'])).length === 0;

/** Until nothing is left to do. */
export const settle = async (world: World): Promise<void> => {
  for (let turns = 0, quiet = 0; quiet < 2; turns += 1) {
    if (turns > 200) throw new Error('it does not come to rest');
    await pass(world, 20_000);
    quiet = (await isQuiet(world)) ? quiet + 1 : 0;
  }
};

let deliveries = 0;

/** As a webhook would bring it, now; nobody waits for the answer. */
export const send = (world: World, trigger: Trigger): void => {
  deliveries += 1;
  void world.deliver(`delivery-${deliveries}`, trigger);
};

export const comment = (world: World, body: string, sender: Actor = people.ada): number => {
  const commentId = world.memory.addComment(refOf(1), body, sender);
  send(world, { kind: 'comment', pull: refOf(1), sender, commentId, body, viaAppId: null });
  return commentId;
};
