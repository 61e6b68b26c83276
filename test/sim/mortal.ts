import type { Clock } from '../../src/clock/port.ts';
import type { FlowPorts } from '../../src/flow/ports.ts';
import type { Sandbox, Session } from '../../src/sandbox/port.ts';
import type { Store } from '../../src/store/port.ts';

/** One server's life: what it asked for last has its effect or not, and it never hears of it. */
export interface Life {
  /** The ports as this server has them. */
  readonly ports: FlowPorts;
  isDead(): boolean;
  kill(): void;
  /** Dies at its n-th call of a port from now, before or after the call has its effect. */
  dieAt(calls: number, when: 'before' | 'after'): void;
}

export interface LifeOptions {
  readonly ports: FlowPorts;
  /** Awaited before and after a call, to let others go first. */
  readonly turn: (port: string) => Promise<void>;
  /** What goes wrong with a call. `before`: it is not made; `after`: nobody hears of its end. */
  readonly fault: (
    port: string,
    method: string,
  ) => { readonly error: Error; readonly when: 'before' | 'after' } | null;
}

const forEver = (): Promise<never> => new Promise<never>(() => {});

type Call = (...args: never[]) => Promise<unknown>;

/** Everything a server knows of the world goes through here, so that a dead one can do and hear nothing. */
export const createLife = ({ ports, turn, fault }: LifeOptions): Life => {
  let dead = false;
  let left: { calls: number; when: 'before' | 'after' } | null = null;

  const around =
    <Args extends unknown[], T>(port: string, method: string, call: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      if (dead) return forEver();
      await turn(port);
      if (dead) return forEver();
      if (left !== null) left.calls -= 1;
      const last = left !== null && left.calls <= 0;
      if (last && left?.when === 'before') {
        dead = true;
        return forEver();
      }
      const wrong = fault(port, method);
      if (wrong?.when === 'before') throw wrong.error;
      try {
        const result = await call(...args);
        if (last) dead = true;
        if (wrong !== null) throw wrong.error;
        if (dead) return forEver();
        await turn(port);
        return dead ? forEver() : result;
      } catch (error) {
        if (last) dead = true;
        if (dead) return forEver();
        throw error;
      }
    };
  /** Of a port whose functions are all asynchronous. */
  const all = <T extends object>(port: string, of: T): T =>
    Object.fromEntries(
      Object.entries(of).map(([method, call]: [string, unknown]) => [
        method,
        typeof call === 'function' ? around(port, method, call as Call) : call,
      ]),
    ) as T;
  const guarded = <T>(promise: Promise<T>): Promise<T> => promise.then((value) => (dead ? forEver() : value));
  const alive = (act: () => void) => () => {
    if (!dead) act();
  };

  const session = (one: Session): Session => ({
    folder: one.folder,
    files: one.files,
    fresh: one.fresh,
    apart: one.apart,
    run: around('sandbox', 'run', one.run),
    insist: alive(one.insist),
    detach: around('sandbox', 'detach', one.detach),
    dispose: around('sandbox', 'dispose', one.dispose),
  });
  const sandbox: Sandbox = {
    isolation: ports.sandbox.isolation,
    open: around('sandbox', 'open', async (spec) => session(await ports.sandbox.open(spec))),
    reattach: around('sandbox', 'reattach', async (runId) => {
      const found = await ports.sandbox.reattach(runId);
      return {
        ...found,
        ending: guarded(found.ending),
        interrupt: alive(found.interrupt),
        insist: alive(found.insist),
        detach: alive(found.detach),
        dispose: around('sandbox', 'dispose', found.dispose),
      };
    }),
  };
  const clock: Clock = {
    now: ports.clock.now,
    monotonic: ports.clock.monotonic,
    sleep: (ms, signal) => (dead ? forEver() : guarded(ports.clock.sleep(ms, signal))),
  };
  const tables = Object.fromEntries(
    Object.entries(ports.store).map(([name, table]: [string, unknown]) => [
      name,
      typeof table === 'object' && table !== null ? all('store', table) : table,
    ]),
  );
  const store: Store = {
    ...(tables as unknown as Store),
    transact: around('store', 'transact', ports.store.transact) as Store['transact'],
    close: ports.store.close,
  };

  return {
    ports: {
      ...ports,
      // What it knows without asking is the server's own.
      forge: { ...all('forge', ports.forge), primaryLimit: ports.forge.primaryLimit },
      git: all('git', ports.git),
      artifacts: all('disk', ports.artifacts),
      blobs: all('disk', ports.blobs),
      sandbox,
      store,
      clock,
    },
    isDead: () => dead,
    kill: () => {
      dead = true;
    },
    dieAt: (calls, when) => {
      left = { calls, when };
    },
  };
};
