import type { ProjectKey, RunId } from '../ids.ts';
import type { RepoRef } from '../pull.ts';

/** A correction that was begun. */
export interface Begun {
  /** Of what it puts back. */
  readonly fingerprint: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** Why it came to nothing, a sentence; absent where it was put back, and while that goes on. */
  readonly failed?: string;
}

/** What a look found, and nobody has put right since. */
export interface DriftFound {
  readonly look: RunId;
  readonly fingerprint: string;
  readonly at: number;
}

/** How it stands with putting a project back without a command. */
export interface Correction {
  readonly project: ProjectKey;
  readonly repo: RepoRef;
  readonly found: DriftFound | null;
  /** The look whose find was taken up last: none is taken up twice. */
  readonly taken: RunId | null;
  /** What was taken up is being planned or applied. */
  readonly underWay: boolean;
  /** Those of the last day, oldest first. */
  readonly begun: readonly Begun[];
  /** It came back too often: nothing is begun until a person says so. */
  readonly stopped: Begun | null;
  /** Why it is not put back just now, a sentence; null: nothing stands in its way, or there is nothing to do. */
  readonly because: string | null;
  /** When to look again whether it may be; null: a look, or a person, will say. */
  readonly wakeAt: number | null;
}

export const noCorrection = (project: ProjectKey, repo: RepoRef): Correction => ({
  ...{ project, repo },
  ...{ found: null, taken: null, underWay: false, begun: [], stopped: null, because: null, wakeAt: null },
});

const minuteMs = 60_000;
export const dayMs = 24 * 60 * minuteMs;
/** So often within a day the same is put back; when it comes back once more, something else is at it as well. */
export const mostOfTheSame = 3;

/**
 * Those that still count. A clock that was set back makes what was begun lie ahead: it was begun now at the latest, and counts for a day
 * from now.
 */
export const lately = (begun: readonly Begun[], now: number): readonly Begun[] =>
  begun.map((one) => ({ ...one, at: Math.min(one.at, now) })).filter(({ at }) => at > now - dayMs);

/** What a rule kept from being put back is tried again this often at least: a window may open for an hour only. */
const mostAfterNothing = 30 * minuteMs;

/**
 * Five minutes after the first of a day, twice as long after each that follows, a day at most; half an hour at most where the last one
 * came to nothing. Null: it may begin.
 */
export const waitsUntil = ({ begun }: Pick<Correction, 'begun'>, now: number): number | null => {
  const recent = lately(begun, now);
  const last = recent.at(-1);
  if (last === undefined) return null;
  const most = last.failed === undefined ? dayMs : mostAfterNothing;
  const until = last.at + Math.min(most, 5 * minuteMs * 2 ** (recent.length - 1));
  return until > now ? until : null;
};

/** Why the last one of this day came to nothing, a sentence; null: it did not. */
export const lastFailed = ({ begun }: Pick<Correction, 'begun'>, now: number): string | null =>
  lately(begun, now).at(-1)?.failed ?? null;

/** Has this been put back so often within a day that something else must be changing it as well? What came to nothing put nothing back. */
export const oscillates = ({ begun }: Pick<Correction, 'begun'>, fingerprint: string, now: number): boolean =>
  lately(begun, now).filter((one) => one.failed === undefined && one.fingerprint === fingerprint).length >=
  mostOfTheSame;

/** A look has ended. What it found is to be put back, if it may be; null: it found nothing. */
export const withFound = (before: Correction, found: DriftFound | null): Correction =>
  found === null
    ? { ...before, found, underWay: false, because: null, wakeAt: null }
    : { ...before, found, wakeAt: null };

/** It is taken up: once, whatever happens to whoever does it. Null: that was done already. */
export const takenUp = (before: Correction, look: RunId, now: number): Correction | null => {
  const { found, taken } = before;
  if (found === null || found.look !== look || taken === look) return null;
  const begun = [...lately(before.begun, now), { fingerprint: found.fingerprint, at: now }];
  return { ...before, taken: look, underWay: true, begun, because: null, wakeAt: null };
};

/** Does something wait that nobody has taken up? */
export const isOpen = ({ found, taken }: Correction): boolean => found !== null && found.look !== taken;

/** What was taken up came to nothing: there is another look when the wait is over. */
export const cameToNothing = (before: Correction, because: string, now: number): Correction => {
  const begun = before.begun.map((one, at) =>
    at === before.begun.length - 1 ? { ...one, failed: because } : one,
  );
  return { ...before, underWay: false, begun, because, wakeAt: waitsUntil({ begun }, now) };
};

/** The world was changed by somebody's apply, ours or a person's: what was found before says nothing any more. */
export const afterApply = (before: Correction, byPerson: boolean): Correction => ({
  ...before,
  ...{ found: null, underWay: false, because: null, wakeAt: null },
  ...(byPerson ? { begun: [], stopped: null } : {}),
});

/** A person lets it go on. */
export const letGoOn = (before: Correction, now: number): Correction => ({
  ...before,
  begun: [],
  stopped: null,
  wakeAt: isOpen(before) ? now : before.wakeAt,
});
