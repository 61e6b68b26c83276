import type { Sha } from '../../domain/ids.ts';
import type { PushAnswer } from '../port.ts';
import type { GitOptions, RunGit } from './command.ts';
import type { Setting } from './environment.ts';

/** Where a mirror comes from, and who we are there. */
export interface Remote {
  /** Checked: http or https, and nothing in it that could be a credential. */
  readonly url: string;
  /** Empty for none. */
  readonly token: string;
}

/** The name that a server has while git is told of it; in the configuration of no mirror. */
const remoteName = 'tidegate';

/**
 * What makes git take objects that are not there for promised. Nothing of it is in the mirror itself: a git without it knows of no
 * server and fails where an object is missing.
 */
export const promised: readonly Setting[] = [
  [`remote.${remoteName}.promisor`, 'true'],
  [`remote.${remoteName}.partialCloneFilter`, 'blob:none'],
];
const promising = (url: string): readonly Setting[] => [[`remote.${remoteName}.url`, url], ...promised];

/** The token as a header for this one host. */
const credentials = ({ url, token }: Remote): Pick<GitOptions, 'hidden'> => {
  if (token === '') return {};
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  const hidden = `[http "${new URL(url).origin}/"]\n\textraHeader = "Authorization: Basic ${basic}"\n`;
  return { hidden };
};

const fetching = [
  'fetch',
  '--quiet',
  '--force',
  '--no-tags',
  '--no-recurse-submodules',
  '--no-auto-maintenance',
  '--no-write-fetch-head',
  '--stdin',
] as const;

/**
 * What of the files comes along. `none`: commits and folders only. `new`: everything that the server does not take for ours; a
 * limit that no file reaches has git write down that the pack came from whoever has the rest. `all`: as if there were no filters.
 */
export type Files = 'all' | 'new' | 'none';

const filters: Readonly<Record<Files, readonly string[]>> = {
  all: [],
  new: ['--filter=blob:limit=1000g'],
  none: ['--filter=blob:none'],
};

/** A branch at a server is made, and never moved: the lease says that there is none. */
const pushing = ['push', '--porcelain', '--no-verify', '--no-recurse-submodules', '--no-thin'] as const;

/** What `push --porcelain` says of the one ref: a sign, the refs, and why not. */
const pushed = (stdout: string): PushAnswer => {
  const [sign, , said = ''] = (/^([ +*=!-])\t(\S+)\t(.*)$/m.exec(stdout) ?? []).slice(1);
  if (sign === '*' || sign === '=') return { kind: 'there' };
  if (sign === '!' && /stale info|already exists|fetch first|non-fast-forward/.test(said))
    return { kind: 'taken' };
  return { kind: 'refused', reason: said.slice(0, 500) };
};

/** Every git process of ours that asks a server. */
export interface Talk {
  /** `filtered`: false where the server knows no filters and has sent everything. */
  refs(
    repository: string,
    remote: Remote,
    refspecs: readonly string[],
    files: Files,
  ): Promise<{ readonly filtered: boolean }>;
  /** Objects by their ids, in one go, into a mirror without files. */
  objects(repository: string, remote: Remote, ids: readonly string[]): Promise<void>;
  push(repository: string, remote: Remote, branch: string, commit: Sha): Promise<PushAnswer>;
  /** Names and objects of all tags, as `readTags` takes them. No mirror is touched: git stands in an empty folder. */
  tags(empty: string, remote: Remote): Promise<Buffer>;
  /** Names and objects of these refs, and of others whose names end in theirs, as `readPlaces` takes them. No mirror is touched. */
  places(empty: string, remote: Remote, names: readonly string[]): Promise<Buffer>;
}

export const createTalk = (run: RunGit, timeout: number): Talk => ({
  refs: async (repository, remote, refspecs, files) => {
    const { stderr } = await run(
      [...fetching, ...filters[files], '--end-of-options', files === 'all' ? remote.url : remoteName],
      {
        repository,
        input: `${refspecs.join('\n')}\n`,
        ...credentials(remote),
        settings: files === 'all' ? [] : promising(remote.url),
        timeout,
        talks: true,
      },
    );
    return { filtered: files !== 'all' && !stderr.includes('filtering not recognized by server') };
  },
  objects: async (repository, remote, ids) => {
    await run([...fetching, ...filters.none, '--end-of-options', remoteName], {
      repository,
      input: `${[...new Set(ids)].join('\n')}\n`,
      ...credentials(remote),
      // As git itself asks for what was promised: what we have says nothing of what is missing.
      settings: [...promising(remote.url), ['fetch.negotiationAlgorithm', 'noop']],
      timeout,
      talks: true,
    });
  },
  push: async (repository, remote, branch, commit) => {
    const ref = `refs/heads/${branch}`;
    const lease = `--force-with-lease=${ref}:`;
    const { stdout } = await run([...pushing, lease, '--end-of-options', remoteName, `${commit}:${ref}`], {
      repository,
      ...credentials(remote),
      settings: promising(remote.url),
      answers: [0, 1],
      timeout,
      talks: true,
    });
    return pushed(stdout.toString());
  },
  places: async (repository, remote, names) => {
    const { stdout } = await run(
      ['ls-remote', '--quiet', '--refs', '--end-of-options', remote.url, ...names],
      {
        repository,
        ...credentials(remote),
        timeout,
        talks: true,
      },
    );
    return stdout;
  },
  tags: async (repository, remote) => {
    const { stdout } = await run(['ls-remote', '--quiet', '--tags', '--end-of-options', remote.url], {
      repository,
      ...credentials(remote),
      timeout,
      talks: true,
    });
    return stdout;
  },
});
