import { approved, approvers } from '../domain/approval.ts';
import type { Batch } from '../domain/batch.ts';
import { short } from '../domain/ids.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { atLeast, fullNameOf, isFork, type Permission, type Pull } from '../domain/pull.ts';
import type { Plan, Run } from '../domain/run.ts';
import { planOtherwise } from '../domain/tool-arguments.ts';
import type { Held } from '../domain/trust/finding.ts';
import type { Verdict } from '../domain/verdict.ts';
import { keyOf } from './admit.ts';
import { discover } from './discover.ts';
import { notPermitted } from './interpret.ts';
import type { FlowPorts } from './ports.ts';
import { inputsOf } from './snapshot.ts';
import { standingTrust, untrusted } from './trust.ts';

export type GatePorts = Pick<
  FlowPorts,
  'forge' | 'git' | 'store' | 'operator' | 'configuration' | 'repositoryFiles' | 'runners' | 'log'
>;

/** What the gate looks at: the apply, the plan it would use, and the tool that stands ready. */
export interface GateInput {
  readonly pull: Pull;
  /** What asked for it, with its other applies. */
  readonly batch: Batch;
  readonly run: Run;
  readonly planRun: Run;
  readonly plan: Plan;
  readonly toolVersion: string;
}

/**
 * Stage 6: may this apply start, now? Every fact is read afresh; the caller holds the checkout and
 * starts the tool right after (promise 1). Unknown means no: a fact that cannot be read throws.
 */
export const gate = async (
  ports: GatePorts,
  run: Run,
  planRun: Run,
  toolVersion: string,
): Promise<Verdict> => {
  const { plan } = planRun;
  if (plan === null) throw new Error(`run ${planRun.id} has no plan`);
  const batch = await ports.store.batches.get(run.batchId);
  if (batch === null) throw new Error(`run ${run.id} has no batch`);
  const pull = await ports.forge.pull({ repo: batch.repo, number: run.pullNumber });
  const asPlanned: GateInput = { pull, batch, run, planRun, plan, toolVersion };
  const parts: Verdict[] = [];
  const pass = async (looks: readonly Look[], input: GateInput): Promise<boolean> => {
    for (const look of looks) {
      const verdict = await look(ports, input);
      parts.push(verdict);
      // A later look may be meaningless, or costly, once one says no.
      if (!verdict.holds) return false;
    }
    return true;
  };
  if (await pass([allowed, open, permitted, asked, locked, settled, unspent], asPlanned)) {
    const { verdict, project, held } = await current(ports, asPlanned);
    parts.push(verdict);
    // What is asked of the project is read anew as well: the base branch may ask for more than when it was planned.
    if (project !== null)
      await pass([(_ports, input) => trusted(ports, input, held), dependencies, requirements], {
        ...asPlanned,
        run: { ...run, project },
      });
  }
  const bad = parts.find((part) => !part.holds);
  return {
    name: 'apply',
    holds: bad === undefined,
    because: bad === undefined ? 'every requirement holds' : bad.because,
    problem: bad?.problem ?? null,
    parts,
  };
};

type Look = (ports: GatePorts, input: GateInput) => Promise<Verdict> | Verdict;

const yes = (name: string, because: string): Verdict => ({
  name,
  holds: true,
  because,
  problem: null,
  parts: [],
});
const no = (name: string, because: string, problem: Problem): Verdict => ({
  name,
  holds: false,
  because,
  problem,
  parts: [],
});

/** It was, when the apply was asked for; the repository may have been renamed since. */
const allowed: Look = ({ operator }, { pull }) => {
  const name = fullNameOf(pull.ref.repo);
  if (operator.allows(name)) return yes('repository', `${name} is allowed`);
  return no('repository', `${name} is not allowed`, {
    code: 'repository-refused',
    sentence: `The repository is called \`${name}\` now, and the operator file of Tidegate does not allow that.`,
    advice: 'Ask the people who run Tidegate to list it under `allow`.',
  });
};

