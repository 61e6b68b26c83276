import type { Project } from '../domain/project.ts';
import type { Actor, Permission, Pull } from '../domain/pull.ts';
import type { OwnedFiles } from '../domain/rules/approved.ts';
import { noHistory, shownSince } from '../domain/rules/board-history.ts';
import { isVouched } from '../domain/rules/bots.ts';
import type { Authorship, MergeFacts } from '../domain/rules/merge-facts.ts';
import type { PeopleFacts } from '../domain/rules/people.ts';
import { knownView, type PlanView } from '../domain/rules/plan-view.ts';
import type { People, Requirement, RequirementKind } from '../domain/rules/requirement.ts';
import type { RuleFacts } from '../domain/rules/requirements.ts';
import { type Bind, type BoundToPlan, votesOf } from '../domain/rules/votes.ts';
import type { Plan, Run } from '../domain/run.ts';
import { planOtherwise } from '../domain/tool-arguments.ts';
import type { Forge } from '../forge/port.ts';
import { keyOf } from './admit.ts';
import { ownedFiles } from './code-owners.ts';
import type { Discovery } from './discovery.ts';
import { readEnvironments, reviewersIn } from './environment-facts.ts';
import { overridesOf, policiesFor, policyResults, wouldCount } from './policies.ts';
import type { FlowPorts } from './ports.ts';
import { isOurCheck } from './report.ts';

/** What of the forge rules ask. */
export type RuleForge = Pick<
  Forge,
  'reviews' | 'authorship' | 'mergeFacts' | 'permission' | 'isMember' | 'comment' | 'environment'
>;

type Ports = Pick<FlowPorts, 'git' | 'store' | 'clock' | 'appId' | 'conditions' | 'log' | 'operator'> & {
  readonly forge: RuleForge;
};

/** What is asked twice is asked once, and gets the same answer. */
export const onceEach = <A extends readonly unknown[], T>(
  ask: (...args: A) => Promise<T>,
): ((...args: A) => Promise<T>) => {
  const answers = new Map<string, Promise<T>>();
  return (...args) => {
    const key = JSON.stringify(args);
    const answer = answers.get(key) ?? ask(...args);
    answers.set(key, answer);
    return answer;
  };
};

/** The forge at one moment: what is asked twice is asked once. For one look at all projects of one pull request, never for two. */
export const atOnce = (forge: RuleForge): RuleForge => ({
  reviews: onceEach(forge.reviews),
  authorship: onceEach(forge.authorship),
  mergeFacts: onceSettled(forge.mergeFacts),
  permission: onceEach(forge.permission),
  isMember: onceEach(forge.isMember),
  comment: onceEach(forge.comment),
  environment: onceEach(forge.environment),
});

const isSettled = ({ mergeable, state }: MergeFacts): boolean => mergeable !== null && state !== null;

/** What GitHub has not found out yet is asked again: that is no second look at the same thing. */
const onceSettled = (ask: RuleForge['mergeFacts']): RuleForge['mergeFacts'] => {
  let last: { readonly of: string; readonly facts: Promise<MergeFacts> } | null = null;
  return async (pull) => {
    const of = JSON.stringify(pull);
    if (last?.of !== of) last = { of, facts: ask(pull) };
    const mine = last;
    const facts = await mine.facts;
    if (!isSettled(facts) && last === mine) last = null;
    return facts;
  };
};

/** What is asked about, and of whom. */
export interface RuleReading {
  readonly pull: Pull;
  readonly project: Project;
  /** Null: it is asked what is missing, for everybody. */
  readonly actor: Actor | null;
  /** The plan that would be applied; null where there is none. */
  readonly planRun: Run | null;
  readonly who: readonly People[];
  readonly requirements: readonly Requirement[];
  /** Null: what only the repository tells is not read. */
  readonly discovery: Discovery | null;
}

export interface ReadRules {
  readonly people: PeopleFacts;
  /** Null where nothing asks for them. */
  readonly rules: RuleFacts | null;
}

