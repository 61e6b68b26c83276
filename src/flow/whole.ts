import { commentIdOf } from '../domain/asked.ts';
import type { Batch } from '../domain/batch.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { quoted } from '../domain/quote.ts';
import type { Rebuild } from '../domain/rebuild.ts';
import { keyOf } from './admit.ts';
import { discover } from './discover.ts';
import { refusals } from './permit.ts';
import { pickAll } from './pick.ts';
import type { FlowPorts } from './ports.ts';
import type { Wish } from './wish.ts';

const listed = 50;

/**
 * What `/apply --all --env E` is about: every project of the environment, as head and base branch have it now, each of them for those
 * whom a rule lets `apply-all`. Nothing is left out in silence: where one of them was not to be planned, none is applied.
 */
export const wholeOf = async (
  ports: FlowPorts,
  { pull, asked }: Pick<Extract<Wish, { kind: 'apply' }>, 'pull' | 'asked'>,
  environment: string,
  planBatch: Batch | null,
): Promise<{ readonly chosen: readonly Project[] } | { readonly problem: Problem }> => {
  if (pull.merged !== null) return { problem: afterMerge(environment) };
  const discovery = await discover(ports, pull);
  if (discovery.problem !== null) return { problem: discovery.problem };
  const picked = pickAll(discovery, environment);
  if ('problem' in picked) return picked;
  const { chosen: projects } = picked;
  const permitting = { pull, asker: asked, discovery, projects };
  const [refused] = await refusals(ports, { ...permitting, action: 'apply-all' });
  if (refused !== undefined) return { problem: refused.problem };
  const shown = planBatch?.headSha === discovery.headSha ? planBatch.affected : [];
  const missing = projects.filter(({ key }) => !shown.some((one) => one.key === key));
  if (missing.length > 0) return { problem: notShown(environment, missing, projects.length) };
  const keys = new Set(projects.map(({ key }) => key));
  return { chosen: shown.filter(({ key }) => keys.has(key)) };
};

const notShown = (environment: string, missing: readonly Project[], all: number): Problem => {
  const names = missing.slice(0, listed).map(({ name }) => name);
  if (missing.length > listed) names.push(`and ${missing.length - listed} more`);
  return {
    code: 'not-planned',
    sentence: `${missing.length} of ${all === 1 ? 'the one project' : `${all} projects`} of ${quoted(environment)} ${missing.length === 1 ? 'is' : 'are'} not planned here, and what nobody was shown is not applied.`,
    advice: `Comment ${quoted(`/plan --all --env ${environment}`)}, look at the plans, and ask again.`,
    details: names.join('\n'),
  };
};

const afterMerge = (environment: string): Problem => ({
  code: 'closed',
  sentence: `All of ${quoted(environment)} is applied from an open pull request, and this one is merged.`,
  advice: 'Comment it on an open one; one whose only commit is empty (`git commit --allow-empty`) will do.',
});

/** The word that stands for what is planned of it later. */
export const rebuildOf = (
  { pull, asked }: Pick<Extract<Wish, { kind: 'apply' }>, 'pull' | 'asked'>,
  environment: string,
): Rebuild => {
  const commentId = commentIdOf(asked.id);
  // No button says it.
  if (commentId === null) throw new TypeError(`${asked.text}: no comment asked`);
  const { actor, at } = asked;
  return { ...keyOf(pull), environment, headSha: pull.head.sha, actor, commentId, at };
};
