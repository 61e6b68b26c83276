/**
 * Races between what people do at GitHub and the start of an apply, with real processes: a server, git over HTTP from the local GitHub,
 * terraform. `npm run test:races -- --tries 500 --latency 150` plays so many, a few side by side, and prints for each kind how they
 * ended; none may be wrong. Afterwards the twin, a server that asks nothing again right before it starts the tool, plays some of the same:
 * there some have to be wrong, or the races would show nothing. `--without-short-look` plays the twin alone, `--seed` others than usual.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createSystemClock } from '../../src/clock/system.ts';
import { createRandom, type Random } from '../sim/random.ts';
import { kinds } from './kinds.ts';
import { openLane, type SlowRead } from './lane.ts';
import { type Played, playTry, type Usual, type Wish } from './try.ts';

const clock = createSystemClock();
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const { values } = parseArgs({
  options: {
    tries: { type: 'string', default: '100' },
    'twin-tries': { type: 'string', default: '24' },
    latency: { type: 'string', default: '150' },
    seed: { type: 'string', default: '1' },
    lanes: { type: 'string', default: '4' },
    'without-short-look': { type: 'boolean', default: false },
  },
});
const whole = (name: 'tries' | 'twin-tries' | 'latency' | 'seed' | 'lanes'): number => {
  const number = Number(values[name]);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${name} ${values[name]}: not a number`);
  return number;
};
const latencyMs = whole('latency');

/** What can be slow: a read of each kind that an apply makes. */
const reads: readonly RegExp[] = [
  /git-upload-pack/,
  /\/pulls\/\d+\/reviews/,
  /\/graphql$/,
  /^GET .*\/pulls\/\d+$/,
  /\/issues\/comments\/\d+$/,
  /\/permission$/,
];
const slowMs = 3_500;

const drawn = (random: Random, at: number): Wish => {
  const names = Object.keys(kinds);
  const isSlow = random.int(1, 3) === 1;
  const slow: SlowRead = {
    of: random.pick(reads),
    number: random.int(1, 4),
    ms: slowMs,
    way: random.pick(['out', 'back'] as const),
  };
  return {
    kind: names[at % names.length] ?? '',
    // What comes early is seldom missed.
    moment: (random.int(1, 4) === 1 ? random.int(5, 60) : random.int(60, 115)) / 100,
    areWebhooksLost: random.int(1, 2) === 1,
    slow: isSlow ? slow : null,
  };
};

const inLane = async (
  lane: number,
  wishes: Iterator<readonly [number, Wish]>,
  withoutShortLook: boolean,
  onPlayed: (played: Played) => void,
): Promise<void> => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tidegate-races-'));
  const opened = await openLane(folder, clock, withoutShortLook);
  const usual: Usual = { ms: 1_500 };
  try {
    for (let next = wishes.next(); next.done !== true; next = wishes.next()) {
      const [number, wish] = next.value;
      onPlayed(await playTry(opened, clock, usual, wish, { name: `try-${lane}-${number}`, latencyMs }));
    }
  } finally {
    await opened.end();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
};

const told = ({ wish, beforeMs, because }: Played): string =>
  [
    wish.kind,
    wish.areWebhooksLost ? 'webhooks lost' : 'webhooks delivered',
    wish.slow === null ? 'no slow read' : `slow ${wish.slow.way} ${wish.slow.number}. ${wish.slow.of.source}`,
    ...(beforeMs === null ? [] : [`${Math.round(beforeMs)} ms before the tool`]),
    because,
  ].join(', ');

const play = async (tries: number, withoutShortLook: boolean): Promise<readonly Played[]> => {
  const random = createRandom(whole('seed'));
  const wishes = Array.from({ length: tries }, (_, at) => [at, drawn(random, at)] as const).values();
  const all: Played[] = [];
  const began = clock.monotonic();
  const lanes = Array.from({ length: Math.min(whole('lanes'), tries) }, (_, lane) =>
    inLane(lane, wishes, withoutShortLook, (played) => {
      all.push(played);
      if (played.verdict === 'WRONG' || played.verdict === 'in vain')
        print(`${played.verdict}: ${told(played)}`);
      if (all.length % 20 === 0 || all.length === tries)
        print(
          `${String(all.length).padStart(5)}/${tries} ${Math.round((clock.monotonic() - began) / 1_000)} s`,
        );
    }),
  );
  await Promise.all(lanes);
  return all;
};

const verdicts = ['refused', 'applied', 'in vain', 'WRONG'] as const;
const count = (all: readonly Played[], verdict: Played['verdict']): number =>
  all.filter((one) => one.verdict === verdict).length;

const printTable = (all: readonly Played[]): void => {
  print(`\n${'kind'.padEnd(24)} tries  refused  applied  in vain  wrong  longest before`);
  for (const [kind, some] of [...Map.groupBy(all, ({ wish }) => wish.kind)].sort()) {
    const numbers = verdicts.map((verdict) => String(count(some, verdict)).padStart(7)).join('  ');
    const oldest = Math.max(0, ...some.map(({ beforeMs }) => beforeMs ?? 0));
    print(
      `${kind.padEnd(24)} ${String(some.length).padStart(5)}${numbers}   ${String(Math.round(oldest)).padStart(6)} ms`,
    );
  }
};

const tries = whole('tries');
const main = await play(tries, values['without-short-look']);
printTable(main);
const wrong = count(main, 'WRONG');
print(`\n${main.length} tries, ${wrong} wrong applies`);
if (values['without-short-look']) process.exitCode = wrong > 0 ? 0 : 1;
else {
  // Now and then GitHub is too slow three times in a row: that is said, and somebody asks again.
  const isWell = wrong === 0 && count(main, 'in vain') <= main.length / 20;
  const twinTries = whole('twin-tries');
  const twin = twinTries === 0 ? [] : await play(twinTries, true);
  if (twinTries > 0)
    print(`the twin that asks nothing again: ${twin.length} tries, ${count(twin, 'WRONG')} wrong applies`);
  process.exitCode = isWell && (twinTries === 0 || count(twin, 'WRONG') > 0) ? 0 : 1;
}
