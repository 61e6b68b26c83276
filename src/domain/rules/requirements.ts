import { no, type Verdict, yes } from '../verdict.ts';
import { approved } from './approved.ts';
import { checksPass } from './checks.ts';
import { type EnvironmentFacts, environmentAllows } from './environment.ts';
import type { MergeFacts } from './merge-facts.ts';
import { mergeable, type OwnChecks } from './mergeable.ts';
import { type PolicyResult, policiesPass } from './policies.ts';
import type { Requirement, WindowRequirement } from './requirement.ts';

/** What requirements look at. What none of them asks for may be null: it was not read. */
export interface RuleFacts extends EnvironmentFacts {
  /** What was merged could be: nothing is asked about its merge any more. */
  readonly isMerged: boolean;
  readonly merge: MergeFacts | null;
  readonly own: OwnChecks;
  /** Files that matter to the project and that the base branch changed since the head left it; null: not known. */
  readonly behind: readonly string[] | null;
  /** Does a condition hold for the plan? Null: it cannot be answered. */
  readonly condition: (text: string) => boolean | null;
  readonly window: (requirement: WindowRequirement) => OpenWindow;
  readonly policies: readonly PolicyResult[] | null;
}

export interface OpenWindow {
  readonly open: boolean;
  /** "closed until Monday 09:00 (Europe/Berlin)" */
  readonly because: string;
}

/** One requirement, held against the facts. */
export const evaluate = (requirement: Requirement, facts: RuleFacts): Verdict => {
  const { kind, when, source } = requirement;
  // What cannot be answered is asked for.
  if (when !== null && facts.condition(when) === false)
    return yes(kind, `not asked for here: \`${when}\` is not so`, { source });
  switch (requirement.kind) {
    case 'approved':
      return approved(requirement, facts);
    case 'mergeable':
      if (facts.isMerged) return yes(kind, 'it was merged', { source });
      return facts.merge === null ? unread(requirement) : mergeable(facts.merge, facts.own, source);
    case 'checks':
      return facts.merge === null ? unread(requirement) : checksPass(requirement, facts.merge.checks);
    case 'up_to_date':
      if (facts.isMerged) return yes(kind, 'what was planned is the merged commit', { source });
      return upToDate(facts.behind, source);
    case 'window':
      return inWindow(requirement, facts);
    case 'environment':
      return environmentAllows(requirement, facts);
    case 'policies':
      return facts.policies === null ? unread(requirement) : policiesPass(facts.policies, source);
    default: {
      const never: never = requirement;
      return never;
    }
  }
};

const unread = ({ kind, source }: Requirement): Verdict =>
  no(
    kind,
    'what it asks about could not be read',
    {
      code: 'requirement-unread',
      sentence: `\`${kind}\` is asked for, and what it asks about could not be read.`,
      advice: 'Comment `/apply` again in a minute; if it stays, tell the people who run Tidegate.',
    },
    { source, needs: `what \`${kind}\` asks about to be readable` },
  );

const upToDate = (behind: readonly string[] | null, source: string): Verdict => {
  if (behind === null)
    return no(
      'up_to_date',
      'nobody knows what the base branch changed since',
      notUpToDate('nobody knows what it changed'),
      { source, needs: 'what the base branch changed since to be known' },
    );
  const [first] = behind;
  if (first === undefined) return yes('up_to_date', 'the base branch changed nothing here since', { source });
  const files = `\`${first}\`${behind.length > 1 ? ` and ${behind.length - 1} more` : ''}`;
  return no('up_to_date', `the base branch changed ${files} since`, notUpToDate(`it changed ${files}`), {
    source,
    needs: 'the base branch to be merged into this one',
  });
};

const notUpToDate = (what: string) =>
  ({
    code: 'not-up-to-date',
    sentence: `The base branch moved since this branch left it, and ${what}, which this project depends on.`,
    advice: 'Merge the base branch into this one or rebase, and push; it is planned again by itself.',
  }) as const;

const inWindow = (requirement: WindowRequirement, { window }: RuleFacts): Verdict => {
  const { open, because } = window(requirement);
  const { source } = requirement;
  if (open) return yes('window', because, { source });
  return no(
    'window',
    because,
    {
      code: 'window-closed',
      sentence: `The rules let nobody do this now: ${because}.`,
      advice: 'Comment `/apply` again when it is open, or ask the people who may change the rule.',
    },
    { source, needs: `the window to open (${because})` },
  );
};