const open: Look = ({ operator }, { pull }) => {
  if (pull.state === 'closed')
    return no('open', 'the pull request is closed', {
      code: 'closed',
      sentence: 'The pull request is closed.',
      advice: 'Reopen it, or open a new one.',
    });
  if (pull.draft)
    return no('open', 'the pull request is a draft', {
      code: 'draft',
      sentence: 'The pull request is a draft, and drafts are not applied.',
      advice: 'Mark it as ready for review, then comment `/apply` again.',
    });
  if (isFork(pull) && !(operator.trust.plansForks && operator.trust.appliesForks))
    return no('open', 'the head branch lives in another repository', {
      code: 'fork',
      sentence: 'The head branch lives in another repository.',
      advice: 'Push the branch to this repository and open the pull request from there.',
    });
  if (!operator.appliesInto(pull.base))
    return no('open', `the base branch is ${pull.base.ref}`, {
      code: 'base-branch',
      sentence: `This pull request goes into \`${pull.base.ref}\`, and nothing is applied for that branch: the rules would be those that it holds.`,
      advice:
        'Change the base to the default branch, or ask the people who run Tidegate to list this one under `base_branches` of the operator file.',
    });
  return yes('open', 'open, not a draft, from where it may be applied, into a branch whose rules count');
};

const permitted: Look = async ({ forge }, { pull, run }) => {
  const { actor } = run;
  if (actor === null) throw new Error(`apply ${run.id} was asked for by nobody`);
  const permission = await forge.permission(pull.ref.repo, actor.login);
  return atLeast(permission, 'write')
    ? yes('permission', `${actor.login} has ${permission}`)
    : no(
        'permission',
        `${actor.login} has ${permission}`,
        notPermitted({ actor, text: '/apply' }, permission),
      );
};

/** It may have waited long for its turn, and an edit may be somebody else's. Whoever takes a word back wants nothing done. */
const asked: Look = async ({ forge, store }, { pull, batch }) => {
  const { commentId, repositoryId, actor } = batch;
  if (commentId === null) return yes('comment', 'not asked for by a comment');
  const [then, now] = await Promise.all([
    store.deliveries.commentOf(repositoryId, commentId),
    forge.comment(pull.ref, commentId),
  ]);
  const stands = then !== null && now !== null && now.body === then && now.author.id === actor?.id;
  if (stands) return yes('comment', 'the comment that asked stands as it was written');
  const because = now === null ? 'was deleted' : then === null ? 'is not on record any more' : 'was edited';
  return no('comment', `the comment that asked ${because}`, {
    code: 'comment-changed',
    sentence: `The comment that asked for this ${because} before it could begin.`,
    advice: 'Nothing was applied, and the plan still stands. Comment `/apply` again if it is meant.',
  });
};

const locked: Look = async ({ store }, { run }) => {
  const lock = await store.locks.get(run.project.key);
  if (lock?.pullNumber === run.pullNumber) return yes('lock', 'held by this pull request');
  const holder = lock === null ? 'nobody' : `#${lock.pullNumber}`;
  return no('lock', `held by ${holder}`, {
    code: lock === null ? 'not-planned' : 'locked',
    sentence: `The lock of \`${run.project.name}\` is held by ${holder}, not by this pull request.`,
    advice:
      lock === null
        ? 'Comment `/plan` first: that takes the lock.'
        : `Wait until #${lock.pullNumber} is merged or closed, or ask an administrator to \`/unlock\` it.`,
  });
};

/** What such an apply did is not known, so no plan made since can be trusted either. */
const settled: Look = async ({ store }, { pull, run }) => {
  const unknown = await store.runs.ofPull(keyOf(pull), ['unresolved']);
  if (!unknown.some((one) => one.project.key === run.project.key))
    return yes('settled', 'the outcome of every earlier apply is known');
  return no('settled', 'nobody knows how an earlier apply ended', {
    code: 'outcome-unknown',
    sentence: `Nobody knows how an earlier apply of \`${run.project.name}\` ended.`,
    advice:
      '`/recover` says what is known of it. Nothing more is applied to it until somebody who has looked comments `/recover acknowledge`.',
  });
};

const unspent: Look = async ({ store }, { planRun }) => {
  const now = await store.runs.get(planRun.id);
  if (now?.state === 'planned' && !now.spent)
    return yes('plan', `planned by run ${planRun.id}, never applied`);
  const spent = now?.spent === true;
  return no('plan', spent ? 'the plan was used by an apply' : 'the plan was replaced by a newer one', {
    code: spent ? 'plan-spent' : 'plan-stale',
    sentence: `The plan of \`${planRun.project.name}\` ${spent ? 'was already used by an apply' : 'is no longer the newest'}.`,
    advice: 'Comment `/plan`, look at the new plan, then `/apply`.',
  });
};

