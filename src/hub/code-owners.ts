import { atLeast, findAccount, permissionOf } from './access.ts';
import { blobBase64, blobsAt } from './git/read.ts';
import type { HubState, Repo } from './state.ts';
import { findTeam, membershipOf } from './teams.ts';

/** Where GitHub looks, the first one that exists counts. */
const places = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'];

/** What GitHub says of a pattern with one of these, and passes the line over. `!` and `\#` begin no pattern either. */
const isWrong = (pattern: string): boolean =>
  /^!|^\\#/.test(pattern) || /[[\]]/.test(pattern.replaceAll(/\\./gs, ''));

/** https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners#codeowners-syntax */
const matcher = (pattern: string): RegExp => {
  const anchored = pattern.slice(0, -1).includes('/');
  const body = pattern
    .replace(/^\//, '')
    .replaceAll(/\\(.)|\*\*\/|\*\*|\*|\?|[.+^${}()|]/gs, (part: string, escaped?: string) => {
      if (escaped !== undefined) return escaped.replace(/[.+*?^${}()|[\]\\]/, '\\$&');
      if (part === '**/') return '(?:.*/)?';
      if (part === '**') return '.*';
      return part === '*' ? '[^/]*' : part === '?' ? '[^/]' : `\\${part}`;
    });
  const end = pattern.endsWith('/') ? '.*' : pattern.endsWith('/*') ? '' : '(?:/.*)?';
  return new RegExp(`^${anchored ? '' : '(?:.*/)?'}${body}${end}$`, 's');
};

/** Ids of those behind a name who may write; whoever may not is no owner. */
const accountsOf = (state: HubState, repo: Repo, name: string): readonly number[] => {
  const [organisation = '', slug] = name.replace(/^@/, '').split('/');
  const team = slug === undefined ? null : findTeam(state, organisation, slug);
  const account = slug === undefined ? findAccount(state, organisation) : null;
  const accounts =
    team === null
      ? account === null
        ? []
        : [account]
      : [...state.accounts.values()].filter((one) => membershipOf(state, team, one) === 'active');
  return accounts.filter((one) => atLeast(permissionOf(repo, one), 'write')).map(({ id }) => id);
};

const fileAt = async (folder: string, commit: string): Promise<string> => {
  const blobs = await blobsAt(folder, commit, places);
  const id = places.map((place) => blobs.get(place)).find((one) => one !== undefined);
  return id === undefined ? '' : Buffer.from(await blobBase64(folder, id), 'base64').toString('utf8');
};

/** Who may approve which of the changed paths, as the file at this commit says: each different set once. */
export const codeOwnersAt = async (
  state: HubState,
  repo: Repo,
  commit: string,
  paths: readonly string[],
): Promise<readonly ReadonlySet<number>[]> => {
  const rules = (await fileAt(repo.folder, commit))
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
    .flatMap((line) => {
      const [pattern = '', ...names] = line.match(/(?:\\.|\S)+/g) ?? [];
      return isWrong(pattern) ? [] : [{ matches: matcher(pattern), names }];
    });
  const lines = new Set(paths.map((path) => rules.findLast(({ matches }) => matches.test(path))?.names));
  return [...lines]
    .map((names = []) => new Set(names.flatMap((name) => accountsOf(state, repo, name))))
    .filter((owners) => owners.size > 0);
};
