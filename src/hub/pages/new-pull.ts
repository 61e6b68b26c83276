import { atLeast, permissionOf } from '../access.ts';
import { isAncestor, refs } from '../git/read.ts';
import { openPull } from '../pulls.ts';
import type { HubState, Pull, Repo } from '../state.ts';
import type { Fields } from './actions.ts';
import { type Html, markup } from './html.ts';
import { formFields, repoPath } from './layout.ts';
import type { Visitor } from './session.ts';

/** Branches with something that the default branch does not have, and without an open pull request into it. */
const openBranches = async (repo: Repo): Promise<readonly string[]> => {
  const prefix = 'refs/heads/';
  const all = await refs(repo.folder, prefix);
  const base = all.get(`${prefix}${repo.defaultBranch}`);
  if (base === undefined) return [];
  const taken = new Set(
    [...repo.pulls.values()]
      .filter(
        ({ state, head, base: { ref } }) =>
          state === 'open' && head.repo === repo && ref === repo.defaultBranch,
      )
      .map(({ head }) => head.ref),
  );
  const found: string[] = [];
  for (const [ref, tip] of all) {
    const name = ref.slice(prefix.length);
    if (!taken.has(name) && !(await isAncestor(repo.folder, tip, base))) found.push(name);
  }
  return found;
};

/** The form that opens a pull request for a pushed branch; `typed` is what was in one that was refused. */
export const newPullForm = async (repo: Repo, visitor: Visitor, typed: Fields = {}): Promise<Html> => {
  const { account } = visitor.actor;
  const heading = markup`<h2>New pull request <small>into <code>${repo.defaultBranch}</code>, as ${account.login}</small></h2>`;
  if (!atLeast(permissionOf(repo, account), 'write'))
    return markup`<section class="card">${heading}<p class="empty">${account.login} may not open one: that needs write access.</p></section>`;
  const branches = await openBranches(repo);
  if (branches.length === 0)
    return markup`<section class="card">${heading}<p class="empty">Push a branch with a change, and load this page again.</p></section>`;
  const selected = (name: string): Html | null => (name === typed['branch'] ? markup` selected` : null);
  return markup`<section class="card write">${heading}
<form class="new-pull" method="post" action="${repoPath(repo)}/pulls">${formFields(visitor)}
<label>Branch <select name="branch" required>${branches.map((name) => markup`<option value="${name}"${selected(name)}>${name}</option>`)}</select></label>
<label class="wide">Title <input name="title" required maxlength="256" value="${typed['title'] ?? ''}"></label>
<label class="check"><input type="checkbox" name="draft" value="yes"${typed['draft'] === undefined ? null : markup` checked`}> Draft</label>
<button class="go">Open pull request</button></form></section>`;
};

/** Opens what the form asks for. Refusals are the same as the API's. */
export const openFromForm = (
  state: HubState,
  repo: Repo,
  { actor }: Visitor,
  fields: Fields,
): Promise<Pull> =>
  openPull(state, repo, actor, {
    title: (fields['title'] ?? '').trim(),
    head: fields['branch'] ?? '',
    base: repo.defaultBranch,
    draft: fields['draft'] !== undefined,
  });
