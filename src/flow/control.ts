import type { RunVerb } from '../domain/run.ts';

/** How a run under way is reached from outside. Each of them fires once. */
export interface Control {
  /** A plan ends; an apply's tool gets its one SIGINT. */
  readonly interrupted: AbortSignal;
  /** An apply's tool gets a second SIGINT. */
  readonly insisted: AbortSignal;
  /** The server goes and the run stays: an apply is left to its host, a plan to the next server. */
  readonly leaving: AbortSignal;
}

/** The other end of it. */
export interface Handle {
  readonly verb: RunVerb;
  readonly control: Control;
  interrupt(): void;
  insist(): void;
  leave(): void;
}

export const createHandle = (verb: RunVerb): Handle => {
  const interrupted = new AbortController();
  const insisted = new AbortController();
  const leaving = new AbortController();
  return {
    verb,
    control: { interrupted: interrupted.signal, insisted: insisted.signal, leaving: leaving.signal },
    interrupt: () => interrupted.abort(),
    insist: () => {
      // Whoever asks for the second before the first means both.
      interrupted.abort();
      insisted.abort();
    },
    leave: () => leaving.abort(),
  };
};

/** Calls back when the signal fires, now if it has. Returns how to stop listening. */
export const whenFired = (signal: AbortSignal, act: () => void): (() => void) => {
  if (signal.aborted) {
    act();
    return () => undefined;
  }
  // Without the event: it would be taken for what a promise resolves to.
  const listen = () => act();
  signal.addEventListener('abort', listen, { once: true });
  return () => signal.removeEventListener('abort', listen);
};

/** Resolves when the signal fires. `done` ends the waiting. */
export const fired = (signal: AbortSignal): { readonly wait: Promise<void>; readonly done: () => void } => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { wait: promise, done: whenFired(signal, resolve) };
};
