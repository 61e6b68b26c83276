import { callNames, withoutIndexes } from './steps.ts';
import type { Walk } from './walk.ts';

/** A resource, by the module calls that lead to it. */
export interface ResourceAt {
  readonly names: readonly string[];
  readonly labels: readonly string[];
}

const farthest = 20;

const written = ({ names, labels }: ResourceAt): string =>
  [...names.map((name) => `module.${name}`), ...labels].join('.');

const read = (address: string): ResourceAt => {
  const names = callNames(address);
  const rest = address.split('.').slice(names.length * 2);
  return { names, labels: rest };
};

/** `from` and `to` of every `moved` block, from the root on. */
const movesOf = ({ modules }: Walk): ReadonlyMap<string, string> => {
  const moves = new Map<string, string>();
  for (const { names, blocks } of modules.values()) {
    for (const { block } of blocks.all('moved', [])) {
      const [from, to] = ['from', 'to'].map(
        (key) => block.arguments.find(({ name }) => name === key)?.text ?? null,
      );
      if (from == null || to == null) continue;
      const bare = withoutIndexes(from);
      // One instance that moves leaves others where they are.
      if (bare !== from.replace(/^"(.*)"$/, '$1').trim()) continue;
      const prefix = names.map((name) => `module.${name}.`).join('');
      moves.set(`${prefix}${bare}`, `${prefix}${withoutIndexes(to)}`);
    }
  }
  return moves;
};

const stepOf = (address: string, moves: ReadonlyMap<string, string>): string | null => {
  const whole = moves.get(address);
  if (whole !== undefined) return whole;
  const parts = address.split('.');
  // A module that moves takes along what is in it.
  for (let end = parts.length - 2; end > 0; end -= 1) {
    const to = moves.get(parts.slice(0, end).join('.'));
    if (to !== undefined) return [to, ...parts.slice(end)].join('.');
  }
  return null;
};

/** Where a resource is by now, as `moved` blocks say: the first on its way that is there, or it as it was. */
export const movedTo = (now: Walk) => {
  const moves = movesOf(now);
  return (was: ResourceAt, isThere: (one: ResourceAt) => boolean): ResourceAt => {
    let address: string | null = written(was);
    for (let step = 0; step < farthest && address !== null; step += 1) {
      const here = read(address);
      if (isThere(here)) return here;
      address = stepOf(address, moves);
    }
    return was;
  };
};
