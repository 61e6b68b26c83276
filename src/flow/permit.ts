import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { type Actor, fullNameOf, isOurselves, type Permission, type Pull } from '../domain/pull.ts';
import { whoMay } from '../domain/rules/asked-of-apply.ts';
import { authorize } from '../domain/rules/authorize.ts';
import type { Authored } from '../domain/rules/bots.ts';
import { isAmong, type PeopleFacts } from '../domain/rules/people.ts';
import { type Action, isGated, type Requirement } from '../domain/rules/requirement.ts';
import type { Verdict } from '../domain/verdict.ts';
import { keyOf } from './admit.ts';
import type { Discovery } from './discovery.ts';
import type { FlowPorts } from './ports.ts';
import { atOnce, type RuleForge, readPeople, readRules } from './rule-facts.ts';

export type PermitPorts = Pick<
  FlowPorts,
  'forge' | 'git' | 'store' | 'clock' | 'appId' | 'conditions' | 'log' | 'operator'
>;

/** Who asks, in which words, and what the repository lets them do, where that was read for this very command. */
export interface Asker {
  readonly actor: Actor;
  readonly text: string;
  readonly permission?: Permission;
}

/** What is not allowed, and why. */
export interface Refusal {
  /** Null: of no project. */
  readonly project: Project | null;
  readonly problem: Problem;
  /** What would have to happen first, a phrase behind "waits for"; null where waiting does not help. */
  readonly needs: string | null;
}

/**
 * May this be done? Null, or why not: of the first project that refuses, by name where there are several. With no project it is for
 * those who usually may.
 *
 * @throws {ForgeError} where a fact cannot be read.
 */
export const permit = async (
  ports: PermitPorts,
  pull: Pull,
  asker: Asker,
  action: Action,
  projects: readonly Project[],
): Promise<Problem | null> => {
  const [first] = await refusals(ports, { pull, asker, action, projects, discovery: null });
  if (first === undefined) return null;
  const { project, problem } = first;
  if (project === null || projects.length === 1) return problem;
  return { ...problem, sentence: `Project \`${project.name}\`: ${problem.sentence}` };
};

/** What is asked about each of several projects at one moment. */
interface Permitting {
  readonly pull: Pull;
  /** Null: Tidegate by itself. */
  readonly asker: Asker | null;
  readonly action: Action;
  readonly projects: readonly Project[];
  /** Null: what only the repository tells is not read, and where it is asked for the answer is no. */
  readonly discovery: Discovery | null;
}

/** Those of the projects that refuse, in their order; each leaves its verdict in the audit trail. */
export const refusals = async (ports: PermitPorts, asked: Permitting): Promise<readonly Refusal[]> => {
  const { pull, asker, action } = asked;
  const shared = { ...ports, forge: atOnce(knowing(ports.forge, asker)) };
  const subjects = asked.projects.length === 0 ? [null] : asked.projects;
  const found = await Promise.all(
    subjects.map(async (project) => ({ project, verdict: await verdictOf(shared, asked, project) })),
  );
  const refused = found.filter(({ verdict }) => !verdict.holds);
  for (const { project, verdict } of refused)
    await ports.store.audit.append({
      at: ports.clock.now(),
      kind: `${action}.refused`,
      actor: asker?.actor.login ?? null,
      ...keyOf(pull),
      runId: null,
      facts: { project: project?.key ?? null, verdict },
    });
  return refused.map(({ project, verdict }) => ({
    project,
    problem: inWords(verdict.problem ?? unexplained, action, asker),
    needs: verdict.needs,
  }));
};

/** What was read for this command is not asked for again. */
const knowing = (forge: RuleForge, asker: Asker | null): RuleForge => {
  const permission = asker?.permission;
  if (asker === null || permission === undefined) return forge;
  const login = asker.actor.login.toLowerCase();
  return {
    ...forge,
    permission: async (repo, other) =>
      other.toLowerCase() === login ? permission : forge.permission(repo, other),
  };
};

const verdictOf = async (
  ports: Omit<PermitPorts, 'forge'> & { readonly forge: RuleForge },
  { pull, asker, action, discovery }: Permitting,
  project: Project | null,
): Promise<Verdict> => {
  const actor = asker?.actor ?? null;
  const requirements = project === null ? [] : askedFirst(project, action);
  if (actor !== null && (project === null || requirements.length === 0))
    return mayDo(ports, pull, actor, action, project);
  const authored = authoredBy(ports, pull);
  if (project === null || requirements.length === 0)
    return authorize(actor, action, { project: null, apply: null }, { ...nobodyRead, authored, who: [] })
      .verdict;
  const who = whoMay(project.settings.who, action);
  const read = await readRules(ports, { pull, project, actor, planRun: null, who, requirements, discovery });
  const evidence = { ...read, authored, who, destroyers: null, requirements, apply: null };
  return authorize(actor, action, { project: project.key, apply: null }, evidence).verdict;
};