/** Reads what these rules ask about, afresh, and nothing else: each fact costs requests. */
export const readRules = async (ports: Ports, reading: RuleReading): Promise<ReadRules> => {
  const { pull, requirements, actor, who } = reading;
  const asks = (...kinds: readonly RequirementKind[]) =>
    requirements.some(({ kind }) => kinds.includes(kind));
  const isMerged = pull.merged !== null || pull.drift !== undefined;
  const environments = await readEnvironments(ports, pull, requirements);
  const reviewers = reviewersIn(environments);
  const isReviewed = asks('approved') || reviewers.length > 0;
  const [reviews, authorship, merge, owned, behind] = await Promise.all([
    isReviewed ? ports.forge.reviews(pull.ref) : [],
    isReviewed || asks('policies') ? ports.forge.authorship(pull.ref, pull.head.sha) : unknownAuthors,
    asks(...(isMerged ? [] : ['mergeable' as const]), 'checks') ? settledMerge(ports, pull) : null,
    ownersFor(ports, reading),
    asks('up_to_date') && !isMerged ? (reading.discovery?.behindFor(reading.project) ?? null) : null,
  ]);
  const policies = asks('policies') ? policiesFor(ports, pull.ref.repo, reading.project) : null;
  const plan = reading.planRun?.plan ?? null;
  const mayOverride = reading.project.settings.who.override ?? [];
  const overrides =
    policies === null || plan === null ? [] : await overridesOf(ports, pull, reading.project, plan);
  const approvers = reviews.filter(({ state }) => state === 'approved').map(({ author }) => author.login);
  const permissionOf = await readPermissions(ports, pull, [
    ...(actor === null ? [] : [actor.login]),
    ...approvers,
    ...overrides.map((one) => one.actor.login),
  ]);
  const { head, author } = pull;
  const bind = await bindingOf(ports, pull, reading.project, reading.planRun);
  const vouched = isVouched({ author, bots: ports.operator.bots });
  const facts = { headSha: head.sha, author, reviews, authorship, permissionOf, bind, vouched };
  // A policy is let pass for what was shown, whatever approvals are bound to.
  const shown =
    reading.planRun === null || plan === null ? bind : await shownOf(ports, pull, reading.planRun, plan);
  const votes = votesOf(facts);
  const voters = [
    ...namedIn(requirements),
    ...reviewers,
    ...(owned ?? []).flatMap(({ owners }) => owners ?? []),
  ];
  // Each question is a request, and a pull request may have many approvals: only of those that would count otherwise.
  const isMember = await readMembers(ports, pull, [
    ...(actor === null ? [] : [{ login: actor.login, groups: who }]),
    ...votes.flatMap(({ actor: { login }, uncounted }) =>
      uncounted === null ? [{ login, groups: voters }] : [],
    ),
    ...overrides
      .filter((one) => wouldCount(one, { ...facts, bind: shown }))
      .map(({ actor: { login }, policy }) => ({
        login,
        groups: [
          ...mayOverride,
          ...(policies ?? []).flatMap(({ name, owners }) =>
            name === policy && owners !== null ? [owners] : [],
          ),
        ],
      })),
  ]);
  const people: PeopleFacts = { permissionOf, isMember };
  if (requirements.length === 0) return { people, rules: null };
  const view = plan === null ? null : knownView(plan.summary);
  const words = { overrides, people, votes: { ...facts, bind: shown }, who: mayOverride };
  const asked = { view, answers: plan?.policies ?? [], ...words };
  const results = policies === null ? null : policyResults(ports, policies, asked);
  const now = ports.clock.now();
  const rules: RuleFacts = {
    ...people,
    votes,
    bound: bind.to,
    own: { appId: ports.appId, isOurs: isOurCheck },
    condition: (text) => (view === null ? null : answered(ports, text, view)),
    window: (requirement) => ports.conditions.window(requirement, now),
    isMerged,
    onIssue: pull.drift !== undefined,
    owned,
    merge,
    behind,
    policies: results,
    environment: (name) => environments.get(name) ?? { kind: 'unread' },
    actor,
    shownSince: plan === null || shown.to === 'commit' ? null : shownSince(shown.shown, plan.digest),
    now,
  };
  return { people, rules };
};

const unknownAuthors: Authorship = { pusher: null, movers: null, authors: [], bots: [], complete: false };

const namedIn = (requirements: readonly Requirement[]): readonly People[] =>
  requirements.flatMap((requirement) =>
    requirement.kind === 'approved' && requirement.from !== null ? [requirement.from] : [],
  );

/** Null: it cannot be answered, and what it is a condition of is asked for. */
const answered = ({ conditions, log }: Ports, text: string, view: PlanView): boolean | null => {
  try {
    return conditions.holds(text, view);
  } catch (error) {
    log.warn('a condition cannot be answered', { condition: text, error: String(error) });
    return null;
  }
};

