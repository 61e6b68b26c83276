import type { Problem } from '../problem.ts';
import type { Actor } from '../pull.ts';
import { allOf, no, type Verdict, yes } from '../verdict.ts';
import { type ApprovedFacts, seenText } from './approved.ts';
import { isAmong, peopleText } from './people.ts';
import type { EnvironmentRequirement, People } from './requirement.ts';

/** What protects an environment on the forge. */
export interface EnvironmentProtection {
  /** One of them has to approve; null: nobody has to. */
  readonly reviewers: People | null;
  /** Whoever asks for the apply does not count as a reviewer. */
  readonly preventSelfReview: boolean;
  /** Milliseconds; 0 for none. */
  readonly waitMs: number;
  /** Which branches may be deployed from: all, those with protection, those of a pattern. */
  readonly branches: 'all' | { readonly isProtected: boolean } | { readonly patterns: readonly string[] };
  /** Rules by the forge's names that nobody here knows how to keep. */
  readonly unknown: readonly string[];
}

/** What is known of an environment. */
export type EnvironmentFact =
  | {
      readonly kind: 'there';
      readonly protection: EnvironmentProtection;
      /** May be deployed from the branch that the pull request goes into. */
      readonly fromHere: boolean;
    }
  /** There is none of that name. */
  | { readonly kind: 'none' }
  /** The operator does not want it asked about. */
  | { readonly kind: 'not-asked' }
  /** The App may not read environments; `isWanted`: the operator wants their protection kept anyway. */
  | { readonly kind: 'not-permitted'; readonly isWanted: boolean }
  | { readonly kind: 'unread' };

export interface EnvironmentFacts extends ApprovedFacts {
  readonly environment: (name: string) => EnvironmentFact;
  /** Who asks for the apply; null: it is asked what is missing, for everybody. */
  readonly actor: Actor | null;
  /** Since when the comment shows the plan without a break, Unix milliseconds; null: it does not, or nobody knows. */
  readonly shownSince: number | null;
  /** Unix milliseconds, by the same clock. */
  readonly now: number;
}

const environment = 'environment';

/** The label of a project is an environment of the forge: what protects it there holds for an apply. */
export const environmentAllows = (requirement: EnvironmentRequirement, facts: EnvironmentFacts): Verdict => {
  const { name, source } = requirement;
  const fact = facts.environment(name);
  switch (fact.kind) {
    case 'none':
      return yes(environment, `there is no environment \`${name}\` on GitHub`, { source });
    case 'not-asked':
      return yes(environment, `the operator file lets nobody ask what protects \`${name}\``, { source });
    case 'not-permitted':
      return fact.isWanted
        ? refusal(requirement, `the App may not read what protects \`${name}\``, notPermitted(name))
        : yes(environment, `not asked: the App may not read what protects \`${name}\``, { source });
    case 'unread':
      return refusal(requirement, `what protects \`${name}\` could not be read`, {
        code: 'requirement-unread',
        sentence: `What protects the environment \`${name}\` on GitHub could not be read.`,
        advice: 'Comment `/apply` again in a minute; if it stays, tell the people who run Tidegate.',
      });
    case 'there':
      return protectedOne(requirement, fact, facts);
    default: {
      const never: never = fact;
      return never;
    }
  }
};

const refusal = ({ name, source }: EnvironmentRequirement, because: string, problem: Problem): Verdict =>
  no(environment, because, problem, { source, needs: `what protects \`${name}\` to be readable` });

const notPermitted = (name: string): Problem => ({
  code: 'environment-refused',
  sentence: `The environment \`${name}\` may be protected on GitHub, and the App may not read whether it is.`,
  advice: 'Ask the people who run Tidegate to let the App read environments (`actions: read`).',
});

