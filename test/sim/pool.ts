import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { add, emptyTally, type Tally } from './many.ts';

const worker = fileURLToPath(new URL('./worker.ts', import.meta.url));
/** Stories sent at a time: few enough that the workers end together. */
const bite = 25;

/**
 * Plays the stories of seeds `from` to `from + count - 1` in processes of their own, one per core.
 * @param enough stops after so many failed ones
 * @param isLate asked before each few stories; none is begun once it says so
 */
export const playAll = async (options: {
  readonly from: number;
  readonly count: number;
  readonly enough?: number;
  readonly isLate?: () => boolean;
  readonly store?: 'memory' | 'sqlite';
  readonly onProgress?: (tally: Tally) => void;
}): Promise<Tally> => {
  const { from, count, enough = 20, isLate = () => false, store = 'memory' } = options;
  let next = from;
  let tally = emptyTally;
  const take = (): readonly number[] => {
    if (tally.failed.length >= enough || isLate()) return [];
    const seeds = Array.from({ length: Math.min(bite, from + count - next) }, (_, index) => next + index);
    next += seeds.length;
    return seeds;
  };
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = fork(worker, [store]);
      let asked = 0;
      child.on('message', (message: 'ready' | Tally) => {
        if (message !== 'ready') {
          tally = add(tally, message);
          options.onProgress?.(tally);
        }
        const seeds = take();
        asked = seeds.length;
        if (asked === 0) child.disconnect();
        else child.send(seeds);
      });
      child.on('error', reject);
      child.on('exit', (code) => {
        if (code === 0 && asked === 0) resolve();
        else reject(new Error(`a worker ended with ${code}`));
      });
    });
  const workers = Math.max(1, Math.min(availableParallelism(), Math.ceil(count / bite)));
  await Promise.all(Array.from({ length: workers }, work));
  return tally;
};
