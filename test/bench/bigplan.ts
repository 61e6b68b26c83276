import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { createPacker } from '../../src/sandbox/local/packed.ts';
import { writeBigPlan } from './big-plan-file.ts';
import { type Figure, figure, median } from './figure.ts';
import { buildImage } from './image.ts';

/** As in the image: compiled. To strip types Node needs more memory than the reader does. */
const compiledReader = async (folder: string): Promise<string> => {
  const main = await buildImage(path.join(folder, 'image'));
  const text = stripTypeScriptTypes(readFileSync(new URL('big-plan-reader.ts', import.meta.url), 'utf8'));
  const script = path.join(path.dirname(main), 'big-plan-reader.js');
  writeFileSync(script, text.replaceAll(/'\.\.\/\.\.\/src\/(.*)\.ts'/g, "'./$1.js'"));
  return script;
};

const rounds = 5;
const took = z.object({ ms: z.number(), changes: z.number(), peak: z.number() });
type Took = z.infer<typeof took>;

/** `JSON.parse` in a Node like any other; ours as the image starts a server. */
const read = async (script: string, way: 'whole' | 'parts', file: string): Promise<Took> => {
  const own = way === 'parts';
  const { stdout } = await execa(
    process.execPath,
    [...(own ? ['--max-semi-space-size=4'] : []), script, way, file],
    { env: own ? { MALLOC_ARENA_MAX: '2' } : {} },
  );
  return took.parse(JSON.parse(stdout));
};

/** What a run's host hands on while its tool prints this file. */
const pack = async (file: string): Promise<string> => {
  const packed = `${file}.packed`;
  const out = await open(packed, 'w');
  const packer = createPacker(async (bytes) => void (await out.write(bytes)));
  for await (const chunk of createReadStream(file)) await packer.push(chunk);
  await packer.end();
  await out.close();
  return packed;
};

/**
 * A plan as JSON of 100 MB, from its packed form to its summary, against `JSON.parse` of the whole text, each in a process of its
 * own: time, and peak memory. And one of a gigabyte, which `JSON.parse` can not take at all.
 */
export const run = async function* (): AsyncIterable<Figure> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'));
  try {
    const script = await compiledReader(folder);
    const file = path.join(folder, 'plan.json');
    const plan = await writeBigPlan(file, 100_000_000);
    const packed = await pack(file);
    const whole: Took[] = [];
    const parts: Took[] = [];
    for (let round = 0; round < rounds; round += 1) {
      whole.push(await read(script, 'whole', file));
      parts.push(await read(script, 'parts', packed));
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
    const giantRead = await read(script, 'parts', await pack(file));
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
