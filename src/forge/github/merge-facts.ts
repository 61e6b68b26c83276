import type { Octokit, RestEndpointMethodTypes } from '@octokit/rest';
import type { Clock } from '../../clock/port.ts';
import type { RepoRef } from '../../domain/pull.ts';
import type { CheckFact, MergeFacts } from '../../domain/rules/merge-facts.ts';
import { type Forge, ForgeError } from '../port.ts';
import type { Connection } from './connection.ts';
import { askMerge, type Counted, type MergeAnswer } from './merge-answer.ts';
import { type Asked, askedByProtection, askedByRulesets, both } from './merge-rules.ts';
import { pages } from './pages.ts';
import { pullFrom } from './read.ts';

type Answers = RestEndpointMethodTypes;
type RunAnswer = Answers['checks']['listForRef']['response']['data']['check_runs'][number];
type StatusAnswer = Answers['repos']['getCombinedStatusForRef']['response']['data']['statuses'][number];
type State = CheckFact['state'];

const conclusions: ReadonlyMap<string, State> = new Map([
  ['success', 'success'],
  ['neutral', 'neutral'],
  ['skipped', 'skipped'],
]);

const runFact = ({ name, app, status, conclusion }: RunAnswer): CheckFact => ({
  name,
  // No App has the id 0: one that is gone is not the one that was asked for.
  appId: app?.id ?? 0,
  state: status === 'completed' ? (conclusions.get(conclusion ?? '') ?? 'failure') : 'pending',
});

const statusFact = ({ context, state }: StatusAnswer): CheckFact => ({
  name: context,
  appId: null,
  state: state === 'success' || state === 'pending' ? state : 'failure',
});

/** From good to bad. */
const order: readonly State[] = ['success', 'neutral', 'skipped', 'pending', 'failure'];

/** One App can report one name in several suites: then the worst of them is what it says. */
const worstOfEach = (checks: readonly CheckFact[]): readonly CheckFact[] => {
  const found = new Map<string, CheckFact>();
  for (const check of checks) {
    const key = `${check.appId} ${check.name}`;
    const known = found.get(key);
    if (known === undefined || order.indexOf(check.state) > order.indexOf(known.state)) found.set(key, check);
  }
  return [...found.values()];
};

const states: ReadonlyMap<string, NonNullable<MergeFacts['state']>> = new Map(
  (['clean', 'unstable', 'has_hooks', 'blocked', 'behind', 'dirty', 'draft'] as const).map((one) => [
    one,
    one,
  ]),
);

const decisions: ReadonlyMap<string, NonNullable<MergeFacts['reviews']>> = new Map([
  ['APPROVED', 'approved'],
  ['CHANGES_REQUESTED', 'changes_requested'],
]);

/** GitHub was seen to say nothing where approvals are required and a conversation is open: that is not "none required". */
const reviewsFrom = (decision: string | null, approvals: boolean): MergeFacts['reviews'] =>
  decision === null ? (approvals ? 'required' : null) : (decisions.get(decision) ?? 'required');

/** Null where it is not asked for; `known` is false where neither the rule nor the number says that it holds. */
const counted = (isAsked: boolean | null, { count, complete }: Counted) => {
  if (isAsked === false) return { value: null, known: true };
  if (isAsked === null)
    return complete && count === 0 ? { value: 0, known: true } : { value: null, known: false };
  return complete || count > 0 ? { value: count, known: true } : { value: null, known: false };
};

/** Everything that was asked for and answered, put together. */
export const mergeFactsFrom = (
  pull: {
    readonly headSha: string;
    readonly draft: boolean;
    readonly mergeable: boolean | null;
    readonly state: string;
  },
  asked: Asked,
  answer: MergeAnswer,
  checks: readonly CheckFact[],
): MergeFacts => {
  const unsigned = counted(asked.signatures, answer.unsigned);
  const unresolved = counted(asked.conversations, answer.unresolved);
  return {
    headSha: pull.headSha,
    draft: pull.draft,
    mergeable: pull.mergeable,
    state: states.get(pull.state) ?? null,
    reviews: reviewsFrom(answer.decision, asked.approvals),
    required: asked.required,
    strict: asked.strict && !answer.isQueued,
    behindBy: null,
    checks: worstOfEach(checks),
    unsigned: unsigned.value,
    unresolved: unresolved.value,
    unknown: [
      ...asked.unknown,
      ...(unsigned.known ? [] : ['required_signatures']),
      ...(unresolved.known ? [] : ['required_review_thread_resolution']),
    ],
  };
};

