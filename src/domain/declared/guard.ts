import type { Layers } from './folder.ts';
import type { Argument } from './outline.ts';

/** What `prevent_destroy` of a resource says. `maybe`: it is no plain value, or nobody can tell which one counts. */
export interface Guard {
  readonly state: 'on' | 'off' | 'maybe';
  /** Null: nothing is said of it. */
  readonly argument: Argument | null;
}

/** Tools take a text for the value that it spells. */
const plain = /^"?(true|false)"?$/;

const stateOf = ({ text }: Argument): Guard['state'] => {
  const value = plain.exec(text ?? '')?.[1];
  if (value === undefined) return 'maybe';
  return value === 'true' ? 'on' : 'off';
};

/** The last file that says something of it counts, as override files change single arguments of `lifecycle`. */
export const guardOf = ({ first, over }: Pick<Layers, 'first' | 'over'>): Guard => {
  for (const { block } of [first, ...over].toReversed()) {
    const [argument, ...others] = block.blocks
      .filter(({ type }) => type === 'lifecycle')
      .flatMap((lifecycle) => lifecycle.arguments.filter(({ name }) => name === 'prevent_destroy'));
    if (argument !== undefined) return { state: others.length === 0 ? stateOf(argument) : 'maybe', argument };
  }
  return { state: 'off', argument: null };
};
