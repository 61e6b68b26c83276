import type { Clock } from '../../clock/port.ts';
import type { Isolation as Kind } from '../../domain/isolation.ts';
import type { ServerPrograms } from '../../programs/server-programs.ts';
import type { Sandbox } from '../port.ts';
import { chooseIsolation, type IsolationWish } from './isolation/choose.ts';
import { noWall } from './isolation/refusal.ts';
import { createLocalSandbox, type LocalSandbox } from './sandbox.ts';

export interface BareSandboxOptions extends Pick<IsolationWish, 'dataFolder' | 'limits'> {
  /** PATH on which what it runs is found. */
  readonly path: string;
  readonly programs: ServerPrograms;
  /** In the data folder: holds one private folder per open run; absolute, made when missing. */
  readonly folder: string;
  /** What keeps tools of this server apart, and works here. */
  readonly kind: Kind;
  readonly mask: (text: string) => string;
  readonly runKey: (runId: string) => Uint8Array;
  readonly codeCache?: string | undefined;
  readonly clock: Clock;
}

/** Largest standard output of a step, in bytes. */
const mostPrinted = 1024 * 1024;

/**
 * A sandbox for programs that need nothing of the server: they get no variable of its environment, no file that the operator
 * shows to tools, and, behind a wall that can close it, no network. It is made when it is first used.
 */
export const createBareSandbox = (
  options: BareSandboxOptions,
): Pick<Sandbox, 'open'> & { close(): Promise<void> } => {
  const { folder, path, programs, kind, clock } = options;
  const isOpen = kind !== 'bubblewrap';
  const make = async (): Promise<LocalSandbox> => {
    const chosen = await chooseIsolation({
      kind,
      programs,
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
      dataFolder: options.dataFolder,
      runsFolder: folder,
      readOnly: { plan: [], apply: [] },
      providerMirror: null,
      passed: { plan: {}, apply: {} },
      network: { plan: isOpen, apply: isOpen },
      stateFolder: null,
      limits: options.limits,
      clock,
    });
    if ('refused' in chosen) throw noWall(kind, chosen.refused);
    return createLocalSandbox({
      folder,
      environment: { plan: {}, apply: {} },
      path,
      programs,
      isolation: chosen.isolation,
      mask: options.mask,
      secrets: () => [],
      runKey: options.runKey,
      codeCache: options.codeCache,
      dataBytes: mostPrinted,
      clock,
    });
  };
  let made: Promise<LocalSandbox> | null = null;
  return {
    open: async (spec) => {
      made ??= make();
      return (await made).open(spec);
    },
    close: async () => {
      await (await made)?.close();
    },
  };
};
