import type { Sha } from '../ids.ts';
import type { PlanSummary } from '../plan-summary.ts';
import { quoted } from '../quote.ts';
import { type InForce, momentText, suspendedText } from '../suspension.ts';
import { tagOf } from '../tags/ref.ts';
import { refOf, type Tracked } from '../tracked.ts';
import { type Correction, lastFailed, mostOfTheSame, oscillates, waitsUntil } from './correction.ts';
import type { Seen } from './drift.ts';
import type { DriftSettings } from './settings.ts';
import { notToCorrect } from './standing.ts';

/** Everything that decides whether drift is put back without a command. */
export interface CorrectionFacts {
  /** Of the project. */
  readonly name: string;
  readonly now: number;
  readonly settings: Pick<DriftSettings, 'mode' | 'limits'>;
  /** What would be applied: what the last look saw, and before the apply what its own plan says. */
  readonly seen: Pick<Seen, 'status' | 'fingerprint' | 'ignored' | 'unsettled' | 'summary' | 'because'>;
  readonly correction: Correction;
  readonly tracked: Tracked | null;
  /** Newest commit of its branch. */
  readonly tip: Sha;
  /** Who has the project in hand, as the end of "not now: …"; null: nobody. */
  readonly inHand: string | null;
  readonly suspended: readonly InForce[];
  /** Windows that are closed now: `closed until …`. */
  readonly closed: readonly { readonly because: string }[];
  /** The pull request about just this that people have closed or merged; null: none. */
  readonly refused?: { readonly number: number; readonly ended: 'closed' | 'merged' } | null;
  /** What its rules want a person for, a phrase; null: nothing, or the operator lets it go without. */
  readonly person: string | null;
}

/** Why it is not put back now. */
export interface Hold {
  /** A sentence. */
  readonly because: string;
  /** When to ask again, Unix milliseconds; null: only a look or a person changes it. */
  readonly again: number | null;
  /** It came back too often: a person has to say that it may go on. */
  readonly stops?: true;
}

export type Limit = (facts: CorrectionFacts) => Hold | null;

/** Nobody tells us when these are over. */
const retryMs = 5 * 60_000;

const hold = (because: string, again: number | null = null): Hold => ({ because, again });
const soon = (because: string, { now }: CorrectionFacts): Hold => hold(because, now + retryMs);

interface ByItself {
  readonly mode: 'pr' | 'apply';
}

/** Modes in which something is done without a command. */
const acting: ReadonlySet<DriftSettings['mode']> = new Set(['pr', 'apply']);

export const actsByItself = (settings: Pick<DriftSettings, 'mode'>): settings is ByItself =>
  acting.has(settings.mode);

const asked: Limit = ({ settings }) =>
  settings.mode === 'apply'
    ? null
    : hold('The settings do not ask any more for it to be put back by itself.');

const fresh: Limit = ({ seen, correction: { found } }) => {
  if (found === null || seen.status !== 'drifted' || seen.summary === null)
    return hold('What drifts is not known for sure.');
  if (seen.because !== null) return hold(`What drifts is not known for sure: ${seen.because}.`);
  return seen.fingerprint === found.fingerprint
    ? null
    : hold('What would be put back is something else than what was found.');
};

const stop: Hold = {
  ...hold(
    `It was put back ${mostOfTheSame} times within a day and drifted in the same way again, so something else changes it as well: \`/apply\` or \`/resume\` by a person lets Tidegate go on.`,
  ),
  stops: true,
};

const going: Limit = ({ correction }) => (correction.stopped === null ? null : stop);

const calm: Limit = ({ correction, seen, now }) =>
  oscillates(correction, seen.fingerprint ?? '', now) ? stop : null;

const standing: Limit = (facts) => {
  const problem = notToCorrect(facts.tracked, facts.tip);
  return problem === null ? null : soon(problem.sentence, facts);
};

const sure: Limit = ({ tracked }) =>
  tracked?.applied?.sure === true
    ? null
    : hold('It is not known for sure what the last apply left, so a person has to look at it first.');

const free: Limit = (facts) => (facts.inHand === null ? null : soon(`Not now: ${facts.inHand}.`, facts));

const unsuspended: Limit = (facts) => {
  const [first] = facts.suspended;
  return first === undefined ? null : soon(`${quoted(facts.name)} is ${suspendedText(first)}.`, facts);
};

const inWindow: Limit = (facts) => {
  const [first] = facts.closed;
  return first === undefined ? null : soon(`Its window is ${first.because}.`, facts);
};

const noPerson: Limit = ({ person }) =>
  person === null
    ? null
    : hold(`Its rules ask for a person (${person}), and the operator does not let it go without one.`);

const rested: Limit = ({ correction, now }) => {
  const until = waitsUntil(correction, now);
  if (until === null) return null;
  const failed = lastFailed(correction, now);
  return failed === null
    ? hold(`It was put back a short while ago, and is left alone until ${momentText(until)}.`, until)
    : hold(`${failed} It is tried again after ${momentText(until)}.`, until);
};

const nothingIgnored: Limit = ({ seen }) =>
  seen.ignored === 0
    ? null
    : hold('It would put back what the settings pass over as well, which is for a person to decide.');

