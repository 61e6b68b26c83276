import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Batch } from '../../domain/batch.ts';
import { fullNameOf, type Pull, type PullRef, type RepoRef } from '../../domain/pull.ts';
import type { Run } from '../../domain/run.ts';

/** UTF-8 bytes: it stands in a comment that has room for so much only. */
const bytesUpTo = 6_000;

/** Inside of an HTML comment nothing of it may end that, nor mean anything to who looks for names and addresses. */
const inert = (json: string): string =>
  json.replaceAll(/[<>&@-]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

interface Facts {
  readonly pull: Pull;
  readonly batch: Batch | null;
  readonly runs: readonly Run[];
  readonly sign: (text: string) => string;
}

/**
 * What other programs may read of a board: `tidegate:facts JSON MAC`, in a comment that is not shown. `v` is the version of its
 * format; fields are only added. `more` counts projects for which there was no room. The MAC is an HMAC-SHA-256 with a key of
 * this installation over the JSON as it stands there, so that Tidegate knows its own words. For Tidegate too it is a hint and no
 * more: that there was a plan. Nothing is ever restored from it.
 */
export const boardFacts = ({ pull, batch, runs, sign }: Facts): string | null => {
  if (batch === null) return null;
  const all = batch.affected.map((project) => {
    const [plan, apply] = (['plan', 'apply'] as const).map(
      (verb) => runs.find((run) => run.verb === verb && run.project.key === project.key) ?? null,
    );
    return {
      name: project.name,
      dir: project.dir,
      workspace: project.workspace,
      runner: project.settings.runner,
      plan:
        plan == null
          ? null
          : {
              state: plan.state,
              head: plan.headSha,
              base: plan.baseSha,
              digest: plan.plan?.digest ?? null,
              counts: plan.plan?.summary.counts ?? null,
              pin: plan.plan?.summary.pin ?? null,
              madeFrom: plan.plan?.summary.madeFrom ?? null,
            },
      apply: apply == null ? null : { state: apply.state, head: apply.headSha },
    };
  });
  const { repo, number } = pull.ref;
  const text = (projects: number): string =>
    inert(
      JSON.stringify({
        v: 1,
        repository: `${repo.owner}/${repo.name}`,
        pull: number,
        head: batch.headSha,
        base: batch.baseSha,
        projects: all.slice(0, projects),
        more: all.length - projects,
      }),
    );
  let projects = all.length;
  while (projects > 0 && Buffer.byteLength(text(projects), 'utf8') > bytesUpTo)
    projects = Math.floor(projects * 0.8);
  const json = text(projects);
  return `tidegate:facts ${json} ${macOf(sign, json)}`;
};

const macOf = (sign: Facts['sign'], json: string): string => sign(JSON.stringify(['board facts', json]));

const planned = z.object({
  v: z.number().int(),
  repository: z.string(),
  pull: z.number().int(),
  projects: z.array(z.object({ plan: z.unknown() })),
});

/**
 * Does a board of ours say that this pull request was planned? Only by our own words for this very pull request: anybody who may
 * write to the repository can edit a comment of ours, or put the block of another one into it.
 */
export const saysPlanned = (
  body: string,
  { repo, number }: PullRef,
  sign: (text: string) => string,
): boolean => {
  // Notes may follow it.
  for (const [, json = '', mac = ''] of body.matchAll(/<!-- tidegate:facts (\{[^\n]*?\}) ([\w-]+) -->/g)) {
    const [given, right] = [Buffer.from(mac), Buffer.from(macOf(sign, json))];
    if (given.length !== right.length || !timingSafeEqual(given, right)) continue;
    const { success, data } = planned.safeParse(JSON.parse(json));
    if (success && isOf(data, repo, number) && data.projects.some(({ plan }) => plan !== null)) return true;
  }
  return false;
};

const isOf = (data: z.infer<typeof planned>, repo: RepoRef, number: number): boolean =>
  data.repository.toLowerCase() === fullNameOf(repo).toLowerCase() && data.pull === number;
