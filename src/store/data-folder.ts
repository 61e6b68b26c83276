import { chmod, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clock/port.ts';
import { tryLock } from './file-lock.ts';
import { startRefused } from './start-refused.ts';

export interface ClaimOptions {
  readonly clock: Clock;
  /** How long to wait for a server that holds the folder, in milliseconds. */
  readonly waitMs: number;
  /** Called once, when it has to wait, with a sentence for people. */
  readonly onWait: (sentence: string) => void;
}

export interface DataFolderClaim {
  /** Lets the folder go before the process ends. */
  release(): void;
}

const retryMs = 250;

const ownFolder = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw startRefused(
      `The data folder \`${folder}\` cannot be made: ${error instanceof Error ? error.message : String(error)}.`,
      'Name a folder that the server may make or already owns with `TIDEGATE_DATA_DIR`.',
      error,
    );
  }
  const { uid, mode } = await stat(folder);
  const whoAmI = process.getuid?.();
  if (whoAmI !== undefined && uid !== whoAmI) {
    throw startRefused(
      `The data folder \`${folder}\` belongs to user ${uid}, and this server runs as user ${whoAmI}.`,
      `Give it to the server with \`chown -R ${whoAmI} ${folder}\`, or set \`TIDEGATE_DATA_DIR\` to a folder of its own.`,
    );
  }
  if ((mode & 0o022) !== 0) {
    throw startRefused(
      `Others can write to the data folder \`${folder}\` (mode ${(mode & 0o777).toString(8)}): what is in it can not be trusted.`,
      `Look at who put what into it, then take their permission away with \`chmod 700 ${folder}\`.`,
    );
  }
  if ((mode & 0o777) !== 0o700) await chmod(folder, 0o700);
};

/**
 * Makes the folder this process's own: 0700, and locked against a second server for the life of the process.
 * Throws UserError `cannot-start` when another server keeps it for longer than `waitMs`, when it belongs to somebody else, or
 * when others can write to it.
 */
export const claimDataFolder = async (folder: string, options: ClaimOptions): Promise<DataFolderClaim> => {
  const { clock, waitMs, onWait } = options;
  await ownFolder(folder);
  const file = join(folder, 'server.lock');
  const deadline = clock.monotonic() + waitMs;
  let lock = tryLock(file);
  if (lock === null) {
    onWait(
      `Another Tidegate works on the data folder \`${folder}\`; waiting up to ${Math.ceil(waitMs / 1000)} s for it to end.`,
    );
  }
  while (lock === null) {
    const left = deadline - clock.monotonic();
    if (left <= 0) {
      throw startRefused(
        `Another Tidegate works on the data folder \`${folder}\`, and it did not end within ${Math.ceil(waitMs / 1000)} s.`,
        'Stop the other one first, or give this one a folder of its own with `TIDEGATE_DATA_DIR`. One folder belongs to one server.',
      );
    }
    await clock.sleep(Math.min(retryMs, left));
    lock = tryLock(file);
  }
  const held = lock;
  const release = (): void => {
    process.off('exit', release);
    held.release();
  };
  // The listener also keeps the handle from being collected as garbage, which would drop the lock.
  process.on('exit', release);
  return { release };
};