/** How GitHub judges a merge. See the port for what it costs and what it needs. */
export const createMergeFacts = (
  connection: Connection,
  clock: Pick<Clock, 'now'>,
): Pick<Forge, 'mergeFacts'> => {
  const at = ({ owner, name }: RepoRef) => ({ owner, repo: name, per_page: 100 });

  const rulesOf = async (api: Octokit, repo: RepoRef, branch: string): Promise<Asked> => {
    const list = (page: number) => api.rest.repos.getBranchRules({ ...at(repo), branch, page });
    const found: Asked[] = [];
    for await (const rules of pages(list)) found.push(askedByRulesets(rules));
    return found.reduce(both, askedByRulesets([]));
  };
  const runsOf = async (api: Octokit, repo: RepoRef, ref: string): Promise<readonly CheckFact[]> => {
    const list = (page: number) => api.rest.checks.listForRef({ ...at(repo), ref, filter: 'latest', page });
    const found: CheckFact[] = [];
    for await (const { check_runs: runs } of pages(list)) found.push(...runs.map(runFact));
    return found;
  };
  /** Null where the App was not granted it. */
  const statusesOf = async (
    api: Octokit,
    repo: RepoRef,
    ref: string,
  ): Promise<readonly CheckFact[] | null> => {
    const list = (page: number) => api.rest.repos.getCombinedStatusForRef({ ...at(repo), ref, page });
    const found: CheckFact[] = [];
    try {
      for await (const { statuses } of pages(list)) found.push(...statuses.map(statusFact));
      return found;
    } catch (error) {
      if (error instanceof ForgeError && error.failure === 'refused') return null;
      throw error;
    }
  };

  /** Asked only where it is hidden: `blocked` outranks `behind`. https://docs.github.com/en/rest/commits/commits#compare-two-commits */
  const behindBy = async (api: Octokit, { owner, name }: RepoRef, tip: string, head: string) => {
    const basehead = `${tip}...${head}`;
    const { data } = await api.rest.repos.compareCommitsWithBasehead({
      owner,
      repo: name,
      basehead,
      per_page: 1,
    });
    return data.behind_by;
  };

  return {
    async mergeFacts(ref) {
      const { repo, number } = ref;
      const api = connection.api(repo);
      const { data } = await api.rest.pulls.get({ owner: repo.owner, repo: repo.name, pull_number: number });
      const pull = pullFrom(ref, data);
      const { sha } = pull.head;
      const [rules, branch, answer, runs, statuses] = await Promise.all([
        rulesOf(api, repo, pull.base.ref),
        api.rest.repos.getBranch({ owner: repo.owner, repo: repo.name, branch: pull.base.ref }),
        askMerge(api, ref, clock.now()),
        runsOf(api, repo, sha),
        statusesOf(api, repo, sha),
      ]);
      if (answer.headSha !== sha)
        throw new ForgeError('unavailable', `${repo.owner}/${repo.name}#${number} was pushed to meanwhile`);
      const protection = askedByProtection(branch.data, answer.protection);
      const facts = mergeFactsFrom(
        { headSha: sha, draft: pull.draft, mergeable: data.mergeable, state: data.mergeable_state },
        both(rules, protection),
        answer,
        [...runs, ...(statuses ?? [])],
      );
      const isHidden = facts.strict && facts.state === 'blocked';
      return {
        ...facts,
        behindBy: isHidden ? await behindBy(api, repo, branch.data.commit.sha, sha) : null,
        unknown: statuses === null ? [...facts.unknown, 'commit_statuses'] : facts.unknown,
      };
    },
  };
};
