import type { AskId } from '../domain/asked.ts';
import type { Verb } from '../domain/command.ts';

/** A command, as far as it is counted. */
export interface Counted {
  readonly user: number;
  /** Repository id and number. */
  readonly pull: string;
  readonly id: AskId;
  readonly verb: Verb;
}

export interface CommandRates {
  /**
   * Counts a comment, or a press of a button, once however often it comes. `refuse`: it is the first too many, and whoever wrote it is told;
   * `drop`: they were told already, and another answer would only help whoever wants to flood the thread.
   * @param now monotonic milliseconds
   */
  take(command: Counted, now: number): 'go' | 'refuse' | 'drop';
}

/** Far more than people type, and few enough that one account cannot use up what GitHub lets a whole installation ask. */
export const commandLimits = { perUser: 100, perPull: 60, withinMs: 10 * 60_000 } as const;

interface Entry extends Counted {
  readonly at: number;
  readonly verdict: 'go' | 'refuse';
}

/** `/cancel` is counted apart: it must get through when everything else was too much. */
const lane = (verb: Verb): 'cancel' | 'other' => (verb === 'cancel' ? 'cancel' : 'other');

/** Kept in memory alone: a restart forgives. */
export const createCommandRates = (limits: {
  readonly perUser: number;
  readonly perPull: number;
  readonly withinMs: number;
}): CommandRates => {
  /** Oldest first. Those that were dropped are not in it, so that a flood does not make it long. */
  let recent: readonly Entry[] = [];
  return {
    take: (command, now) => {
      recent = recent.filter(({ at }) => now - at < limits.withinMs);
      const known = recent.find(({ id, pull }) => id === command.id && pull === command.pull);
      if (known !== undefined) return known.verdict;
      const alike = recent.filter(({ verb }) => lane(verb) === lane(command.verb));
      const told = (entry: Entry): boolean => entry.verdict === 'refuse';
      const ofUser = alike.filter(({ user }) => user === command.user);
      const onPull = alike.filter(({ pull }) => pull === command.pull);
      const isTooMany =
        ofUser.filter((entry) => !told(entry)).length >= limits.perUser ||
        onPull.filter((entry) => !told(entry)).length >= limits.perPull;
      if (isTooMany && ofUser.some((entry) => told(entry) && entry.pull === command.pull)) return 'drop';
      const verdict = isTooMany ? 'refuse' : 'go';
      recent = [...recent, { ...command, at: now, verdict }];
      return verdict;
    },
  };
};
