import type { RepoRef } from '../../domain/pull.ts';
import type { Forge } from '../port.ts';
import type { MemoryIssue, Repository } from './repository.ts';

/** What people do to issues. */
export interface MemoryIssues {
  /** One that somebody else opened. Returns its number. */
  open(repo: RepoRef, wish: { readonly title: string; readonly body: string }): number;
  change(repo: RepoRef, number: number, change: Partial<Pick<MemoryIssue, 'state' | 'body'>>): void;
  remove(repo: RepoRef, number: number): void;
  all(repo: RepoRef): readonly MemoryIssue[];
}

interface Issues extends MemoryIssues {
  issue(...args: Parameters<Forge['issue']>): Awaited<ReturnType<Forge['issue']>>;
  upsertIssue(...args: Parameters<Forge['upsertIssue']>): Awaited<ReturnType<Forge['upsertIssue']>>;
}

/** Pull requests and issues count together. */
export const nextNumber = ({ pulls, issues }: Repository): number =>
  Math.max(0, ...pulls.keys(), ...issues.keys()) + 1;

export const createMemoryIssues = (options: {
  readonly of: (repo: RepoRef) => Repository;
  readonly isPermitted: () => boolean;
}): Issues => {
  const { of, isPermitted } = options;
  const add = (repo: RepoRef, issue: Omit<MemoryIssue, 'number'>): number => {
    const number = nextNumber(of(repo));
    of(repo).issues.set(number, { ...issue, number });
    return number;
  };
  return {
    open: (repo, wish) => add(repo, { ...wish, state: 'open', isOurs: false }),
    change: (repo, number, change) => {
      const known = of(repo).issues.get(number);
      if (known !== undefined) of(repo).issues.set(number, { ...known, ...change });
    },
    remove: (repo, number) => void of(repo).issues.delete(number),
    all: (repo) => [...of(repo).issues.values()],
    issue: ({ repo, number }) => {
      const known = of(repo).issues.get(number);
      if (known === undefined) return null;
      const { title, state, isOurs } = known;
      const url = `https://forge.example/${repo.owner}/${repo.name}/issues/${number}`;
      return { ref: { repo, number }, title, url, state, isOurs };
    },
    upsertIssue: (repo, { number, marker, title, body, state }) => {
      if (marker === '' || !body.includes(marker)) throw new TypeError('the issue does not hold its marker');
      if (!isPermitted()) return 'not-permitted';
      const { issues } = of(repo);
      const known =
        (number === null ? undefined : issues.get(number)) ??
        [...issues.values()].find((one) => one.isOurs && one.body.includes(marker));
      if (known !== undefined) {
        issues.set(known.number, { ...known, title, body, state });
        return known.number;
      }
      return state === 'closed' ? 'none' : add(repo, { title, body, state, isOurs: true });
    },
  };
};
