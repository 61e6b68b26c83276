import type { Sha } from '../../domain/ids.ts';
import type { Pull, RepoRef } from '../../domain/pull.ts';
import type { BroughtBy } from '../port.ts';

/** What tests say of branches. */
export interface MemoryBranches {
  /** Null: it is gone. */
  setBranch(repo: RepoRef, branch: string, tip: Sha | null): void;
  /** The forge does not know yet, or knows again, what merges brought. */
  forgetMerges(on: boolean): void;
}

interface Branches extends MemoryBranches {
  /** Was a branch ever there? */
  wasTip(repo: RepoRef, commit: Sha): boolean;
  tipOf(repo: RepoRef, branch: string): Sha | null;
  mergesOf(pulls: Iterable<Pull>, commit: Sha): readonly BroughtBy[];
}

/** Branches without Git: a pull request brought its merge commit, and nothing else. */
export const createMemoryBranches = (): Branches => {
  const tips = new Map<string, Sha>();
  const ever = new Set<string>();
  const nameOf = ({ id }: RepoRef, branch: string): string => `${id} ${branch}`;
  let isForgetful = false;
  return {
    setBranch: (repo, branch, tip) => {
      if (tip === null) tips.delete(nameOf(repo, branch));
      else tips.set(nameOf(repo, branch), tip);
      if (tip !== null) ever.add(`${repo.id} ${tip}`);
    },
    forgetMerges: (on) => {
      isForgetful = on;
    },
    wasTip: ({ id }, commit) => ever.has(`${id} ${commit}`),
    tipOf: (repo, branch) => tips.get(nameOf(repo, branch)) ?? null,
    mergesOf: (pulls, commit) =>
      [...pulls].flatMap(({ ref, base, head, merged }) =>
        merged?.commit !== commit || isForgetful
          ? []
          : [{ number: ref.number, baseRef: base.ref, headSha: head.sha, commit }],
      ),
  };
};
