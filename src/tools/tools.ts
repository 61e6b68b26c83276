import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Clock } from '../clock/port.ts';
import { saysDiskFull } from '../domain/disk-full.ts';
import { ownValue } from '../domain/own-value.ts';
import { UserError } from '../domain/problem.ts';
import { newestFitting, parseConstraint } from '../domain/tool-version.ts';
import type { Log } from '../observe/log.ts';
import type { Releases, Runner } from '../runner/port.ts';
import { checksumOf } from './checksums.ts';
import { createHttps, NotFetched } from './https.ts';
import { openKeptTools, type Release } from './kept.ts';
import type { Tools } from './port.ts';
import { unavailable, untrusted, type Wanted } from './refusals.ts';
import { versionsIn } from './release-index.ts';
import { signerOf } from './signature.ts';
import { unpackProgram } from './unpack.ts';

/** Where the operator has the releases of a runner come from instead. */
export interface Mirror {
  /** HTTPS, without a slash at its end. */
  readonly url: string | null;
  /** Of the list of versions, HTTPS; null: with that name in the mirror. */
  readonly index: string | null;
  /** Armored public keys, absolute path of their file; null: those of the makers. */
  readonly keyFile: string | null;
}

export interface ToolsOptions {
  /** Where versions are kept, absolute; made when the first one is. */
  readonly folder: string;
  /** May anything be fetched? */
  readonly download: boolean;
  /** PEM file of a certificate authority, absolute; null for none. */
  readonly caFile: string | null;
  /** By the name of the runner. */
  readonly runners: ReadonlyMap<string, Mirror>;
  /** The server's own: proxies. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: Partial<ToolLimits>;
}

export interface ToolLimits {
  /** Silence of a server, milliseconds. */
  readonly idleMs: number;
  /** One thing that is fetched, milliseconds. */
  readonly limitMs: number;
  /** How long a list of versions is believed, milliseconds. */
  readonly indexMs: number;
  readonly indexBytes: number;
  readonly textBytes: number;
  readonly archiveBytes: number;
  readonly programBytes: number;
}

const usual: ToolLimits = {
  idleMs: 30_000,
  limitMs: 15 * 60_000,
  indexMs: 10 * 60_000,
  indexBytes: 64_000_000,
  textBytes: 1_000_000,
  archiveBytes: 512_000_000,
  programBytes: 1_000_000_000,
};

const platforms: Readonly<Record<string, string>> = {
  'linux x64': 'linux_amd64',
  'linux arm64': 'linux_arm64',
  'darwin x64': 'darwin_amd64',
  'darwin arm64': 'darwin_arm64',
};

/** Where everything of one runner is. */
interface Source {
  readonly releases: Releases;
  readonly base: string;
  readonly index: string;
  readonly keyFile: string | null;
}