/** What never settles may be somebody else's doing, such as a scaler's: its plan would undo that along with the drift. */
const nothingUnsettled: Limit = ({ seen }) =>
  seen.unsettled === 0
    ? null
    : hold('It would set again what differs after every apply as well, which is for a person to decide.');

const known: Limit = ({ seen: { summary } }) => {
  if (summary === null) return hold('What it would do is not known.');
  const { counts, complete, facts, resources, words } = summary;
  if (facts !== 'all' || complete === false || counts.deferred > 0 || words?.verified === false)
    return hold('What it would do is not known as a whole.');
  const others = counts.invoke + counts.import + counts.move + counts.forget;
  const isOther = resources.some(
    ({ action, previousAddress, importing }) =>
      !['create', 'update', 'replace', 'delete'].includes(action) ||
      previousAddress !== null ||
      importing !== null,
  );
  return others > 0 || isOther
    ? hold('It would do more than create, change, replace or delete, which is for a person to decide.')
    : null;
};

const of = (summary: PlanSummary | null, action: 'delete' | 'replace'): number =>
  Math.max(
    summary?.counts[action] ?? 0,
    summary?.resources.filter((change) => change.action === action).length ?? 0,
  );

const deletes: Limit = ({ seen, settings: { limits } }) =>
  limits.deletes || of(seen.summary, 'delete') === 0
    ? null
    : hold('It would delete something, and `limits` do not allow that (`deletes`).');

const replaces: Limit = ({ seen, settings: { limits } }) =>
  limits.replaces || of(seen.summary, 'replace') === 0
    ? null
    : hold('It would replace something, and `limits` do not allow that (`replaces`).');

const changesOf = ({ counts, resources }: PlanSummary): number =>
  Math.max(resources.length, counts.create + counts.update + counts.replace + counts.delete);

const few: Limit = ({ seen: { summary }, settings: { limits } }) => {
  const changes = summary === null ? Number.POSITIVE_INFINITY : changesOf(summary);
  return changes <= limits.most
    ? null
    : hold(`It would change ${changes} resources, and \`limits\` allow ${limits.most} (\`most\`).`);
};

const small: Limit = ({ seen: { summary }, settings: { limits } }) => {
  // All of them is no limit.
  if (limits.share >= 100) return null;
  const kept = summary?.kept ?? summary?.words?.noop ?? null;
  if (summary === null || kept === null)
    return hold(
      'It is not known how many resources the project has, so nobody can say which part would change (`share`).',
    );
  const changes = changesOf(summary);
  const all = kept + changes;
  return changes * 100 <= limits.share * all
    ? null
    : hold(
        `It would change ${changes} of ${all} resources, and \`limits\` allow ${limits.share} percent (\`share\`).`,
      );
};

/** All that forbids a correction, in the order in which people should hear of it. */
export const everyLimit = {
  asked,
  fresh,
  going,
  calm,
  standing,
  sure,
  unsuspended,
  noPerson,
  nothingIgnored,
  nothingUnsettled,
  known,
  deletes,
  replaces,
  few,
  small,
  inWindow,
  free,
  rested,
} as const satisfies Readonly<Record<string, Limit>>;

const askedForPull: Limit = ({ settings }) =>
  settings.mode === 'pr'
    ? null
    : hold('The settings do not ask any more for a pull request to be opened by itself.');

/** What follows tags is planned by no pull request, so `pr` means what `issue` does there. */
const ofBranch: Limit = ({ tracked }) =>
  tracked !== null && tagOf(refOf(tracked)) !== null
    ? hold('It follows tags, and no pull request plans it: `/plan`, then `/apply` here put it back.')
    : null;

/** Whoever does not want it must not have to say so at each look. */
const wanted: Limit = ({ refused = null }) =>
  refused === null
    ? null
    : hold(
        `#${refused.number} was ${refused.ended} and was for just this, so none is opened until something else drifts. \`/followup\` here opens one.`,
      );

const restedForPull: Limit = ({ correction, now }) => {
  const until = waitsUntil(correction, now);
  return until === null
    ? null
    : hold(`One was opened a short while ago, and none is until ${momentText(until)}.`, until);
};

/**
 * All that keeps a pull request from being opened by itself. It changes nothing, and whatever it puts back is looked at by people: what it
 * would do, and when, is for them.
 */
export const limitsOfPull: Readonly<Record<string, Limit>> = {
  ...{ askedForPull, ofBranch, fresh, standing, sure, unsuspended, wanted, free, restedForPull },
};

/** What a plan that was made for it is held against before its apply: all but what was about whether to begin. */
const { calm: _calm, rested: _rested, ...ofPlan } = everyLimit;
export const limitsOfPlan: Readonly<Record<string, Limit>> = ofPlan;

/**
 * May what drifts be put back without a command? Null: it may. Unknown means no.
 *
 * @param limits all of them, but for tests that show what each is for
 */
export const mayCorrect = (
  facts: CorrectionFacts,
  limits: Readonly<Record<string, Limit>> = everyLimit,
): Hold | null => {
  for (const limit of Object.values(limits)) {
    const held = limit(facts);
    if (held !== null) return held;
  }
  return null;
};
