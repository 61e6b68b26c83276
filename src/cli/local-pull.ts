import { WrongUse } from '../arguments.ts';
import type { Sha } from '../domain/ids.ts';
import { UserError } from '../domain/problem.ts';
import type { Pull } from '../domain/pull.ts';
import { quoted } from '../domain/quote.ts';
import { discover } from '../flow/discover.ts';
import type { Discovery } from '../flow/discovery.ts';
import type { FlowPorts } from '../flow/ports.ts';
import type { Forge } from '../forge/port.ts';
import type { Desk } from './desk.ts';

/** What is compared: a commit of the checkout, or what lies in it, with the branch that it would go into. */
export interface Compared {
  readonly base: { readonly ref: string; readonly sha: Sha };
  /** `ref` null: what lies in the checkout. */
  readonly head: { readonly ref: string | null; readonly sha: Sha };
}

const commitOf = async ({ workTree }: Desk, flag: string, ref: string): Promise<Sha> => {
  if (ref.startsWith('-')) throw new WrongUse(`\`${flag}\` is \`${ref}\`; it takes a branch or a commit.`);
  const found = await workTree.commitOf(ref);
  if (found !== null) return found;
  throw new UserError({
    code: 'checkout-refused',
    sentence: `There is no commit ${quoted(ref)} in this checkout.`,
    advice: `Correct \`${flag}\`, or fetch it first (\`git fetch\`): nothing is fetched here.`,
  });
};

/** Where they meet is behind the cut: as if they had nothing in common, every file of both would be a conflict. */
const refuseCutOff = async (
  { git, repo, workTree }: Desk,
  ref: string,
  base: Sha,
  head: Sha,
): Promise<void> => {
  if (!workTree.isCutOff || (await git.mergeBase(repo.id, base, head)) !== null) return;
  throw new UserError({
    code: 'checkout-refused',
    sentence: `The history of this checkout is cut off: the commit that it has in common with ${quoted(ref)} is not there.`,
    advice:
      'Bring it with `git fetch --unshallow`, or set `fetch-depth: 0` for `actions/checkout`: nothing is fetched here.',
  });
};

/** The base that was asked for, else the branch that pull requests go into. */
export const comparedFrom = async (
  desk: Desk,
  { base, head }: { readonly base: string | undefined; readonly head: string | undefined },
): Promise<Compared> => {
  const ref = base ?? (await desk.workTree.baseRef());
  if (ref === null)
    throw new WrongUse('This checkout does not say which branch it goes into: name it with `--base REF`.');
  const baseSha = await commitOf(desk, '--base', ref);
  const headSha = head === undefined ? desk.workTree.commit : await commitOf(desk, '--head', head);
  await refuseCutOff(desk, ref, baseSha, headSha);
  return { base: { ref, sha: baseSha }, head: { ref: head ?? null, sha: headSha } };
};

/** The name of the branch on the forge. */
const branchName = (ref: string): string =>
  ref.replace(/^(?:refs\/heads\/|(?:refs\/remotes\/)?origin\/)/, '');

/** The pull request that this would be. */
export const pullOf = ({ repo, workTree }: Desk, { base, head }: Compared): Pull => ({
  ref: { repo, number: 1 },
  title: 'what lies in the checkout',
  url: '',
  state: 'open',
  merged: null,
  draft: false,
  author: { id: 0, login: 'you', kind: 'user' },
  head: { sha: head.sha, ref: head.ref ?? workTree.branch ?? 'HEAD', repoId: repo.id },
  base: { sha: base.sha, ref: branchName(base.ref), isDefault: true },
});

/** Nothing is fetched: both commits are there. */
const remote: Pick<Forge, 'remote'> = {
  remote: async () => ({ url: '', token: '', done: () => undefined }),
};

/** What the pull request would affect, by the same stage that a server asks. */
export const discoverLocally = (
  desk: Desk,
  compared: Compared,
  ports: Pick<FlowPorts, 'store' | 'operator'>,
): Promise<Discovery> => {
  const { configuration, repositoryFiles, snapshots, generator, runners } = desk;
  const git = {
    ...desk.git,
    fetch: async () => ({ base: compared.base.sha, head: compared.head.sha }),
  };
  return discover(
    { ...ports, git, forge: remote, configuration, repositoryFiles, snapshots, generator, runners },
    pullOf(desk, compared),
  );
};
