import { parseRepoPath, type RepoPath } from './repo-path.ts';

/** A module in a git repository, by an address that is plain. */
export interface GitModule {
  /** Host, with its port where one is written; small letters. */
  readonly host: string;
  /** `OWNER/NAME` on that host, small letters: GitHub knows no capitals. */
  readonly repository: string;
  /** Folder in the repository. */
  readonly folder: RepoPath;
  /**
   * The address as Terraform and OpenTofu write it into the manifest of installed modules, where they look whether the module that
   * is called is the one that is there.
   */
  readonly recorded: string;
}

const host = '[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\\d{1,5})?';
const owner = '[\\w.-]+';
const folder = '(?://([\\w./-]+))?';
const query = '(\\?[\\w=&./+:-]*)?';
const shorthand = new RegExp(`^(github\\.com)/(${owner})/([\\w.-]+)${folder}${query}$`, 'i');
const scp = new RegExp(`^(?:git::)?git@(${host}):(${owner})/([\\w.-]+)${folder}${query}$`, 'i');
const address = new RegExp(
  `^git::(https?|ssh)://((?:git@)?)(${host})/(${owner})/([\\w.-]+)${folder}${query}$`,
  'i',
);
const bare = new RegExp(`^(https?)://(${host})/(${owner})/([\\w.-]+\\.git)${folder}${query}$`, 'i');

const isPlain = (name: string): boolean => name !== '.' && name !== '..' && name !== '.git';
const named = (name: string): string => name.replace(/\.git$/i, '');
const dotted = (name: string): string => (/\.git$/i.test(name) ? name : `${name}.git`);

interface Parts {
  readonly host: string | undefined;
  readonly owner: string | undefined;
  readonly name: string | undefined;
  readonly folder: string | undefined;
  readonly query: string | undefined;
  /** What stands before the folder in the manifest. */
  readonly package: string;
}

const moduleOf = (parts: Parts): GitModule | null => {
  const { host, owner, name } = parts;
  if (host === undefined || owner === undefined || name === undefined) return null;
  if (!isPlain(owner) || !isPlain(named(name))) return null;
  const parsed = parseRepoPath(parts.folder === undefined || parts.folder === '' ? '.' : parts.folder);
  // The tools take such a folder as it is written, and so does the manifest.
  if ('refused' in parsed || (parts.folder !== undefined && parsed.path !== parts.folder)) return null;
  const below = parts.folder === undefined ? '' : `//${parts.folder}`;
  return {
    host: host.toLowerCase(),
    repository: `${owner}/${named(name)}`.toLowerCase(),
    folder: parsed.path,
    recorded: `${parts.package}${below}${parts.query ?? ''}`,
  };
};

/**
 * Where a `source` of a module call leads, if that is a git repository by an address that is read in one way only: a full git
 * address, one of the short form of github.com, or one of SSH. Null for registries, archives and everything else.
 */
export const gitModule = (source: string): GitModule | null => {
  const short = shorthand.exec(source);
  if (short !== null) {
    const [, host, owner, name = '', folder, query] = short;
    return moduleOf({
      host,
      owner,
      name,
      folder,
      query,
      package: `git::https://github.com/${owner}/${dotted(name)}`,
    });
  }
  const secure = scp.exec(source);
  if (secure !== null) {
    const [, host, owner, name = '', folder, query] = secure;
    return moduleOf({ host, owner, name, folder, query, package: `git::ssh://git@${host}/${owner}/${name}` });
  }
  const full = address.exec(source);
  if (full !== null) {
    const [, scheme, user, host, owner, name, folder, query] = full;
    return moduleOf({
      host,
      owner,
      name,
      folder,
      query,
      package: `git::${scheme}://${user}${host}/${owner}/${name}`,
    });
  }
  const [, scheme, at, by, repository, below, rest] = bare.exec(source) ?? [];
  return moduleOf({
    host: at,
    owner: by,
    name: repository,
    folder: below,
    query: rest,
    package: `${scheme}://${at}/${by}/${repository}`,
  });
};

/** The same of the address that git fetches a repository from; null where it is none of these. */
export const placeOfRemote = (url: string): Pick<GitModule, 'host' | 'repository'> | null => {
  if (!URL.canParse(url)) return null;
  const { host, pathname } = new URL(url);
  const [, owner, name, ...more] = pathname.split('/');
  if (owner === undefined || name === undefined || more.length > 0) return null;
  return { host: host.toLowerCase(), repository: `${owner}/${named(name)}`.toLowerCase() };
};
