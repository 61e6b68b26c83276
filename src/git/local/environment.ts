import { join } from 'node:path';

/** Where a git process may look, and nothing else. */
export interface Private {
  /** An empty folder of ours: HOME, and the place where hooks are looked for. */
  readonly empty: string;
  /** Where a file without a name may be made. */
  readonly scratch: string;
  /** git itself: absolute, as it was found at the start. */
  readonly program: string;
  /** Where what it starts is found. */
  readonly path: string;
}

export type Setting = readonly [key: string, value: string];

/**
 * What every process of ours is told, above any configuration file. The repositories are strangers':
 * nothing in them may name a program, another transport or another place.
 */
const settings = (empty: string): readonly Setting[] => [
  ['core.hooksPath', empty],
  ['core.fsmonitor', 'false'],
  ['core.askPass', ''],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
  // A checkout is the tree byte for byte on every host.
  ['core.autocrlf', 'false'],
  ['core.symlinks', 'true'],
  ['core.fileMode', 'true'],
  ['core.ignoreCase', 'false'],
  ['core.precomposeUnicode', 'false'],
  ['core.untrackedCache', 'false'],
  ['core.splitIndex', 'false'],
  ['credential.helper', ''],
  ['protocol.allow', 'never'],
  // A redirect could carry the token to another host.
  ['http.followRedirects', 'false'],
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', '120'],
  ['transfer.credentialsInUrl', 'die'],
  // Nor may the server name further addresses to fetch from.
  ['transfer.bundleURI', 'false'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['filter.lfs.process', ''],
  ['filter.lfs.smudge', ''],
  ['filter.lfs.clean', ''],
  ['filter.lfs.required', 'false'],
  // Objects made by mergeOf hang on no ref: nothing may collect them.
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
];

/** Only where a server is to be asked: everything else would rather fail than find a way to one. */
const talking: readonly Setting[] = [
  ['protocol.http.allow', 'always'],
  ['protocol.https.allow', 'always'],
];

/**
 * The whole environment of a git process, built from nothing.
 * @param more settings for this one process; others on this machine may read them
 * @param talks may it ask a server?
 */
export const gitEnvironment = (
  { empty, path }: Private,
  more: readonly Setting[] = [],
  talks = false,
): Record<string, string> => {
  const all = [...settings(empty), ...(talks ? talking : []), ...more];
  const env: Record<string, string> = {
    PATH: path,
    HOME: empty,
    XDG_CONFIG_HOME: join(empty, 'none'),
    LC_ALL: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_LFS_SKIP_SMUDGE: '1',
    // No git of ours asks a server by itself: what it misses is brought beforehand, or it fails.
    GIT_NO_LAZY_FETCH: '1',
    GIT_CONFIG_COUNT: String(all.length),
  };
  all.forEach(([key, value], index) => {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  });
  return env;
};