/**
 * Head, base, files, settings and tool are those that were planned, or the plan is stale. Where they
 * are: the project as head and base describe it now.
 */
const current = async (
  ports: GatePorts,
  { pull, planRun, plan, run, toolVersion }: GateInput,
): Promise<{
  readonly verdict: Verdict;
  readonly project: Project | null;
  readonly held: Held | null;
}> => {
  const refused = (because: string, problem: Problem) => ({
    verdict: no('current', because, problem),
    project: null,
    held: null,
  });
  const stale = (what: string) =>
    refused(what, {
      code: 'plan-stale',
      sentence: `Nothing was applied to \`${run.project.name}\`: ${what} since it was planned.`,
      advice: 'It is being planned again; look at the new plan, then comment `/apply`.',
    });
  const discovery = await discover(ports, pull);
  const { headSha, baseSha, tree } = discovery;
  if (headSha !== planRun.headSha || pull.head.sha !== planRun.headSha)
    return stale(`the head moved from ${planRun.headSha.slice(0, 7)} to ${headSha.slice(0, 7)}`);
  if (discovery.problem !== null) return refused(discovery.problem.sentence, discovery.problem);
  const project = discovery.projects.find((candidate) => candidate.key === run.project.key);
  if (project === undefined || tree === null) return stale('the project disappeared from the configuration');
  if (toolVersion !== plan.toolVersion)
    return stale(`the tool went from ${plan.toolVersion} to ${toolVersion}`);
  const inputs = await inputsOf(ports, { ...run, project, tree }, toolVersion);
  if (inputs !== plan.inputs)
    return stale(
      `the base branch moved to ${baseSha.slice(0, 7)} and changed files or settings this project depends on`,
    );
  const because = `head ${short(headSha)}, base ${short(baseSha)}, inputs ${short(inputs)}`;
  return { verdict: yes('current', because), project, held: discovery.held(project) };
};

/** What the plan ran had somebody's trust, or needed none, and so it is now: the word may be gone, or the operator's rule another one. */
const trusted = async (
  ports: GatePorts,
  { pull, planRun }: GateInput,
  held: Held | null,
): Promise<Verdict> => {
  if (held === null) return yes('trust', 'the code brings nothing that has to be trusted');
  if (held.answer === 'refuse')
    return no('trust', 'the code brings what the operator refuses', untrusted([held], planRun.headSha));
  const trust = await standingTrust(ports, pull, planRun.headSha);
  return trust === null
    ? no('trust', `nobody's trust in ${short(planRun.headSha)} stands`, untrusted([held], planRun.headSha))
    : yes('trust', `${trust.actor.login} trusts ${short(trust.headSha)}`);
};

const dependencies: Look = async ({ store }, { pull, run }) => {
  const batch = await store.batches.latest(keyOf(pull), 'plan');
  const runs = await store.runs.latest(keyOf(pull));
  for (const name of run.project.dependsOn) {
    const project = batch?.affected.find((candidate) => candidate.name === name);
    if (project === undefined) continue;
    const of = (verb: string) => runs.find((r) => r.verb === verb && r.project.key === project.key);
    const planned = of('plan');
    const applied = of('apply');
    const done =
      (planned?.state === 'planned' && planned.plan?.summary.hasChanges === false) ||
      (applied?.state === 'applied' && applied.planRunId === planned?.id);
    if (!done)
      return no('depends_on', `\`${name}\` is not applied yet`, {
        code: 'depends-on',
        sentence: `\`${run.project.name}\` depends on \`${name}\`, which is not applied yet.`,
        advice: `Apply \`${name}\` first.`,
      });
  }
  return yes('depends_on', 'everything it depends on is applied');
};

const requirements: Look = async ({ forge }, { pull, run, planRun }) => {
  if (run.project.settings.requirements.apply?.some(({ kind }) => kind === 'approved') !== true)
    return yes('requirements', 'none asked for');
  const reviews = await forge.reviews(pull.ref);
  const permissionOf = new Map<string, Permission>();
  for (const actor of approvers(pull, reviews))
    permissionOf.set(actor.login, await forge.permission(pull.ref.repo, actor.login));
  // Arguments of a comment make another plan of the same commit (`-destroy`): who approved before did not see it.
  const since = planOtherwise(planRun.extra) ? planRun.endedAt : null;
  return approved(pull, reviews, permissionOf, since);
};
