import type { MemoryForge } from '../../src/forge/memory/forge.ts';
import type { Git } from '../../src/git/port.ts';

/** A branch that is pushed to the git server of a memory world is there for its forge as well. */
export const pushing =
  (git: Git, { opening }: MemoryForge): Git['push'] =>
  async (repo, wish) => {
    const pushed = await git.push(repo, wish);
    if (pushed.kind === 'there') opening.addBranch(repo, wish.branch, wish.commit);
    return pushed;
  };