/** What an approval has to be of: the plan that was shown, or the commit where nothing is planned, or the rules say so. */
const bindingOf = async (
  { store }: Ports,
  pull: Pull,
  project: Project,
  planRun: Run | null,
): Promise<Bind> => {
  if (planRun?.plan == null) return { to: 'commit', plan: null };
  const bind = await shownOf({ store }, pull, planRun, planRun.plan);
  if (project.settings.bindApprovals === 'plan') return bind;
  // Arguments of a comment make another plan of the same commit (`-destroy`): who approved before it was shown did not see it.
  return { to: 'commit', plan: planOtherwise(planRun.extra) ? bind : null };
};

/** What the comment showed of a project when, against which words about this plan are held. */
export const shownOf = async (
  { store }: Pick<FlowPorts, 'store'>,
  pull: Pull,
  { project, headSha }: Pick<Run, 'project' | 'headSha'>,
  { digest }: Plan,
): Promise<BoundToPlan> => {
  const { shown, altered } = (await store.boardHistories.get(keyOf(pull))) ?? noHistory;
  return { to: 'plan', digest, commit: headSha, shown: shown[project.key] ?? [], altered };
};

type PeopleForge = { readonly forge: Pick<RuleForge, 'permission' | 'isMember'> };

/** Who may do what, and who is in which team, for exactly these. */
export const readPeople = async (
  ports: PeopleForge,
  pull: Pull,
  { logins, groups }: { readonly logins: readonly string[]; readonly groups: readonly People[] },
): Promise<PeopleFacts> => {
  const asked = logins.map((login) => ({ login, groups }));
  const [permissionOf, isMember] = await Promise.all([
    readPermissions(ports, pull, logins),
    readMembers(ports, pull, asked),
  ]);
  return { permissionOf, isMember };
};

const readPermissions = async (
  { forge }: PeopleForge,
  pull: Pull,
  logins: readonly string[],
): Promise<PeopleFacts['permissionOf']> => {
  const permissions = new Map<string, Permission>();
  await Promise.all(
    [...new Set(logins.map((login) => login.toLowerCase()))].map(async (login) =>
      permissions.set(login, await forge.permission(pull.ref.repo, login)),
    ),
  );
  return (login) => permissions.get(login.toLowerCase()) ?? 'none';
};

/** Who is in which of the teams that these groups name; of anything else nothing is known. */
const readMembers = async (
  { forge }: PeopleForge,
  pull: Pull,
  asked: readonly { readonly login: string; readonly groups: readonly People[] }[],
): Promise<PeopleFacts['isMember']> => {
  const keyed = (team: string, login: string): string => `${team} ${login.toLowerCase()}`;
  const pairs = new Map(
    asked.flatMap(({ login, groups }) =>
      groups.flatMap(({ teams }) =>
        teams.map((team) => [keyed(team, login), { team, login: login.toLowerCase() }] as const),
      ),
    ),
  );
  const members = new Map<string, boolean | null>();
  await Promise.all(
    [...pairs].map(async ([key, { team, login }]) =>
      members.set(key, await isInTeam(forge, team, login, pull)),
    ),
  );
  return (team, login) => members.get(keyed(team, login)) ?? null;
};

const isInTeam = async (
  forge: Pick<RuleForge, 'isMember'>,
  team: string,
  login: string,
  { ref }: Pull,
): Promise<boolean | null> => {
  const [organisation = '', slug = ''] = team.split('/');
  return forge.isMember(ref.repo, { organisation, slug }, login);
};

const tries = 4;
const betweenTriesMs = 1_000;

/** GitHub works a merge out when it is asked, and answers before it has. What it does not know then stays unknown. */
const settledMerge = async ({ forge, clock }: Ports, pull: Pull): Promise<MergeFacts | null> => {
  for (let tried = 1; ; tried += 1) {
    const facts = await forge.mergeFacts(pull.ref);
    // Of another head it says nothing.
    if (facts.headSha !== pull.head.sha) return null;
    // Of a merge that was done GitHub works nothing out any more.
    if (isSettled(facts) || pull.merged !== null || tried === tries) return facts;
    await clock.sleep(betweenTriesMs);
  }
};

const ownersFor = async (ports: Ports, reading: RuleReading): Promise<readonly OwnedFiles[] | null> => {
  const { requirements, discovery, project, pull } = reading;
  const asked = requirements.some((requirement) => requirement.kind === 'approved' && requirement.codeOwners);
  if (!asked || discovery === null) return null;
  const isWhole = reading.planRun !== null && planOtherwise(reading.planRun.extra);
  return ownedFiles(ports, pull.ref.repo.id, discovery, project, isWhole);
};