/** Versions of tools on the disk of the data folder, fetched from where their makers put them, or from the operator's mirror. */
export const createTools = async (options: ToolsOptions): Promise<Tools> => {
  const { clock, log, download } = options;
  const limits = { ...usual, ...options.limits };
  const closing = new AbortController();
  const kept = await openKeptTools(options.folder, (release) =>
    log.error('a kept version of a tool is not what it was, and is removed', { ...release }),
  );
  const https = createHttps({
    ca: options.caFile === null ? null : await authorityIn(options.caFile),
    environment: options.environment,
    clock,
    idleMs: limits.idleMs,
    limitMs: limits.limitMs,
    signal: closing.signal,
  });
  const platform = ownValue(platforms, `${process.platform} ${process.arch}`) ?? null;
  const underWay = new Map<string, Promise<string>>();
  /** How many ask for a version now, by what it is. */
  const looking = new Map<string, number>();
  const removing = new Map<string, Promise<boolean>>();
  const indexes = new Map<string, { readonly at: number; readonly versions: readonly string[] }>();
  const asking = new Map<string, Promise<readonly string[]>>();

  const sourceOf = ({ name, releases }: Runner): Source | null => {
    if (releases === null) return null;
    const mirror = options.runners.get(name);
    const url = mirror?.url ?? null;
    const base = url ?? releases.base;
    return {
      releases,
      base,
      index: mirror?.index ?? (url === null ? releases.index : `${url}/${basename(releases.index)}`),
      keyFile: mirror?.keyFile ?? null,
    };
  };

  const textFrom = async (url: string, maxBytes: number): Promise<Buffer> => {
    const parts: Buffer[] = [];
    await https.get(url, maxBytes, (part) => void parts.push(part));
    return Buffer.concat(parts);
  };

  const askIndex = async (url: string): Promise<readonly string[]> => {
    const versions = versionsIn((await textFrom(url, limits.indexBytes)).toString('utf8'));
    if (versions === null) throw new NotFetched('what came is no list of versions');
    indexes.set(url, { at: clock.monotonic(), versions });
    return versions;
  };

  const indexOf = async (url: string): Promise<readonly string[]> => {
    const known = indexes.get(url);
    if (known !== undefined && clock.monotonic() - known.at < limits.indexMs) return known.versions;
    const answer = asking.get(url) ?? askIndex(url).finally(() => asking.delete(url));
    asking.set(url, answer);
    return answer.catch((error: unknown) => {
      // An older list is better than none: what it names is verified all the same.
      if (known === undefined) throw error;
      log.warn('the list of versions of a tool cannot be fetched', { url, error: String(error) });
      return known.versions;
    });
  };

  /** The signature is the first of its names that is there. */
  const signatureFrom = async (source: Source, names: readonly string[]): Promise<Buffer> => {
    const [name, ...rest] = names;
    if (name === undefined) throw new NotFetched('there is no signature');
    return textFrom(`${source.base}/${name}`, limits.textBytes).catch((error: unknown) => {
      if (rest.length > 0 && error instanceof NotFetched && error.isMissing)
        return signatureFrom(source, rest);
      throw error;
    });
  };

  const fetchInto = async (source: Source, release: Release, folder: string) => {
    const { releases, base } = source;
    const [os = '', arch = ''] = release.platform.split('_');
    const named = (template: string): string =>
      template.replaceAll('{version}', release.version).replaceAll('{os}', os).replaceAll('{arch}', arch);
    const sums = await textFrom(`${base}/${named(releases.checksums)}`, limits.textBytes);
    const signature = await signatureFrom(source, releases.signatures.map(named));
    const own = source.keyFile === null;
    const keys = source.keyFile === null ? releases.key : await keysIn(source.keyFile, release);
    const signer = await signerOf(sums, signature, keys, own ? releases.fingerprint : null).catch(
      (error: unknown) => {
        throw untrusted(release, `the signature of its checksums: ${wordsOf(error)}`, error);
      },
    );
    const name = named(releases.archive);
    const expected = checksumOf(sums.toString('utf8'), basename(name));
    if (expected === null)
      throw unavailable(release, `\`${basename(name)}\` is not in the signed list of its release`);
    const archive = join(folder, '..', 'archive.zip');
    const found = await saveArchive(`${base}/${name}`, archive);
    if (found !== expected)
      throw untrusted(release, `\`${basename(name)}\` does not have the checksum that was signed`);
    await unpackProgram(archive, release.program, join(folder, release.program), limits.programBytes).catch(
      (error: unknown) => {
        if (saysDiskFull(error)) throw error;
        throw untrusted(release, wordsOf(error), error);
      },
    );
    return { archive: expected, signer };
  };

  const saveArchive = async (url: string, to: string): Promise<string> => {
    const hash = createHash('sha256');
    const file = await open(to, 'wx', 0o600);
    try {
      await https.get(url, limits.archiveBytes, async (part) => {
        hash.update(part);
        await file.write(part);
      });
    } finally {
      await file.close();
    }
    return hash.digest('hex');
  };

  const fetchRelease = async (source: Source, release: Release): Promise<string> => {
    log.info('a version of a tool is fetched', { ...release, from: source.base });
    try {
      const at = await kept.add(release, (folder) => fetchInto(source, release, folder));
      await kept.touch(release, clock.now());
      log.info('a version of a tool is kept', { ...release });
      return at;
    } catch (error) {
      log.warn('a version of a tool is not kept', { ...release, error: String(error) });
      if (error instanceof UserError || saysDiskFull(error)) throw error;
      throw unavailable(release, wordsOf(error), error);
    }
  };

  const onThisMachine = (wanted: Wanted): string => {
    if (platform !== null) return platform;
    throw unavailable(wanted, `there is none for ${process.platform} on ${process.arch}`);
  };

  const keptOrFetched = async (source: Source, release: Release, key: string): Promise<string | null> => {
    // Whoever comes meanwhile waits for the same one.
    const going = underWay.get(key);
    if (going !== undefined) return going;
    await kept.touch(release, clock.now());
    const there = await kept.find(release);
    if (there !== null || !download) return there;
    const fetching = underWay.get(key) ?? fetchRelease(source, release).finally(() => underWay.delete(key));
    underWay.set(key, fetching);
    return fetching;
  };

  return {
    newest: async (runner, constraints) => {
      const source = sourceOf(runner);
      const said = constraints.map(({ text }) => text).join(', ');
      const wanted = { runner: runner.name, version: said };
      if (source === null) return null;
      const floor = parseConstraint(source.releases.within);
      const all = floor === null ? constraints : [...constraints, floor];
      const there = platform === null ? [] : await kept.versions(runner.name, platform);
      const keptOne = newestFitting(there, all);
      if (!download) return keptOne;
      try {
        const newest = newestFitting(await indexOf(source.index), all);
        if (newest !== null) return newest;
      } catch (error) {
        if (keptOne !== null) return keptOne;
        throw unavailable(wanted, `the list of its versions: ${wordsOf(error)}`, error);
      }
      throw unavailable(
        wanted,
        `no release fits it${floor === null ? '' : ` and \`${floor.text}\`, which Tidegate works with`}`,
      );
    },
    folderOf: async (runner, version) => {
      const source = sourceOf(runner);
      const wanted = { runner: runner.name, version };
      if (source === null || (!download && platform === null)) return null;
      const release = { ...wanted, platform: onThisMachine(wanted), program: runner.executable };
      const key = keyOf(wanted);
      while (removing.has(key)) await removing.get(key)?.catch(() => undefined);
      looking.set(key, (looking.get(key) ?? 0) + 1);
      try {
        return await keptOrFetched(source, release, key);
      } finally {
        const others = (looking.get(key) ?? 1) - 1;
        if (others > 0) looking.set(key, others);
        else looking.delete(key);
      }
    },
    kept: async () => (download ? kept.all() : []),
    remove: async ({ runner, version, platform }, unusedSince) => {
      const key = keyOf({ runner, version });
      if (!download || looking.has(key) || removing.has(key)) return false;
      const gone = kept
        .remove({ runner, version, platform }, unusedSince)
        .finally(() => removing.delete(key));
      removing.set(key, gone);
      return gone;
    },
    close: async () => {
      closing.abort();
      await Promise.allSettled([...underWay.values(), ...asking.values(), ...removing.values()]);
    },
  };
};

const keyOf = ({ runner, version }: Wanted): string => JSON.stringify({ runner, version });

const authorityIn = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    throw new UserError(
      {
        code: 'settings-invalid',
        sentence: `The file \`${file}\` of \`tools.ca_file\` cannot be read.`,
        advice: 'Correct the path, and let the user that the server runs as read it.',
      },
      { cause: error },
    );
  });

/** Where it is on the server is nobody's business who reads a pull request; the log has it. */
const keysIn = (file: string, wanted: Wanted): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    throw unavailable(wanted, 'the keys of the mirror (`key_file`) cannot be read', error);
  });

const wordsOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll('\n', ' ').slice(0, 300);
