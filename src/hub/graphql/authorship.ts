import { accountOfEmail } from '../access.ts';
import { pullCommits } from '../facts.ts';
import type { Commit } from '../git/read.ts';
import type { HubState } from '../state.ts';
import type { Operation } from './answer.ts';
import { connection } from './connection.ts';

/** GitHub's own, behind the address that its buttons sign with. */
const webFlow = { databaseId: 19_864_447, login: 'web-flow' };

/** People only: an App behind an address is nobody, as is a stranger. */
const userOf = (state: HubState, email: string) => {
  if (email === 'noreply@github.com') return webFlow;
  const account = accountOfEmail(state, email);
  return account?.type === 'User' ? { databaseId: account.id, login: account.login } : null;
};

const signed = (state: HubState, email: string) => ({ email, user: userOf(state, email) });

/** https://docs.github.com/en/pull-requests/committing-changes-to-your-project/creating-and-editing-commits/creating-a-commit-with-multiple-authors */
const coAuthors = ({ message }: Commit): readonly string[] =>
  [...message.matchAll(/^co-authored-by:.*<([^<>]+)>\s*$/gim)].map(([, email = '']) => email);

export const authorship: Operation = async ({ state }, pull, variables) => {
  const commits = connection(await pullCommits(pull), variables['after']);
  return {
    pullRequest: {
      headRefName: pull.head.ref,
      headRefOid: pull.head.sha,
      headRepository: { name: pull.head.repo.name, owner: { login: pull.head.repo.owner.login } },
      commits: {
        ...commits,
        nodes: commits.nodes.map((commit) => {
          const emails = [commit.author.email, ...coAuthors(commit)];
          const nodes = [...new Set(emails)].map((email) => signed(state, email));
          return {
            commit: {
              authors: { totalCount: nodes.length, nodes: nodes.slice(0, 20) },
              committer: signed(state, commit.committer.email),
            },
          };
        }),
      },
    },
  };
};
