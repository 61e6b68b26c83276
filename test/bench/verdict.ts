import { z } from 'zod';
import { median } from './figure.ts';

/** A line of `npm run bench`. */
export const figureLine = z.object({
  bench: z.string(),
  case: z.string(),
  value: z.number(),
  unit: z.string(),
  aim: z.string(),
  holds: z.boolean(),
});
export type FigureLine = z.infer<typeof figureLine>;

export interface Spread {
  readonly least: number;
  readonly median: number;
  readonly most: number;
}

export const spreadOf = (values: readonly number[]): Spread => ({
  least: Math.min(...values),
  median: median(values),
  most: Math.max(...values),
});

/**
 * What paired runs of two commits say about one figure.
 * `holds`: the median of this commit meets the aim · `within the spread`: it misses the aim, and the runs of the two commits overlap, so
 * it is reported and not hunted · `better`, `worse`: it misses the aim, and every run of this commit is on one side of every run of the other.
 */
export type Verdict = 'holds' | 'within the spread' | 'better' | 'worse';

/** @param aim as a figure has it, for example `<= 0.35` */
export const verdictOf = (aim: string, now: Spread, before: Spread): Verdict => {
  const [op = '', limit = ''] = aim.split(' ');
  const wantsLess = op !== '>=';
  const meets = wantsLess ? now.median <= Number(limit) : now.median >= Number(limit);
  if (op === '=' ? now.median === Number(limit) : meets) return 'holds';
  if (now.least <= before.most && before.least <= now.most) return 'within the spread';
  return now.median < before.median === wantsLess ? 'better' : 'worse';
};
