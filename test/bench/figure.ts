/** What a figure has to be. */
export interface Aim {
  readonly op: '<=' | '>=' | '=';
  readonly limit: number;
}

export interface Measured {
  readonly bench: string;
  readonly case: string;
  readonly value: number;
  /** `ratio`, `seconds`, `per second`, `MB` ... */
  readonly unit: string;
  readonly aim: Aim;
}

export interface Figure extends Omit<Measured, 'aim'> {
  /** For example `<= 0.35`. */
  readonly aim: string;
  readonly holds: boolean;
}

const judge: Readonly<Record<Aim['op'], (value: number, limit: number) => boolean>> = {
  '<=': (value, limit) => value <= limit,
  '>=': (value, limit) => value >= limit,
  '=': (value, limit) => value === limit,
};

/** Three digits are what such a measurement carries; the aim is judged before rounding. */
const rounded = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(3)));

/** A measured value beside its aim. `JSON.stringify` of it is the line that `npm run bench` prints. */
export const figure = ({ bench, case: name, value, unit, aim }: Measured): Figure => ({
  bench,
  case: name,
  value: rounded(value),
  unit,
  aim: `${aim.op} ${aim.limit}`,
  holds: judge[aim.op](value, aim.limit),
});

/** The middle value; of an even number the mean of the two. NaN of none, which holds no aim. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
};