/** What has to hold when it is asked for. What else an apply needs is looked at when it is about to start, and what is asked for `/destroy` begins as a plan. */
const askedFirst = ({ settings: { requirements } }: Project, action: Action): readonly Requirement[] => {
  if (action === 'destroy') return requirements.plan ?? [];
  return isGated(action) ? [] : (requirements[action] ?? []);
};

const nobodyRead = {
  destroyers: null,
  people: { permissionOf: () => 'none', isMember: () => null } satisfies PeopleFacts,
  requirements: [],
  rules: null,
  apply: null,
} as const;

/** Whose the pull request is, and what the operator says of theirs. */
export const authoredBy = (
  { operator }: Pick<FlowPorts, 'operator'>,
  { author, drift }: Pick<Pull, 'author' | 'drift'>,
): Authored => ({
  author,
  // What is on a drift issue, or puts back what one tells of, is on its branch already, and begins by a person's word or within limits
  // of its own.
  bots: drift === undefined && !isOurselves(author) ? operator.bots : null,
});

/** Is this person among those who may, with a pull request of this author, whatever else is asked for? */
export const mayDo = async (
  ports: Pick<FlowPorts, 'operator'> & { readonly forge: Pick<RuleForge, 'permission' | 'isMember'> },
  pull: Pull,
  actor: Actor,
  action: Action,
  project: Project | null,
): Promise<Verdict> => {
  const who = whoMay(project?.settings.who ?? {}, action);
  const people = await readPeople(ports, pull, { logins: [actor.login], groups: who });
  const subject = { project: project?.key ?? null, apply: null };
  const evidence = { ...nobodyRead, authored: authoredBy(ports, pull), people, who };
  const { verdict } = authorize(actor, action, subject, evidence);
  const asked = verdict.parts.filter(({ name }) => name === 'permission' || name === 'bot');
  return asked.find(({ holds }) => !holds) ?? asked[0] ?? verdict;
};

/** In the words of the command, which may be more than its verb. */
const inWords = (problem: Problem, action: Action, asker: Asker | null): Problem => {
  if (asker === null) return problem;
  const [verb, asked] = [`\`/${action}\``, `\`${asker.text}\``];
  const { sentence } = problem;
  return {
    ...problem,
    sentence: sentence.startsWith(verb) ? `${asked}${sentence.slice(verb.length)}` : sentence,
    // Requirements are mostly of applies, and say so.
    advice: problem.advice.replaceAll('`/apply`', asked),
  };
};

const unexplained: Problem = {
  code: 'requirement-unread',
  sentence: 'What has to be known before this could not be read.',
  advice: 'Try again in a minute; if it stays, tell the people who run Tidegate.',
};

/**
 * Does a rule name somebody who may not write? Asked before anything is fetched, by what is known of the pull request's
 * projects; of a plan by the operator's rules as well. What comes later asks each project.
 */
export const isNamed = async (
  ports: PermitPorts,
  pull: Pull,
  asker: Asker,
  action: Action,
): Promise<boolean> => {
  const key = keyOf(pull);
  const batch = await ports.store.batches.latest(key, 'plan');
  const known = [
    ...(batch?.affected ?? []),
    ...(await ports.store.runs.latest(key)).map(({ project }) => project),
  ];
  const name = fullNameOf(pull.ref.repo);
  const rules =
    action === 'plan' ? ports.operator.rules.filter(({ inRepository }) => inRepository?.(name) ?? true) : [];
  const lists = [
    ...known.map(({ settings: { who } }) => who[action] ?? (action === 'suspend' ? who.apply : null) ?? []),
    ...rules.map(({ whoMay }) => (whoMay?.[action] === undefined ? [] : [whoMay[action]])),
  ].filter((list) => list.length > 0);
  if (lists.length === 0) return false;
  const asked = { logins: [asker.actor.login], groups: lists.flat() };
  const people = await readPeople({ forge: knowing(ports.forge, asker) }, pull, asked);
  return lists.some((list) => list.every((some) => isAmong(some, asker.actor, people)));
};
