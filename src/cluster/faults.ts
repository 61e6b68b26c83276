/** Which requests; what is not said is any. */
export interface RequestMatch {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Against the path, `/apis/apps/v1/namespaces/web/deployments/api`. */
  readonly path?: RegExp;
  /** Only those that are, or are not, a dry run. */
  readonly dryRun?: boolean;
  /** Only those of this user of a kubeconfig. */
  readonly user?: string;
  /** How often; for ever when absent. */
  readonly times?: number;
  /** How many that fit are let through first. */
  readonly after?: number;
}

/** What a request gets that matches. */
export type FaultKind =
  /** A `metav1.Status` in the place of the answer, with nothing done. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly reason?: string;
      readonly message?: string;
      readonly retryAfter?: number;
    }
  /** No answer until `release`: with nothing done, or with everything done. */
  | { readonly kind: 'stall'; readonly when: 'before-work' | 'after-work' }
  /** Answers as usual, `ms` later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Cuts the connection. */
  | { readonly kind: 'close'; readonly when: 'before-work' | 'after-work' };

export interface Fault {
  /** Over once the first request has met it. */
  readonly met: Promise<void>;
  /** Requests that met it so far. */
  readonly seen: number;
  /** Lets go of those that wait, and of all that come. */
  release(): void;
}

export interface ArmedFault extends Fault {
  readonly what: FaultKind;
  readonly released: Promise<void>;
}

export interface Faults {
  arm(match: RequestMatch, what: FaultKind): Fault;
  /** The fault of this request, counted once. */
  take(request: {
    readonly method: string;
    readonly path: string;
    readonly dryRun: boolean;
    readonly user: string;
  }): ArmedFault | null;
  clear(): void;
}

export const createFaults = (): Faults => {
  interface Armed {
    readonly match: RequestMatch;
    readonly fault: ArmedFault;
    readonly meet: () => void;
    passed: number;
    seen: number;
    over: boolean;
  }
  const armed = new Set<Armed>();
  return {
    arm: (match, what) => {
      const met = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      const release = (): void => {
        entry.over = true;
        armed.delete(entry);
        released.resolve();
      };
      const entry: Armed = {
        match,
        fault: {
          what,
          met: met.promise,
          released: released.promise,
          get seen() {
            return entry.seen;
          },
          release,
        },
        meet: met.resolve,
        passed: 0,
        seen: 0,
        over: false,
      };
      armed.add(entry);
      return entry.fault;
    },
    take: (request) => {
      for (const entry of armed) {
        const { method, path, dryRun, user, times, after = 0 } = entry.match;
        const fits =
          (method === undefined || method === request.method) &&
          (path === undefined || path.test(request.path)) &&
          (dryRun === undefined || dryRun === request.dryRun) &&
          (user === undefined || user === request.user);
        if (!fits || (times !== undefined && entry.seen >= times)) continue;
        entry.passed += 1;
        if (entry.passed <= after) continue;
        entry.seen += 1;
        entry.meet();
        return entry.fault;
      }
      return null;
    },
    clear: () => {
      for (const { fault } of [...armed]) fault.release();
    },
  };
};
