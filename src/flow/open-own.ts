import type { Sha } from '../domain/ids.ts';
import type { OpenWish } from '../domain/own-pull.ts';
import type { Problem } from '../domain/problem.ts';
import type { RepoRef } from '../domain/pull.ts';
import { ForgeError } from '../forge/port.ts';
import type { FlowPorts } from './ports.ts';

/** How whoever asked for a pull request of our own is told that there is none. */
export interface Refusing {
  /** As it is commented again. */
  readonly command: string;
  readonly refusal: (sentence: string, advice: string) => Problem;
  /** What works without the rights that it takes. */
  readonly without: () => Promise<string>;
}

export const notPermitted = async ({ refusal, without }: Refusing): Promise<Problem> =>
  refusal(
    'Tidegate may not make a branch and open a pull request here. That takes `contents: write` and `pull_requests: write` of its GitHub App, of which it asks for the first with `read` only.',
    `Whoever owns the App can grant more (Permissions: Contents, "Read and write"), and whoever owns the repository has to accept it. ${await without()}`,
  );

const branchTaken = ({ refusal, command }: Refusing, branch: string): Problem =>
  refusal(
    `There is a branch \`${branch}\` already, and Tidegate did not make it.`,
    `Delete or rename it, and comment \`${command}\` again.`,
  );

const refusedThere = async ({ refusal, command, without }: Refusing, reason: string): Promise<Problem> =>
  refusal(
    `GitHub does not let a pull request be opened for it: ${reason.replaceAll(/\s+/g, ' ').trim()}`,
    `Change what stands in the way, and comment \`${command}\` again. ${await without()}`,
  );

/** The number of a pull request of our own, which was opened now or by an earlier call; or why there is none. */
export const openOwn = async (
  { forge }: Pick<FlowPorts, 'forge'>,
  repo: RepoRef,
  wish: OpenWish,
  refusing: Refusing,
): Promise<number | Problem> => {
  const opened = await forge.openPull(repo, wish);
  switch (opened.kind) {
    case 'opened':
      return opened.number;
    case 'not-permitted':
      return notPermitted(refusing);
    case 'taken':
      return branchTaken(refusing, wish.branch);
    case 'refused':
      return refusedThere(refusing, opened.reason);
    default: {
      const never: never = opened;
      return never;
    }
  }
};

/** Puts a branch with a commit of our own on the server, or says why not. One that is there by an earlier call is taken as it is. */
export const pushOwn = async (
  { git, forge }: Pick<FlowPorts, 'git' | 'forge'>,
  repo: RepoRef,
  wish: { readonly branch: string; readonly commit: Sha },
  refusing: Refusing,
): Promise<Problem | null> => {
  const remote = await forge.remote(repo, 'write').catch((error: unknown) => {
    if (error instanceof ForgeError && error.failure === 'refused') return null;
    throw error;
  });
  if (remote === null) return notPermitted(refusing);
  const { url, token, done } = remote;
  const pushed = await git.push(repo, { ...wish, url, token }).finally(done);
  switch (pushed.kind) {
    case 'there':
      return null;
    case 'taken':
      return branchTaken(refusing, wish.branch);
    case 'not-permitted':
      return notPermitted(refusing);
    case 'refused':
      return refusedThere(refusing, pushed.reason);
    default: {
      const never: never = pushed;
      return never;
    }
  }
};
