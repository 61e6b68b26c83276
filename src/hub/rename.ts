import { leadName } from './access.ts';
import { emit } from './events.ts';
import { requireFreeName } from './seed.ts';
import type { HubState, Repo } from './state.ts';

/**
 * Another name for a repository: `repository.renamed`. Its id stays, and the old name leads to it, until another
 * repository takes that. https://docs.github.com/en/repositories/creating-and-managing-repositories/renaming-a-repository
 */
export const renameRepository = (state: HubState, repo: Repo, name: string): void => {
  const from = repo.name;
  const { owner } = repo;
  requireFreeName(state, owner, name);
  repo.name = name;
  leadName(state, owner.login, from, repo.id);
  leadName(state, owner.login, name, null);
  emit(state, {
    repo,
    event: 'repository',
    action: 'renamed',
    sender: owner,
    payload: { changes: { repository: { name: { from } } } },
  });
};
