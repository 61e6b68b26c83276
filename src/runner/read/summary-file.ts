import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { summaryName } from '../../domain/plan-folder.ts';
import { type Printed, printedOf } from '../../domain/printed.ts';
import { inPlainFile } from '../plain-file.ts';
import { unreadable } from './unreadable.ts';

/** Of one summary, in bytes. It is held in memory while it is read. */
const summaryUpTo = 64 * 1024 * 1024;

/**
 * The summary in a plan's folder (absolute), which the tool may write to: no link is followed, and no more is read than was there
 * when it was opened. Throws UserError `plan-unreadable`.
 */
export const summaryIn = async (planDir: string, limit = summaryUpTo): Promise<Printed> => {
  const bytes = await inPlainFile(planDir, [summaryName], async (file, size) => {
    if (size > limit) throw unreadable(`The summary that the tool wrote is larger than ${limit} bytes.`);
    const whole = Buffer.alloc(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await file.read(whole, filled, size - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return whole.subarray(0, filled);
  });
  if (bytes === null)
    throw unreadable('The tool ended well and wrote no `summary.json` into the folder of its plan.');
  return printedOf(bytes);
};

export const forgetSummary = (planDir: string): Promise<void> =>
  rm(join(planDir, summaryName), { force: true, recursive: true });
