import type { Problem } from '../domain/problem.ts';
import type { Run } from '../domain/run.ts';
import { ForgeError } from '../forge/port.ts';
import { FetchFailed } from '../git/port.ts';

/** Will it pass by itself? A forge or a network that is down does; a bug does not. */
export const isPassing = (error: unknown): boolean =>
  (error instanceof ForgeError && (error.failure === 'limited' || error.failure === 'unavailable')) ||
  (error instanceof FetchFailed && ['unreachable', 'timed-out', 'moved'].includes(error.reason));

/** Why a run that came to nothing did so, where it was the forge; null where it was us. Nothing of it was begun. */
export const forgeAway = (run: Pick<Run, 'verb'>, error: unknown): Problem | null =>
  isPassing(error)
    ? {
        code: 'forge-unavailable',
        sentence:
          run.verb === 'plan'
            ? 'GitHub could not be asked for what this needs, so nothing was planned.'
            : 'GitHub could not be asked whether all still holds that has to, so nothing was applied. The plan stands.',
        advice:
          run.verb === 'plan'
            ? 'Comment `/plan` again when GitHub answers.'
            : 'Comment it again when GitHub answers: https://www.githubstatus.com says how it is.',
      }
    : null;
