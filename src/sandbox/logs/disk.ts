import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type RunId, runId } from '../../domain/ids.ts';
import { createMaskStream } from '../../observe/mask-stream.ts';
import { createMask } from '../../observe/masking.ts';
import type { RunLogs, StepFacts, StepLog } from './port.ts';

const chunkBytes = 256 * 1024;
/** As `../local/log-files.ts` names them. */
const logName = /^(\d{2,4})-([\w-]{1,80})\.log$/;

/** As ids of runs are. */
const runName = /^[0-9A-Za-z_-]{8,64}$/;

const factsSchema = z.object({
  command: z.string(),
  startedAt: z.number().int(),
  end: z
    .object({
      at: z.number().int(),
      ended: z.enum(['exit', 'signal', 'timeout', 'cancelled', 'not-found']),
      exitCode: z.number().int().nullable(),
    })
    .nullable(),
});

const readFacts = async (file: string): Promise<StepFacts | null> => {
  try {
    return factsSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // Not there yet, or cut off by a full disk.
    return null;
  }
};

/** @param folder of all runs, absolute; may be missing */
export const createDiskLogs = (folder: string): RunLogs => {
  const fileOf = (id: RunId, { number, name }: Pick<StepLog, 'number' | 'name'>): string =>
    join(folder, id, `${String(number).padStart(2, '0')}-${name}.log`);

  const namesOf = async (id: RunId): Promise<readonly Pick<StepLog, 'number' | 'name'>[]> => {
    const files = await readdir(join(folder, id)).catch(() => []);
    return files
      .flatMap((file) => {
        const [, number, name] = logName.exec(file) ?? [];
        return number === undefined || name === undefined ? [] : [{ number: Number(number), name }];
      })
      .sort((one, other) => one.number - other.number);
  };

  const hideIn = async (file: string, secrets: readonly string[]): Promise<void> => {
    const mask = createMask();
    for (const secret of secrets) mask.add(secret);
    const stream = createMaskStream(mask);
    const hidden = `${file}.hidden`;
    const from = await open(file, 'r');
    const to = await open(hidden, 'w', 0o600);
    try {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      for (;;) {
        const { bytesRead } = await from.read(chunk, 0, chunkBytes, null);
        if (bytesRead === 0) break;
        await to.appendFile(stream.push(chunk.subarray(0, bytesRead)));
      }
      await to.appendFile(stream.end());
    } finally {
      await from.close();
      await to.close();
    }
    await rename(hidden, file);
  };

  return {
    steps: async (id) =>
      Promise.all(
        (await namesOf(id)).map(async (step) => {
          const file = fileOf(id, step);
          const bytes = await stat(file).then(
            ({ size }) => size,
            () => 0,
          );
          return { ...step, facts: await readFacts(file.replace(/log$/, 'json')), bytes };
        }),
      ),
    read: async (id, step, from, length) => {
      const file = await open(fileOf(id, step), 'r').catch(() => null);
      if (file === null) return Buffer.alloc(0);
      try {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, from);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
    hide: async (id, secrets) => {
      if (secrets.length === 0) return;
      for (const step of await namesOf(id)) await hideIn(fileOf(id, step), secrets);
    },
    remove: (id) => rm(join(folder, id), { recursive: true, force: true }),
    before: async (at) => {
      const found: RunId[] = [];
      for (const name of await readdir(folder).catch(() => [])) {
        const entry = await stat(join(folder, name)).catch(() => null);
        // What is no run's is not ours to judge.
        if (entry?.isDirectory() === true && entry.mtimeMs < at && runName.test(name))
          found.push(runId(name));
      }
      return found;
    },
  };
};
