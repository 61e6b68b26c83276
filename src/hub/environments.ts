import { HubError } from './errors.ts';
import type { Account, HubState, Repo } from './state.ts';
import type { Team } from './teams.ts';

/** Where something is deployed to, and what protects it there. */
export interface Environment {
  readonly id: number;
  readonly name: string;
  /** People and teams; an approval by one of them is enough. */
  readonly reviewers: readonly (Account | Team)[];
  readonly preventSelfReview: boolean;
  /** Minutes; 0 for none. */
  readonly waitTimer: number;
  /** Branches that may be deployed from: all, those with protection, or by patterns. */
  readonly branches: 'all' | 'protected' | readonly BranchPattern[];
  /** Types of further rules, which the hub knows by name only. */
  readonly others: readonly string[];
  readonly createdAt: number;
}

export interface BranchPattern {
  readonly id: number;
  readonly name: string;
  readonly type: 'branch' | 'tag';
}

export type EnvironmentWish = Partial<
  Pick<Environment, 'reviewers' | 'preventSelfReview' | 'waitTimer' | 'others'>
> & {
  readonly branches?: 'all' | 'protected' | readonly (string | { readonly tag: string })[];
};

/** Upper and lower case are the same, as on GitHub. */
export const findEnvironment = (repo: Repo, name: string): Environment | null =>
  repo.environments.get(name.toLowerCase()) ?? null;

/** In the place of the one of that name; what is not named is not asked for. */
export const setEnvironment = (
  state: HubState,
  repo: Repo,
  name: string,
  wish: EnvironmentWish = {},
): Environment => {
  const { reviewers = [], branches = 'all', waitTimer = 0 } = wish;
  if (reviewers.length > 6) throw new HubError(422, 'Up to six users or teams can review a deployment.');
  if (waitTimer < 0 || waitTimer > 43_200) throw new HubError(422, 'A wait timer is 0 to 43,200 minutes.');
  const known = findEnvironment(repo, name);
  const pattern = (one: string | { readonly tag: string }): BranchPattern =>
    typeof one === 'string'
      ? { id: state.nextId(), name: one, type: 'branch' }
      : { id: state.nextId(), name: one.tag, type: 'tag' };
  const environment: Environment = {
    id: known?.id ?? state.nextId(),
    name: known?.name ?? name,
    reviewers,
    preventSelfReview: wish.preventSelfReview ?? false,
    waitTimer,
    branches: typeof branches === 'string' ? branches : branches.map(pattern),
    others: wish.others ?? [],
    createdAt: known?.createdAt ?? state.clock.now(),
  };
  repo.environments.set(name.toLowerCase(), environment);
  return environment;
};
