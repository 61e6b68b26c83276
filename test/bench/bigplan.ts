import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { z } from 'zod';
import { writeBigPlan } from './big-plan-file.ts';
import { type Figure, figure, median } from './figure.ts';

const reader = fileURLToPath(new URL('big-plan-reader.ts', import.meta.url));
const rounds = 5;
const took = z.object({ ms: z.number(), changes: z.number(), peak: z.number() });
type Took = z.infer<typeof took>;

const read = async (way: 'whole' | 'parts', file: string): Promise<Took> => {
  // As `npm start` starts a server.
  const { stdout } = await execa(process.execPath, ['--max-semi-space-size=4', reader, way, file]);
  return took.parse(JSON.parse(stdout));
};

/**
 * A plan as JSON of 100 MB, from its packed form to its summary, against `JSON.parse` of the whole text, each in a process of its
 * own: time, and peak memory. And one of a gigabyte, which `JSON.parse` can not take at all.
 */
export const run = async function* (): AsyncIterable<Figure> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'));
  try {
    const file = path.join(folder, 'plan.json');
    const plan = await writeBigPlan(file, 100_000_000);
    const whole: Took[] = [];
    const parts: Took[] = [];
    for (let round = 0; round < rounds; round += 1) {
      whole.push(await read('whole', file));
      parts.push(await read('parts', file));
      const [one, other] = [whole.at(-1), parts.at(-1)];
      process.stderr.write(
        `bigplan ${(plan.size / 1e6).toFixed(0)} MB: whole ${one?.ms.toFixed(0)} ms, ${one?.peak.toFixed(0)} MB; parts ${other?.ms.toFixed(0)} ms, ${other?.peak.toFixed(0)} MB\n`,
      );
      if (one?.changes !== plan.changes || other?.changes !== plan.changes)
        throw new Error('changes were not read');
    }
    const of = (all: readonly Took[], key: 'ms' | 'peak'): number => median(all.map((one) => one[key]));
    yield figure({
      bench: 'bigplan',
      case: 'rss',
      value: of(parts, 'peak') / of(whole, 'peak'),
      unit: 'ratio',
      aim: { op: '<=', limit: 0.3 },
    });
    yield figure({
      bench: 'bigplan',
      case: 'time',
      value: of(parts, 'ms') / of(whole, 'ms'),
      unit: 'ratio',
      aim: { op: '<=', limit: 3 },
    });
    const giant = await writeBigPlan(file, 1_000_000_000);
    const giantRead = await read('parts', file);
    process.stderr.write(
      `bigplan ${(giant.size / 1e6).toFixed(0)} MB: ${giantRead.ms.toFixed(0)} ms, ${giantRead.peak.toFixed(0)} MB\n`,
    );
    yield figure({
      bench: 'bigplan',
      case: '1gb',
      value: giantRead.changes,
      unit: 'changes',
      aim: { op: '=', limit: giant.changes },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
