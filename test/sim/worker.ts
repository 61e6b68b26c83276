/** A process of its own that plays the stories it is sent, a handful at a time, on the store that its argument names. */
import { playMany, type Tally } from './many.ts';
import { realRunners } from './plain-ports.ts';

// Aborted sleeps make an error each, which nobody reads.
Error.stackTraceLimit = 6;

const store = process.argv[2] === 'sqlite' ? 'sqlite' : 'memory';
const runners = await realRunners();

process.on('message', (seeds: readonly number[]) => {
  void playMany(seeds, { runners, store }).then((tally: Tally) => process.send?.(tally));
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
