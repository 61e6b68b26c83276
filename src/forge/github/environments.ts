import { z } from 'zod';
import type { RepoRef } from '../../domain/pull.ts';
import type { EnvironmentProtection } from '../../domain/rules/environment.ts';
import type { People } from '../../domain/rules/requirement.ts';
import { type Forge, ForgeError } from '../port.ts';
import { orGone } from './comments.ts';
import type { Connection } from './connection.ts';
import { pages } from './pages.ts';
import { orNotPermitted } from './permitted.ts';

/** As much as is read; GitHub's own types have a rule as one of three that look alike. */
const rule = z.object({
  type: z.string(),
  wait_timer: z.number().nullish(),
  prevent_self_review: z.boolean().nullish(),
  reviewers: z
    .array(
      z.object({
        type: z.string().nullish(),
        reviewer: z.object({ login: z.string().nullish(), slug: z.string().nullish() }).nullish(),
      }),
    )
    .nullish(),
});

const answer = z.object({
  protection_rules: z.array(rule).nullish(),
  deployment_branch_policy: z
    .object({ protected_branches: z.boolean(), custom_branch_policies: z.boolean() })
    .nullish(),
});

type Rule = z.infer<typeof rule>;

const known: ReadonlySet<string> = new Set(['wait_timer', 'required_reviewers', 'branch_policy']);

/** Whoever cannot be read is nobody: the rule stays, and waits for the others. */
const peopleOf = ({ owner }: RepoRef, rules: readonly Rule[]): People | null => {
  if (rules.length === 0) return null;
  const named = rules.flatMap(({ reviewers }) => reviewers ?? []);
  const users = named.flatMap(({ type, reviewer }) => (type === 'User' ? (reviewer?.login ?? []) : []));
  const teams = named.flatMap(({ type, reviewer }) =>
    type === 'Team' && reviewer?.slug != null ? [`${owner}/${reviewer.slug}`] : [],
  );
  const sorted = (list: readonly string[]) => list.map((one) => one.toLowerCase()).sort();
  return { users: sorted(users), teams: sorted(teams), permission: null };
};

/** Environments and what protects them: https://docs.github.com/en/rest/deployments/environments */
export const createEnvironments = (connection: Connection): Pick<Forge, 'environment'> => {
  const at = (repo: RepoRef) => ({ owner: repo.owner, repo: repo.name });

  const patternsOf = async (repo: RepoRef, name: string): Promise<readonly string[]> => {
    const { repos } = connection.api(repo).rest;
    const list = (page: number) =>
      repos.listDeploymentBranchPolicies({ ...at(repo), environment_name: name, per_page: 100, page });
    const found: string[] = [];
    for await (const { branch_policies: some } of pages(list))
      found.push(...some.flatMap(({ name: pattern, type }) => (type === 'tag' ? [] : (pattern ?? []))));
    return found;
  };

  const branchesOf = async (
    repo: RepoRef,
    name: string,
    branch: string,
    policy: z.infer<typeof answer>['deployment_branch_policy'],
  ): Promise<EnvironmentProtection['branches']> => {
    if (policy == null) return 'all';
    if (!policy.protected_branches) return { patterns: await patternsOf(repo, name) };
    const found = await orGone(connection.api(repo).rest.repos.getBranch({ ...at(repo), branch }));
    return { isProtected: found?.data.protected === true };
  };

  const read = async (
    repo: RepoRef,
    name: string,
    branch: string,
  ): Promise<EnvironmentProtection | 'none'> => {
    const { repos } = connection.api(repo).rest;
    const found = await orGone(repos.getEnvironment({ ...at(repo), environment_name: name }));
    if (found === null) return 'none';
    const told = answer.safeParse(found.data);
    if (!told.success)
      throw new ForgeError('unavailable', `the environment ${name} came in a shape that is not known`);
    const rules = told.data.protection_rules ?? [];
    const of = (type: string) => rules.filter((one) => one.type === type);
    const reviewing = of('required_reviewers');
    const restricted = of('branch_policy').length > 0 && told.data.deployment_branch_policy == null;
    return {
      reviewers: peopleOf(repo, reviewing),
      preventSelfReview: reviewing.some((one) => one.prevent_self_review === true),
      waitMs: Math.max(0, ...of('wait_timer').map((one) => (one.wait_timer ?? 0) * 60_000)),
      branches: await branchesOf(repo, name, branch, told.data.deployment_branch_policy),
      // Branches are restricted, and nothing says to which.
      unknown: [
        ...rules.flatMap(({ type }) => (known.has(type) ? [] : [type])),
        ...(restricted ? ['branch_policy'] : []),
      ],
    };
  };

  return { environment: (repo, name, branch) => orNotPermitted(read(repo, name, branch)) };
};