const protectedOne = (
  { name, source }: EnvironmentRequirement,
  { protection, fromHere }: Extract<EnvironmentFact, { kind: 'there' }>,
  facts: EnvironmentFacts,
): Verdict => {
  const { reviewers, waitMs, branches, unknown } = protection;
  const parts = [
    ...unknown.map((rule) => unknownRule(name, rule)),
    ...(branches === 'all' ? [] : [branch(name, fromHere)]),
    ...(reviewers === null ? [] : [reviewed(name, reviewers, protection.preventSelfReview, facts)]),
    ...(waitMs === 0 ? [] : [waited(name, waitMs, facts)]),
  ];
  return parts.length === 0
    ? yes(environment, `\`${name}\` is not protected on GitHub`, { source })
    : allOf(environment, parts, { source });
};

const unknownRule = (name: string, rule: string): Verdict =>
  no(
    'rule',
    `\`${rule}\` of \`${name}\` is a rule that Tidegate does not know`,
    {
      code: 'environment-refused',
      sentence: `The environment \`${name}\` has a rule on GitHub, \`${rule}\`, that Tidegate does not know how to keep.`,
      advice: 'Take the rule away there, or ask the people who run Tidegate.',
    },
    { needs: `\`${rule}\` of \`${name}\`, which Tidegate does not know, to go away` },
  );

const branch = (name: string, fromHere: boolean): Verdict =>
  fromHere
    ? yes('branch', `\`${name}\` may be deployed from the base branch`)
    : no(
        'branch',
        `\`${name}\` may not be deployed from the base branch`,
        {
          code: 'environment-refused',
          sentence: `The environment \`${name}\` may not be deployed from the branch that this pull request goes into.`,
          advice: 'Open it against a branch that the environment allows on GitHub.',
        },
        { needs: `\`${name}\` to allow the base branch` },
      );

const reviewed = (
  name: string,
  reviewers: People,
  preventSelfReview: boolean,
  facts: EnvironmentFacts,
): Verdict => {
  const voices = facts.votes.filter(({ uncounted }) => uncounted === null).map(({ actor }) => actor);
  const among = voices.filter((actor) => isAmong(reviewers, actor, facts));
  const counted = among.filter(({ id }) => !preventSelfReview || id !== facts.actor?.id);
  const isSelf = among.length > counted.length;
  const seen = `${seenText(facts, among, voices)}${isSelf ? ', who asks for the apply and does not count' : ''}`;
  if (counted.length > 0) return yes('reviewers', seen);
  const whom = peopleText(reviewers);
  const lacking = `a review by one of the reviewers of \`${name}\` (${whom})`;
  const asked = facts.bound === 'plan' ? ', who has looked at the plan as it is shown now,' : '';
  return no(
    'reviewers',
    seen,
    {
      code: 'not-approved',
      sentence: `The environment \`${name}\` is protected on GitHub, so it waits for ${lacking}; so far: ${seen}.`,
      advice: `Ask ${whom}${asked} to approve, then comment \`/apply\` again. Authors of a commit and whoever pushed last do not count${preventSelfReview ? ', nor whoever comments `/apply`' : ''}.`,
    },
    { needs: lacking },
  );
};

const minute = 60_000;

/** Whole minutes, rounded up: nobody is told to come back too early. */
const minutes = (ms: number): string => {
  const many = Math.ceil(ms / minute);
  return many === 1 ? 'a minute' : `${many} minutes`;
};

/** The time in which somebody may still say no begins when the plan is there to be looked at. */
const waited = (name: string, waitMs: number, { shownSince, now }: EnvironmentFacts): Verdict => {
  const leftMs = shownSince === null ? waitMs : waitMs - (now - shownSince);
  if (leftMs <= 0) return yes('wait timer', `the plan has been shown for ${minutes(waitMs)} and longer`);
  const whole = minutes(waitMs);
  const left = minutes(leftMs);
  return no(
    'wait timer',
    `the plan has not been shown for ${whole} yet`,
    {
      code: 'environment-waits',
      sentence: `The environment \`${name}\` has a wait timer on GitHub: its plan has to be shown for ${whole}, and ${left} of that ${left === 'a minute' ? 'is' : 'are'} left.`,
      advice: 'Comment `/apply` again when they are over.',
    },
    { needs: `the wait timer of \`${name}\` (${whole})` },
  );
};
