/** Numbers that only look like chance: the same seed gives the same ones. */
export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** Whole, from `low` to `high`, both possible. */
  int(low: number, high: number): number;
  chance(of: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** One of the names, by weight; 0 never. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name;
  /** Another source, that goes on the same whatever is drawn here. */
  fork(name: string): Random;
}

const mix = (seed: number): number => {
  let value = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b);
  value = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  return (value ^ (value >>> 16)) >>> 0;
};

const hash = (text: string): number => {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return value >>> 0;
};

/** @param seed whole; its last 32 bits count */
export const createRandom = (seed: number): Random => {
  const start = mix(seed + 0x9e3779b9);
  let state = start;
  // https://gist.github.com/tommyettinger/46a874533244883189143505d203312c (mulberry32, public domain)
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
  const int = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    int,
    chance: (of) => next() < of,
    pick: (from) => {
      const one = from[int(0, from.length - 1)];
      if (one === undefined) throw new RangeError('nothing to pick from');
      return one;
    },
    weighted: (weights) => {
      const names = Object.keys(weights) as (keyof typeof weights)[];
      const total = names.reduce((sum, name) => sum + weights[name], 0);
      let left = next() * total;
      for (const name of names) {
        left -= weights[name];
        if (left < 0) return name;
      }
      throw new RangeError('nothing has any weight');
    },
    fork: (name) => createRandom(start ^ hash(name)),
  };
};
