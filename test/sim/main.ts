/**
 * `npm run test:sim`: many stories, each from a seed, and a table of what was in them.
 * `-- --stories N` how many (100,000), `--minutes N` begins none later than that, `--from N` the first seed (1), `--seed N` one story, told and played, made smaller when it fails,
 * `--facts` with all that happened in it, `--store sqlite` the store that servers have instead of the one in memory.
 */
import { parseArgs } from 'node:util';
import { storyOfSeed } from './many.ts';
import { realRunners } from './plain-ports.ts';
import { play } from './play.ts';
import { playAll } from './pool.ts';
import { shrink } from './shrink.ts';
import { tell } from './tell.ts';

const { values } = parseArgs({
  options: {
    stories: { type: 'string', default: '100000' },
    minutes: { type: 'string' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    store: { type: 'string', default: 'memory' },
    facts: { type: 'boolean', default: false },
  },
});

const store = values.store === 'sqlite' ? 'sqlite' : 'memory';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const tellSeed = async (seed: number): Promise<boolean> => {
  const runners = await realRunners();
  const story = storyOfSeed(seed);
  say(tell(story));
  const played = await play(story, { runners, store });
  if (values.facts) for (const fact of played.facts) say(JSON.stringify(fact));
  for (const line of new Set(played.complaints)) say(`  it logged: ${line}`);
  if (played.wrong.length === 0) {
    say('Every promise holds.');
    return true;
  }
  say('\nThe smallest that breaks the same promise:');
  const small = await shrink(story, played, { runners, store });
  say(tell(small.story));
  for (const line of small.played.wrong) say(`  WRONG: ${line}`);
  return false;
};

/** Fewer say nothing, whatever time there was. */
const fewest = 200;

const tellMany = async (from: number, count: number, minutes: number): Promise<boolean> => {
  const started = performance.now();
  let told = 0;
  const tally = await playAll({
    from,
    count,
    store,
    isLate: () => performance.now() - started > minutes * 60_000,
    onProgress: ({ stories, failed }) => {
      if (stories - told < 5_000) return;
      told = stories;
      say(
        `${stories} stories, ${failed.length} failed, ${((performance.now() - started) / 60_000).toFixed(1)} min`,
      );
    },
  });
  const rows: readonly (readonly [string, number | string])[] = [
    ['stories', tally.stories],
    ['of the seeds', `${from} to ${from + count - 1}`],
    ['facts checked', tally.facts],
    ['applies started', tally.tools],
    ['stories in which something was applied', tally.applied],
    ['more than once', tally.appliedTwice],
    ...Object.entries(tally.events).sort(([a], [b]) => (a < b ? -1 : 1)),
    ['minutes', ((performance.now() - started) / 60_000).toFixed(1)],
    ['stories that broke a promise', tally.failed.length],
  ];
  say(`| What | How many |\n|:--|--:|\n${rows.map(([name, count]) => `| ${name} | ${count} |`).join('\n')}`);
  for (const { seed, wrong } of tally.failed) say(`seed ${seed}: ${wrong.slice(0, 3).join('; ')}`);
  if (tally.failed.length > 0) say('Tell one: npm run test:sim -- --seed N');
  const isEnough = tally.stories >= Math.min(count, fewest);
  if (!isEnough) say(`There was no time for ${Math.min(count, fewest)} stories.`);
  return tally.failed.length === 0 && isEnough;
};

const good =
  values.seed === undefined
    ? await tellMany(
        Number(values.from),
        Number(values.stories),
        Number(values.minutes ?? Number.POSITIVE_INFINITY),
      )
    : await tellSeed(Number(values.seed));
process.exitCode = good ? 0 : 1;
