import type { Policy, PolicyCommand } from '../config/types.ts';
import type { Project } from '../domain/project.ts';
import { type Actor, fullNameOf, type Pull, type RepoRef } from '../domain/pull.ts';
import type { Override } from '../domain/rules/override.ts';
import { isAmong, type PeopleFacts } from '../domain/rules/people.ts';
import type { PlanView } from '../domain/rules/plan-view.ts';
import type { PolicyResult } from '../domain/rules/policies.ts';
import { answerTo, type PolicyAnswer, type SaidThen } from '../domain/rules/policy-answer.ts';
import type { People } from '../domain/rules/requirement.ts';
import { personal, timelyComment, type Uncounted, type VoteFacts } from '../domain/rules/votes.ts';
import type { Plan } from '../domain/run.ts';
import type { Forge } from '../forge/port.ts';
import { keyOf } from './admit.ts';
import type { FlowPorts } from './ports.ts';

type Ports = Pick<FlowPorts, 'store' | 'operator' | 'conditions' | 'log'>;

/**
 * Those of the operator file that are for this project: by what was settled from the base branch, since the head decides
 * where the project is. One that the file has now for that dir counts as well.
 */
export const policiesFor = (
  { operator }: Pick<Ports, 'operator'>,
  repo: RepoRef,
  project: Project,
): readonly Policy[] => {
  const repository = fullNameOf(repo);
  const { policies } = project.settings;
  return operator.policies.filter(
    ({ name, matches, inRepository }) =>
      (inRepository?.(repository) ?? true) &&
      (policies === null || policies.includes(name) || matches(project.dir)),
  );
};

/** Whose words about this very plan there are, as they were written. Whether they count is asked when they are used. */
export const overridesOf = async (
  { store, forge }: Pick<Ports, 'store'> & { readonly forge: Pick<Forge, 'comment'> },
  pull: Pull,
  project: Project,
  plan: Plan,
): Promise<readonly Override[]> => {
  const given = (await store.overrides.ofPull(keyOf(pull))).filter(
    (one) => one.project === project.key && one.plan === plan.digest,
  );
  const standing = await Promise.all(
    given.map(async ({ commentId, writtenAt }) => {
      const comment = await forge.comment(pull.ref, commentId);
      // Who takes their comment away, or makes it say something else, takes their word back.
      return comment !== null && comment.updatedAt === writtenAt;
    }),
  );
  return given.filter((_one, index) => standing[index] === true);
};

/**
 * What a policy says of a plan now. A program was asked when the plan was made, and what it would say today nobody knows: what it
 * said counts for what it was.
 */
export const saidOf = (
  ports: Pick<Ports, 'conditions' | 'log'>,
  policy: Policy,
  { view, answers }: Pick<Asked, 'view' | 'answers'>,
): Said =>
  'command' in policy.asks
    ? toldOf(policy, policy.asks.command, answers)
    : answerOf(ports, policy, policy.asks.rule, view);

interface Asked {
  /** Null: what it would do is not known. */
  readonly view: PlanView | null;
  /** What programs said of the plan when it was made. */
  readonly answers: readonly PolicyAnswer[];
  readonly overrides: readonly Override[];
  readonly people: PeopleFacts;
  readonly votes: VoteFacts;
  /** Whoever overrides must be in each of these as well. */
  readonly who: readonly People[];
}

/** What each policy says of a plan, and whose word lets it pass all the same: an owner's, as things are now. */
export const policyResults = (
  ports: Pick<Ports, 'conditions' | 'log'>,
  policies: readonly Policy[],
  asked: Asked,
): readonly PolicyResult[] =>
  policies.map((policy) => {
    const { name, source, owners } = policy;
    const said = saidOf(ports, policy, asked);
    const word = asked.overrides.findLast(
      (one) =>
        one.policy === name &&
        isAbout(said, one) &&
        counts(policy, one, asked.votes, asked.people) &&
        asked.who.every((group) => isAmong(group, one.actor, asked.people)),
    );
    return {
      name,
      source,
      owners,
      passed: said.outcome === 'unknown' ? null : said.outcome === 'passed',
      because: said.because,
      override: word === undefined ? null : { actor: word.actor, reason: word.reason },
    };
  });

/** Who lets pass what a program that is broken could not say has not let pass its no, nor what another program says. */
const isAbout = ({ definition, outcome }: SaidThen, { about }: Override): boolean =>
  about !== null && about.definition === definition && about.outcome === outcome;

/** Whether it does, were whoever gave it an owner. */
export const wouldCount = ({ actor, writtenAt }: Override, votes: VoteFacts): boolean =>
  personal({ author: actor }, votes) === null && timelyComment(writtenAt, votes.bind) === null;

/** An owner who may write, and wrote and pushed none of it, about the plan that the comment showed then: as strict as an approval. */
const counts = (
  policy: Policy,
  { actor, writtenAt }: Override,
  votes: VoteFacts,
  people: PeopleFacts,
): boolean =>
  mayOverride(policy, actor, votes, people) === null && timelyComment(writtenAt, votes.bind) === null;

/** Why somebody's word lets nothing pass this policy; null where it does. */
export const mayOverride = (
  { owners }: Policy,
  actor: Actor,
  votes: VoteFacts,
  people: PeopleFacts,
): 'no-owners' | 'no-owner' | Uncounted | null => {
  if (owners === null) return 'no-owners';
  if (actor.id === votes.author.id) return 'author';
  return isAmong(owners, actor, people) ? personal({ author: actor }, votes) : 'no-owner';
};

interface Said extends SaidThen {
  readonly because: string;
}

const toldOf = (
  { name, message }: Policy,
  { definition }: PolicyCommand,
  answers: readonly PolicyAnswer[],
): Said => {
  const answer = answerTo({ name, definition }, answers);
  if (answer === null)
    return {
      definition,
      outcome: 'unknown',
      because: 'it was changed or added since this plan; comment `/plan`',
    };
  const { outcome, because } = answer;
  return outcome === 'failed' && message !== null
    ? { definition, outcome, because: `${message} (${because})` }
    : { definition, outcome, because };
};

/** The rule's text is what it is known by: another one is another policy. */
const answerOf = (
  { conditions, log }: Pick<Ports, 'conditions' | 'log'>,
  { name, message }: Policy,
  rule: string,
  view: PlanView | null,
): Said => {
  const unknown = (because: string): Said => ({ definition: rule, outcome: 'unknown', because });
  if (view === null) return unknown('what the plan would do is not known');
  try {
    return conditions.holds(rule, view)
      ? { definition: rule, outcome: 'passed', because: 'it says yes' }
      : { definition: rule, outcome: 'failed', because: message ?? `\`${rule}\` is not so` };
  } catch (error) {
    log.warn('a policy cannot be answered', { policy: name, error: String(error) });
    return unknown('its rule cannot be answered for this plan');
  }
};
