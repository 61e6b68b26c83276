import type { Clock } from '../../src/clock/port.ts';
import type { HubOptions } from '../../src/hub/hub.ts';

type Exchange = Parameters<NonNullable<HubOptions['observe']>>[0];

/** Longer than all plans together take on a busy machine, in milliseconds. */
const patience = 1_800_000;

const field = (body: unknown, name: string): unknown =>
  typeof body === 'object' && body !== null
    ? Object.entries(body).find(([key]) => key === name)?.[1]
    : undefined;

/** Tells when the hub has the plan check of a commit as completed. */
export const createWatch = (clock: Clock) => {
  let seen = (_exchange: Exchange): void => undefined;
  return {
    observe: (exchange: Exchange): void => seen(exchange),
    plannedAt: (commit: Promise<string>): Promise<number> =>
      new Promise((resolve, reject) => {
        const late = new AbortController();
        const ended = new Map<string, number>();
        let wanted: string | null = null;
        const settle = (): void => {
          const at = wanted === null ? undefined : ended.get(wanted);
          if (at === undefined) return;
          late.abort();
          resolve(at);
        };
        seen = ({ method, status, body }) => {
          if (method === 'GET' || status >= 300 || field(body, 'name') !== 'tidegate/plan') return;
          if (field(body, 'status') !== 'completed' || field(body, 'conclusion') === 'cancelled') return;
          if (field(body, 'conclusion') !== 'success') reject(new Error('the projects were not planned'));
          ended.set(String(field(body, 'head_sha')), clock.now());
          settle();
        };
        commit.then((sha) => {
          wanted = sha;
          settle();
        }, reject);
        void clock
          .sleep(patience, late.signal)
          .then(() => (late.signal.aborted ? undefined : reject(new Error('no plan in time'))));
      }),
  };
};
