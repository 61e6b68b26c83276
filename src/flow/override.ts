import { commentIdOf } from '../domain/asked.ts';
import type { Problem } from '../domain/problem.ts';
import { quoted } from '../domain/quote.ts';
import { isVouched } from '../domain/rules/bots.ts';
import { peopleText } from '../domain/rules/people.ts';
import { knownView } from '../domain/rules/plan-view.ts';
import { timelyComment } from '../domain/rules/votes.ts';
import type { Run } from '../domain/run.ts';
import { keyOf } from './admit.ts';
import { type PermitPorts, permit } from './permit.ts';
import { mayOverride, policiesFor, saidOf } from './policies.ts';
import { readPeople, shownOf } from './rule-facts.ts';
import type { Wish } from './wish.ts';

type OverrideWish = Extract<Wish, { kind: 'approve' }>;

/** `/approve POLICY REASON`: an owner of a policy lets the plans pass that are shown now. Returns their projects, or why it is not done. */
export const override = async (
  ports: PermitPorts,
  { pull, asked, policy: name, reason }: OverrideWish,
): Promise<{ readonly projects: readonly string[] } | Problem> => {
  const policy = ports.operator.policies.find((one) => one.name === name);
  if (policy === undefined) return unknownPolicy(name, ports);
  const key = keyOf(pull);
  const plans = (await ports.store.runs.latest(key)).filter(
    (run) =>
      isShown(run, asked.at) &&
      policiesFor(ports, pull.ref.repo, run.project).some((one) => one.name === name),
  );
  if (plans.length === 0) return nothingToApprove(name);
  const refused = await permit(
    ports,
    pull,
    asked,
    'override',
    plans.map(({ project }) => project),
  );
  if (refused !== null) return refused;
  const { owners } = policy;
  const { actor, writtenAt } = asked;
  const groups = owners === null ? [] : [owners];
  const [people, authorship] = await Promise.all([
    readPeople(ports, pull, { logins: [actor.login], groups }),
    ports.forge.authorship(pull.ref, pull.head.sha),
  ]);
  const { permissionOf } = people;
  const about = {
    headSha: pull.head.sha,
    author: pull.author,
    reviews: [],
    authorship,
    permissionOf,
    vouched: isVouched({ author: pull.author, bots: ports.operator.bots }),
  };
  const shown: Run[] = [];
  for (const run of plans) {
    if (run.plan === null) continue;
    const votes = { ...about, bind: await shownOf(ports, pull, run, run.plan) };
    const why = mayOverride(policy, actor, votes, people);
    if (why !== null) return notAnOwner(name, why, owners === null ? null : peopleText(owners));
    if (timelyComment(writtenAt, votes.bind) === null) shown.push(run);
  }
  if (shown.length === 0) return notShown(name);
  await ports.store.transact(async ({ overrides, audit }) => {
    const at = ports.clock.now();
    for (const { id, project, plan } of shown) {
      if (plan === null) continue;
      const of = { ...key, project: project.key, policy: name, plan: plan.digest };
      const { definition, outcome } = saidOf(ports, policy, {
        view: knownView(plan.summary),
        answers: plan.policies,
      });
      await overrides.give({
        ...of,
        about: { definition, outcome },
        actor,
        reason,
        commentId: commentIdOf(asked.id),
        writtenAt,
        at,
      });
      await audit.append({
        at,
        kind: 'policy.overridden',
        actor: actor.login,
        ...key,
        runId: id,
        facts: {
          project: project.key,
          policy: name,
          source: policy.source,
          planDigest: plan.digest,
          outcome,
          reason,
        },
      });
    }
  });
  return { projects: shown.map(({ project }) => project.name) };
};

const notShown = (name: string): Problem => ({
  code: 'policy-refused',
  sentence: `The comment with the plan did not show what is planned now when yours was written, so nothing passes \`${name}\`.`,
  advice: 'Look at the plan as it is shown now, then comment it again.',
});

/** A plan that whoever wrote the comment can have seen. */
const isShown = (run: Run, askedAt: number): boolean =>
  run.verb === 'plan' &&
  run.state === 'planned' &&
  !run.spent &&
  run.plan?.summary.hasChanges === true &&
  run.endedAt !== null &&
  run.endedAt <= askedAt;

const unknownPolicy = (name: string, { operator }: PermitPorts): Problem => ({
  code: 'policy-refused',
  sentence: `There is no policy ${quoted(name)}.`,
  advice:
    operator.policies.length === 0
      ? 'The people who run Tidegate have written none.'
      : `There are ${operator.policies
          .slice(0, 20)
          .map((policy) => `\`${policy.name}\``)
          .join(', ')}.`,
});

const nothingToApprove = (name: string): Problem => ({
  code: 'policy-refused',
  sentence: `No plan that is ready here is held against \`${name}\`.`,
  advice: 'Comment `/why` to see what stands in the way, or wait until planning is done.',
});

const notAnOwner = (
  name: string,
  why: NonNullable<ReturnType<typeof mayOverride>>,
  owners: string | null,
): Problem => {
  if (owners === null)
    return {
      code: 'not-permitted',
      sentence: `Nobody may let a plan pass \`${name}\`.`,
      advice: 'Change what is planned.',
    };
  const sentence =
    why === 'no-owner'
      ? `Only ${owners} may let a plan pass \`${name}\`.`
      : why === 'author'
        ? `Whoever opened a pull request does not let it pass \`${name}\`.`
        : why === 'no-write'
          ? `Only somebody who may write to the repository lets a plan pass \`${name}\`.`
          : `Whoever wrote or pushed a commit, or may have, does not let it pass \`${name}\`.`;
  return { code: 'not-permitted', sentence, advice: `Ask ${owners} to look at the plan and to comment it.` };
};
