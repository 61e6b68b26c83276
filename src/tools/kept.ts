import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { isExact } from '../domain/tool-version.ts';
import type { KeptVersion } from './port.ts';

const digestOfFile = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
};

/** Beside each program: what it was when it was unpacked, and where it is from. */
const note = z.object({ program: z.string(), sha256: z.string(), archive: z.string(), signer: z.string() });
const noteName = 'kept.json';

/** Of no runner: names of those begin with a letter. */
const fetchingName = '.fetching';

/** Which program of which release for which kind of machine. */
export interface Release {
  readonly runner: string;
  readonly version: string;
  /** `linux_amd64` */
  readonly platform: string;
  readonly program: string;
}

export interface KeptTools {
  /** The folder of a program that is still what was unpacked; null for none. What is not any more is removed, and told. */
  find(release: Release): Promise<string | null>;
  /** Versions that are there, as far as their folders say. */
  versions(runner: string, platform: string): Promise<readonly string[]>;
  /** Writes down that somebody uses it now (Unix milliseconds), if it is there. */
  touch(release: Omit<Release, 'program'>, now: number): Promise<void>;
  /** Every version for every kind of machine, and when it was used last. */
  all(): Promise<readonly KeptVersion[]>;
  /** Takes one away that was not used since then; nobody sees a part of it meanwhile. Was it there, and unused? */
  remove(release: Omit<Release, 'program'>, unusedSince: number): Promise<boolean>;
  /** Gives an empty folder to put a program into, and keeps it in its place when that went well; else it is removed. */
  add(
    release: Release,
    fill: (folder: string) => Promise<{ readonly archive: string; readonly signer: string }>,
  ): Promise<string>;
}

const versionFolder = (folder: string, { runner, version, platform }: Omit<Release, 'program'>): string =>
  join(folder, runner, version, platform);

/**
 * Programs below `folder` (absolute, made when missing): `RUNNER/VERSION/PLATFORM/PROGRAM`. They are read by users of other
 * numbers, where runs have one of their own. What an earlier server was fetching when it ended is removed.
 */
export const openKeptTools = async (
  folder: string,
  onBroken: (release: Release) => void,
): Promise<KeptTools> => {
  const fetching = join(folder, fetchingName);
  await rm(fetching, { recursive: true, force: true });
  /** What a file was like when its digest was right, by its path. */
  const right = new Map<string, string>();

  const isRight = async (release: Release): Promise<boolean> => {
    const at = versionFolder(folder, release);
    const file = join(at, release.program);
    const facts = await stat(file).catch(() => null);
    if (facts?.isFile() !== true) return false;
    const seen = [facts.ino, facts.size, facts.mtimeMs, facts.ctimeMs].join(':');
    if (right.get(file) === seen) return true;
    const text = await readFile(join(at, noteName), 'utf8').catch(() => 'null');
    const noted = note.safeParse(jsonIn(text));
    if (!noted.success || noted.data.program !== release.program) return false;
    if ((await digestOfFile(file)) !== noted.data.sha256) return false;
    right.set(file, seen);
    return true;
  };

  /** The time of the note beside a program is when it was used last. */
  const usedAt = async (release: Omit<Release, 'program'>): Promise<number | null> =>
    (await stat(join(versionFolder(folder, release), noteName)).catch(() => null))?.mtimeMs ?? null;

  const namesIn = (at: string): Promise<readonly string[]> => readdir(at).catch(() => []);

  return {
    touch: async (release, now) => {
      const at = join(versionFolder(folder, release), noteName);
      // One that is not there is fetched, with a time of its own.
      await utimes(at, now / 1000, now / 1000).catch(() => undefined);
    },
    all: async () => {
      const found: KeptVersion[] = [];
      for (const runner of await namesIn(folder)) {
        if (runner === fetchingName) continue;
        for (const version of await namesIn(join(folder, runner)))
          for (const platform of await namesIn(join(folder, runner, version))) {
            const used = await usedAt({ runner, version, platform });
            if (used !== null) found.push({ runner, version, platform, usedAt: used });
          }
      }
      return found;
    },
    remove: async (release, unusedSince) => {
      const used = await usedAt(release);
      if (used === null || used >= unusedSince) return false;
      const at = versionFolder(folder, release);
      await mkdir(fetching, { recursive: true, mode: 0o700 });
      const beside = await mkdtemp(join(fetching, 'gone-'));
      try {
        await rename(at, join(beside, 'tool'));
        // Other kinds of machines may have theirs there.
        await rmdir(dirname(at)).catch(() => undefined);
      } finally {
        await rm(beside, { recursive: true, force: true });
      }
      return true;
    },
    find: async (release) => {
      const at = versionFolder(folder, release);
      if ((await stat(at).catch(() => null)) === null) return null;
      if (await isRight(release)) return at;
      onBroken(release);
      await rm(at, { recursive: true, force: true });
      return null;
    },
    versions: async (runner, platform) => {
      const names = await readdir(join(folder, runner)).catch(() => []);
      const there = await Promise.all(
        names.map(async (version) => {
          const at = versionFolder(folder, { runner, version, platform });
          return isExact(version) && (await stat(at).catch(() => null)) !== null ? [version] : [];
        }),
      );
      return there.flat();
    },
    add: async (release, fill) => {
      const at = versionFolder(folder, release);
      await mkdir(fetching, { recursive: true, mode: 0o700 });
      const beside = await mkdtemp(join(fetching, 'tool-'));
      try {
        const made = join(beside, 'tool');
        await mkdir(made, { mode: 0o755 });
        const from = await fill(made);
        const sha256 = await digestOfFile(join(made, release.program));
        await writeFile(
          join(made, noteName),
          `${JSON.stringify({ program: release.program, sha256, ...from })}\n`,
          { mode: 0o644 },
        );
        await mkdir(dirname(at), { recursive: true });
        // Whatever the server's umask: users of other numbers read and run it, and nobody lists more than that.
        for (const one of [made, join(made, release.program)]) await chmod(one, 0o755);
        for (const one of [dirname(at), dirname(dirname(at)), folder]) await chmod(one, 0o755);
        await rename(made, at);
        return at;
      } finally {
        await rm(beside, { recursive: true, force: true });
      }
    },
  };
};

const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
