import type { Problem } from '../problem.ts';
import type { Actor } from '../pull.ts';
import { quoted } from '../quote.ts';
import { no, type Verdict, yes } from '../verdict.ts';
import type { ApplyFacts } from './apply-conditions.ts';
import type { People, Requirement, RequirementKind } from './requirement.ts';

/** An administrator's word that an apply goes past what rules ask for. */
export interface BreakGlass {
  readonly reason: string;
  /** When it was written, by our clock, Unix milliseconds: whoever wrote it cannot have known of what came later. */
  readonly at: number;
}

/** What is known of it right before the apply. */
export interface BreakGlassFacts {
  readonly said: BreakGlass;
  /** The operator lets administrators. */
  readonly isLet: boolean;
  /** Whoever says it must be in each of these. */
  readonly who: readonly People[];
}

/**
 * What such a word passes: who has to agree, when, and what programs say. Everything else stays: the promises, who may apply, what protects an
 * environment on GitHub, what is applied first. Decision 53 has the table.
 */
const passable: Readonly<Record<RequirementKind, boolean>> = {
  approved: true,
  mergeable: true,
  checks: true,
  policies: true,
  window: true,
  up_to_date: false,
  environment: false,
};

export const switchedOff: Problem = {
  code: 'not-permitted',
  sentence: '`/apply --override` is switched off by the people who run Tidegate.',
  advice: 'What the rules ask for has to be there. `/why` says what is missing.',
};

/** May this word be said, of this? `among`: is whoever acts among those who may say it. */
export const mayBreakGlass = (
  actor: Actor | null,
  { said, isLet }: BreakGlassFacts,
  { cause }: Pick<ApplyFacts, 'cause'>,
  among: Verdict,
): Verdict => {
  if (!isLet) return no('break-glass', 'the operator lets nobody', switchedOff);
  if (actor === null || cause !== 'command' || said.reason.trim() === '')
    return no('break-glass', 'nobody commanded it with a reason', {
      code: 'not-permitted',
      sentence: '`/apply --override` has to be commented by somebody, with a reason.',
      advice: 'Comment it.',
    });
  return among.holds
    ? yes('break-glass', `${actor.login} goes past what rules ask for: ${said.reason}`)
    : { ...among, name: 'break-glass' };
};

/** What could not be read is no rule that somebody decided to pass. */
const isRead = ({ problem }: Verdict): boolean => problem?.code !== 'requirement-unread';

/** The verdict with which an apply goes on although something said no; that stays in it as a part. */
const passed = (verdict: Verdict, login: string): Verdict =>
  yes(verdict.name, `${verdict.because}; passed by ${quoted(login)}`, {
    parts: [verdict],
    source: verdict.source,
  });

/** What somebody's word makes of what was asked. Without one nothing changes. */
export interface Passing {
  readonly requirement: (requirement: Requirement, verdict: Verdict) => Verdict;
  readonly condition: (verdict: Verdict) => Verdict;
  /** What said no and was passed, as it was. */
  readonly passed: () => readonly Verdict[];
}

export const passing = (
  actor: Actor | null,
  said: BreakGlass | null,
  suspended: NonNullable<ApplyFacts['later']>['suspended'],
): Passing => {
  const all: Verdict[] = [];
  const pass = (verdict: Verdict): Verdict => {
    if (actor === null || verdict.holds || !isRead(verdict)) return verdict;
    all.push(verdict);
    return passed(verdict, actor.login);
  };
  // A suspension that began later is somebody's answer to this word, or of somebody who did not know of it.
  const isOlder = said !== null && suspended.every(({ since }) => since === null || since <= said.at);
  return {
    requirement: ({ kind }, verdict) => (said !== null && passable[kind] ? pass(verdict) : verdict),
    condition: (verdict) => (isOlder && verdict.name === 'suspended' ? pass(verdict) : verdict),
    passed: () => all,
  };
};
