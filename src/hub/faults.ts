/** What a matched request gets instead of, before or after its answer. */
export type RouteFault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly message?: string;
      /** Seconds, for the header of that name. */
      readonly retryAfter?: number;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Answers as usual, `ms` later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Cuts the connection: `after-work` with everything done, `before-work` with nothing. */
  | { readonly kind: 'close'; readonly when: 'after-work' | 'before-work' };

export type WebhookFault =
  /** Not sent, recorded as a failed delivery: a redelivery finds it. */
  | { readonly kind: 'drop' }
  /** Not sent, and no trace of it. */
  | { readonly kind: 'lose' }
  /** Sent twice with the same id. */
  | { readonly kind: 'double' }
  /** Sent `ms` later; others overtake it. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Sent after the next one. */
  | { readonly kind: 'reorder' };

export interface RouteMatch {
  /** `GET`, `POST` ...; every method when absent. */
  readonly method?: string;
  /** Against the path below the API, `/repos/acme/infra/pulls/1`. */
  readonly path?: RegExp;
  /** How often; for ever when absent. */
  readonly times?: number;
}

export interface WebhookMatch {
  readonly event?: string;
  readonly action?: string;
  readonly times?: number;
}

export interface Faults {
  route(match: RouteMatch, fault: RouteFault): void;
  webhook(match: WebhookMatch, fault: WebhookFault): void;
  clear(): void;
  /** The fault for this request, used up once; asked by the hub itself. */
  takeRoute(method: string, path: string): RouteFault | null;
  takeWebhook(event: string, action: string | null): WebhookFault | null;
}

interface Armed<Match, Fault> {
  readonly match: Match;
  readonly fault: Fault;
  left: number;
}

const take = <Match, Fault>(
  armed: readonly Armed<Match, Fault>[],
  fits: (match: Match) => boolean,
): Fault | null => {
  const found = armed.find((one) => one.left > 0 && fits(one.match));
  if (found === undefined) return null;
  found.left -= 1;
  return found.fault;
};

/** Faults that tests arm; without any the hub behaves. The first that matches and is not used up wins. */
export const createFaults = (): Faults => {
  const routes: Armed<RouteMatch, RouteFault>[] = [];
  const webhooks: Armed<WebhookMatch, WebhookFault>[] = [];
  return {
    route: (match, fault) => {
      routes.push({ match, fault, left: match.times ?? Number.POSITIVE_INFINITY });
    },
    webhook: (match, fault) => {
      webhooks.push({ match, fault, left: match.times ?? Number.POSITIVE_INFINITY });
    },
    clear: () => {
      routes.length = 0;
      webhooks.length = 0;
    },
    takeRoute: (method, path) =>
      take(
        routes,
        (match) =>
          (match.method === undefined || match.method === method) &&
          (match.path === undefined || match.path.test(path)),
      ),
    takeWebhook: (event, action) =>
      take(
        webhooks,
        (match) =>
          (match.event === undefined || match.event === event) &&
          (match.action === undefined || match.action === action),
      ),
  };
};
