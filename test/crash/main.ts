/**
 * The crash matrix: one story, told once undisturbed, then once for every point at which a server can die. The end has to be
 * the same, with at most one apply. `npm run test:crash -- --point TEXT` tells those whose name holds the text; with
 * `--minutes N` no story is begun later than that, but for the fewest that say anything. The first point of each kind comes before
 * all others, and what was left out is counted, call by call.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import PQueue from 'p-queue';
import { createSystemClock } from '../../src/clock/system.ts';
import { kindByKind } from './points.ts';
import { type Ending, tell } from './story.ts';

const clock = createSystemClock();
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const { values } = parseArgs({
  options: {
    point: { type: 'string', default: '' },
    workers: { type: 'string', default: '2' },
    minutes: { type: 'string', default: '60' },
  },
});
const begun = clock.monotonic();
const isLate = (): boolean => clock.monotonic() - begun > Number(values.minutes) * 60_000;

/** Fewer say nothing, whatever time there was. */
const fewest = 24;

const inFolder = async (dieAt: string | null): Promise<Ending> => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tidegate-crash-'));
  try {
    return await tell(folder, dieAt, clock);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
};

const differences = (clean: Ending, ending: Ending): readonly string[] => [
  ...(ending.applies > 1 ? [`${ending.applies} ${manyApplies}`] : []),
  ...clean.facts.filter((fact) => !ending.facts.includes(fact)).map((fact) => `missing: ${fact}`),
  ...ending.facts.filter((fact) => !clean.facts.includes(fact)).map((fact) => `unexpected: ${fact}`),
];

const clean = await inFolder(null);
if (clean.applies !== 1) throw new Error(`undisturbed, ${clean.applies} applies were started`);
const points = kindByKind([...new Set(clean.points)]).filter((point) => point.includes(values.point));
print(`${points.length} points of one story; undisturbed: ${clean.facts.length} facts`);

interface Line {
  readonly point: string;
  /** `unsteady`: it differed, and did not when it was told again. */
  readonly verdict: 'same' | 'not reached' | 'no time' | 'unsteady' | 'DIFFERS';
  readonly because: readonly string[];
}

/** A story told again that ends well makes up for much, for a machine may be slow; never for a second apply. */
const manyApplies = 'applies were started';

const told = async (point: string): Promise<Line> => {
  try {
    const ending = await inFolder(point);
    const because = differences(clean, ending);
    return { point, verdict: because.length > 0 ? 'DIFFERS' : ending.died ? 'same' : 'not reached', because };
  } catch (error) {
    return { point, verdict: 'DIFFERS', because: [String(error)] };
  }
};

const toldAgain = async (line: Line): Promise<Line> => {
  if (line.verdict !== 'DIFFERS' || line.because.some((one) => one.endsWith(manyApplies))) return line;
  for (let again = 1; again <= 2; again += 1) {
    const next = await told(line.point);
    if (next.verdict === 'DIFFERS') return { ...next, because: [...line.because, 'again:', ...next.because] };
  }
  return { ...line, verdict: 'unsteady' };
};

const queue = new PQueue({ concurrency: Number(values.workers) });
let done = 0;
const lines = await Promise.all(
  points.map((point, at) =>
    queue.add(async (): Promise<Line> => {
      if (isLate() && at >= fewest) return { point, verdict: 'no time', because: [] };
      const line = await toldAgain(await told(point));
      done += 1;
      print(`${String(done).padStart(4)}/${points.length} ${line.verdict.padEnd(11)} ${point}`);
      return line;
    }),
  ),
);

const count = (verdict: Line['verdict']) => lines.filter((line) => line.verdict === verdict).length;
/** `runs.move:started` -> how its points ended. */
const byCall = Map.groupBy(lines, ({ point }) => point.replace(/ (?:before|after) #\d+$/, ''));
print('\ncall                                     points  same  not reached  no time  unsteady  differs');
const verdicts = ['same', 'not reached', 'no time', 'unsteady', 'DIFFERS'] as const;
for (const [call, of] of [...byCall].sort()) {
  const each = verdicts.map((what) => of.filter(({ verdict }) => verdict === what).length);
  const [same = 0, missed = 0, left = 0, odd = 0, bad = 0] = each.map(String).map((text) => text.padStart(6));
  print(
    `${call.padEnd(40)} ${String(of.length).padStart(6)}${same}       ${missed}   ${left}    ${odd}   ${bad}`,
  );
}
print(
  `\n${lines.length} points: ${count('same')} end as if nothing had happened, ${count('not reached')} were not reached, for ${count('no time')} there was no time, ${count('unsteady')} differed once, ${count('DIFFERS')} differ`,
);
// In the end, where whoever reads the last lines only finds it.
for (const { point, verdict, because } of lines.filter((line) => line.because.length > 0)) {
  print(`\n${verdict} ${point}`);
  for (const line of because) print(`       ${line.replaceAll('\n', '\n       ')}`);
}
// Timing decides which of some points are reached; most always are.
process.exitCode =
  count('DIFFERS') > 0 || count('unsteady') > lines.length / 100 || count('not reached') > lines.length / 10
    ? 1
    : 0;
