import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../../clock/port.ts';
import type { Isolation as Kind } from '../../../domain/isolation.ts';
import type { Reach } from '../../../domain/run.ts';
import { standardPath } from '../../../programs/search-path.ts';
import type { ServerPrograms } from '../../../programs/server-programs.ts';
import { createBubblewrap, kernelFolders, namespaces } from './bubblewrap.ts';
import { type Isolation, type Limits, noIsolation } from './isolation.ts';
import { becoming, closedAbove, createOwnUsers, firstUser } from './own-users.ts';
import { systemFolders } from './system-folders.ts';

export interface IsolationWish {
  /** What the operator asks for; null for the strongest that works here. */
  readonly kind: Kind | null;
  /** What walls are made of, as it was found at the start. */
  readonly programs: Pick<ServerPrograms, 'bwrap' | 'prlimit' | 'setpriv'>;
  /** The server's own user, and group. */
  readonly uid: number;
  readonly gid: number;
  /** Absolute. */
  readonly dataFolder: string;
  /** In the data folder: versions of tools, which tools may see; absolute. */
  readonly toolsFolder?: string;
  /** Of all runs, absolute. */
  readonly runsFolder: string;
  readonly readOnly: Readonly<Record<Reach, readonly string[]>>;
  readonly providerMirror: string | null;
  readonly passed: Readonly<Record<Reach, Readonly<Record<string, string>>>>;
  readonly network: Readonly<Record<Reach, boolean>>;
  /** Where tools may keep state on this machine; null for nowhere. */
  readonly stateFolder: string | null;
  readonly limits: Limits;
  readonly clock: Clock;
}

/** Beside the runs' folders; no run's name starts with a dot. */
export const isolationFolder = '.isolation';

interface Ran {
  readonly ok: boolean;
  /** What it printed. */
  readonly said: string;
}

/** With an environment of its own: what is found out here must not depend on the server's. */
const run = (file: string, args: readonly string[]): Promise<Ran> =>
  new Promise((done) =>
    execFile(
      file,
      args,
      { env: { PATH: standardPath }, cwd: '/', timeout: 10_000 },
      (error, stdout, stderr) =>
        done({ ok: error === null, said: `${stdout}${stderr}`.trim().slice(0, 500) || String(error ?? '') }),
    ),
  );

/** What works on this machine, and why the rest does not, in words that follow "it does not work here: ". */
type Tried =
  | { readonly works: true; readonly program: string }
  | { readonly works: false; readonly why: string };

const no = (why: string): Tried => ({ works: false, why });

/** Major and minor version of `bubblewrap 0.8.0`. */
const isAtLeast08 = (said: string): boolean => {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(said) ?? [];
  return Number(major) > 0 || Number(minor) >= 8;
};

/** Puts a wall up, as it is for every run, around a program that does nothing. */
const tryBubblewrap = async (bwrap: string | null, isOpen: boolean): Promise<Tried> => {
  if (bwrap === null) return no('`bwrap` is not installed');
  if (!existsSync(`/proc/${process.pid}/task/${process.pid}/children`))
    return no('the kernel does not say which process is whose child (CONFIG_PROC_CHILDREN)');
  const { said } = await run(bwrap, ['--version']);
  const more = [...(isAtLeast08(said) ? ['--disable-userns'] : []), ...(isOpen ? [] : ['--unshare-net'])];
  const shown = [...(await systemFolders()), ...kernelFolders];
  const tried = await run(bwrap, [...namespaces, ...more, ...shown, '--', '/usr/bin/env']);
  return tried.ok ? { works: true, program: bwrap } : no(`\`bwrap\` says \`${tried.said}\``);
};

/** Only root may become somebody else, and inside some containers not even root. */
const tryOwnUsers = async (setpriv: string | null, uid: number, dataFolder: string): Promise<Tried> => {
  if (uid !== 0) return no(`the server is not root (it is user ${uid})`);
  if (setpriv === null) return no('`setpriv` is not installed');
  const closed = await closedAbove(dataFolder);
  if (closed !== null) return no(`others may not enter \`${closed}\`, which the data folder is in`);
  const tried = await run(setpriv, [...becoming(firstUser), '/usr/bin/env']);
  return tried.ok ? { works: true, program: setpriv } : no(`\`setpriv\` says \`${tried.said}\``);
};

/** What can be put up here, or why nothing can. */
export type FoundIsolation =
  | { readonly kind: 'none' }
  /** With the program that it takes, absolute. */
  | { readonly kind: 'uid'; readonly setpriv: string }
  | { readonly kind: 'bubblewrap'; readonly bwrap: string }
  | { readonly refused: string };

/**
 * The isolation that was asked for, or the strongest that works: bubblewrap, then a user of its own for every run. Never
 * none by itself: that has to be asked for by name. Leaves nothing behind.
 */
export const findIsolation = async ({
  kind,
  programs,
  uid,
  dataFolder,
  stateFolder,
  network,
}: Pick<
  IsolationWish,
  'kind' | 'programs' | 'uid' | 'dataFolder' | 'stateFolder' | 'network'
>): Promise<FoundIsolation> => {
  const isOpen = network.plan && network.apply;
  if (kind === 'none')
    return isOpen ? { kind } : { refused: 'none: only walls of bubblewrap can close the `network`' };
  const whys: string[] = [];
  if (kind !== 'uid') {
    const tried = await tryBubblewrap(programs.bwrap, isOpen);
    if (tried.works) return { kind: 'bubblewrap', bwrap: tried.program };
    whys.push(`bubblewrap: ${tried.why}`);
  }
  if (kind !== 'bubblewrap') {
    const tried =
      stateFolder !== null
        ? no('with `allow_local_state` all runs would have to be one user')
        : isOpen
          ? await tryOwnUsers(programs.setpriv, uid, dataFolder)
          : no('it cannot close the `network`');
    if (tried.works) return { kind: 'uid', setpriv: tried.program };
    whys.push(`uid: ${tried.why}`);
  }
  return { refused: whys.join('; ') };
};

/** Makes what `findIsolation` found. */
export const chooseIsolation = async (
  wish: IsolationWish,
): Promise<{ readonly isolation: Isolation } | { readonly refused: string }> => {
  const found = await findIsolation(wish);
  if ('refused' in found) return found;
  const { prlimit } = wish.programs;
  switch (found.kind) {
    case 'none':
      return { isolation: noIsolation };
    case 'uid':
      return { isolation: createOwnUsers({ ...wish, programs: { setpriv: found.setpriv, prlimit } }) };
    case 'bubblewrap': {
      const { bwrap } = found;
      const { said } = await run(bwrap, ['--version']);
      const folder = join(wish.runsFolder, isolationFolder);
      const programs = { bwrap, prlimit };
      return {
        isolation: await createBubblewrap({
          ...wish,
          programs,
          folder,
          forbidsNamespaces: isAtLeast08(said),
        }),
      };
    }
    default: {
      const never: never = found;
      return never;
    }
  }
};
