import type { Clock } from '../clock/port.ts';
import { type Problem, UserError } from '../domain/problem.ts';
import type { Discovery } from './discovery.ts';
import type { RecheckLimits } from './ports.ts';
import { type AskingPorts, createQuestions, type Questions } from './questions.ts';

const usual: RecheckLimits = { withinMs: 3_000, tries: 3 };

/** Milliseconds. A store that cannot write waits, and what was looked at may change meanwhile. */
const longestWaitMs = 3_000;

/** A base branch that moves faster than it can be looked at is not looked at for ever. */
const mostLooks = 3;

export interface RecheckPorts {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly recheck?: RecheckLimits;
}

/** What was decided, and from which discovery; null where nothing was discovered. */
export interface Decided<D> {
  readonly decision: D;
  readonly discovery: Discovery | null;
}

interface Answer {
  /** Null: no. */
  readonly authorized: unknown;
}

/** Something that is on its way to a step that cannot be taken back. */
export interface Recheck<D> {
  /** Every fact is read, and once more at one moment. `decidedAt`: the end of that, by the monotonic clock. */
  readonly decide: () => Promise<D & { readonly decidedAt: number }>;
  /** The same questions again, right before the step. Reads everything only where a branch moved. */
  readonly again: () => Promise<D>;
}

/**
 * Asks until an answer was quick enough to be of now.
 *
 * @throws {UserError} `forge-unavailable` where none was
 */
export const promptly = async <T>(
  { clock, recheck: { withinMs, tries } = usual }: RecheckPorts,
  ask: () => Promise<T>,
): Promise<T> => {
  for (let tried = 1; tried <= tries; tried += 1) {
    const askedAt = clock.monotonic();
    const answer = await ask();
    if (clock.monotonic() - askedAt <= withinMs) return answer;
  }
  throw new UserError(tooSlow(withinMs));
};

/**
 * Decides whether something may begin, by facts that are true at one moment: every question that a decision asked of the Git host is
 * asked again, all at the same time, and decided anew with these answers. Where a branch is somewhere else by then, everything is read
 * from the start.
 *
 * @param decide with the ports that it is given, and with a discovery that still holds; null: it discovers
 * @param record writes into the audit trail what a whole look came to, and what a recheck refuses
 */
export const createRecheck = <P extends AskingPorts & RecheckPorts, D extends Answer>(
  ports: P,
  decide: (ports: P, known: Discovery | null) => Promise<Decided<D>>,
  record: (decision: D) => Promise<void>,
): Recheck<D> => {
  let known: Known<P> | null = null;
  let last: D | null = null;
  const isOff = ports.recheck?.tries === 0;

  const lookFirst = async (): Promise<Known<P> & { readonly decision: D }> => {
    const questions = createQuestions(ports);
    return { questions, ...(await decide(questions.ports, null)) };
  };

  /** Null: a branch moved. */
  const repeat = async ({ questions, discovery }: Known<P>): Promise<D | null> => {
    const again = questions.repeat();
    if (await again.moved) return null;
    return (await decide(again.ports, discovery)).decision;
  };

  const settle = async (): Promise<D> => {
    for (let looks = 0; looks < mostLooks; looks += 1) {
      if (known === null) {
        const first = await lookFirst();
        const { decision } = first;
        const lookedAt = ports.clock.monotonic();
        await record(decision);
        refuseOld(ports, lookedAt);
        if (isOff || decision.authorized === null) return decision;
        known = first;
      }
      const held = known;
      const answer = await promptly(ports, () => repeat(held));
      if (answer !== null) {
        if (answer.authorized === null) await record(answer);
        return answer;
      }
      known = null;
    }
    throw new UserError(movesTooFast);
  };

  return {
    decide: async () => {
      last = await settle();
      return { ...last, decidedAt: ports.clock.monotonic() };
    },
    again: async () => (isOff && last !== null ? last : settle()),
  };
};

interface Known<P> {
  readonly questions: Questions<P>;
  readonly discovery: Discovery | null;
}

/**
 * @param lookedAt milliseconds, monotonic
 * @throws {UserError} `no-room`
 */
export const refuseOld = ({ clock }: Pick<RecheckPorts, 'clock'>, lookedAt: number): void => {
  if (clock.monotonic() - lookedAt > longestWaitMs) throw new UserError(lookedTooLongAgo);
};

const lookedTooLongAgo: Problem = {
  code: 'no-room',
  sentence:
    'The server could not write to its disk when this was about to start, and what was checked is too old now.',
  advice: 'Nothing was changed, and a plan still stands. Comment it again.',
};

const tooSlow = (withinMs: number): Problem => ({
  code: 'forge-unavailable',
  sentence: `Each time it took longer than ${withinMs / 1_000} s to ask GitHub whether all still holds that has to, so nothing was begun.`,
  advice:
    'Nothing was changed. Comment it again when GitHub answers faster: https://www.githubstatus.com says how it is.',
});

const movesTooFast: Problem = {
  code: 'requirement-unread',
  sentence:
    'The base branch moved again each time it was asked whether all still holds that has to, so nothing was begun.',
  advice: 'Nothing was changed. Comment it again in a minute.',
};
