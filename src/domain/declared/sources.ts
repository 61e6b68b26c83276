import type { Chain, Configuration } from './chain.ts';
import { declared } from './folder.ts';
import { argumentSpot, isChanged, localSpot, type Spot, variableSpot } from './spot.ts';

/** The tree that was planned, and the one it is held against. */
export interface Trees {
  readonly now: Configuration;
  readonly base: Configuration;
}

/** Where the value of an expression may come from, one step back. `level`: how many calls deep it stands. */
const sourcesOf = ({ now }: Trees, chain: Chain, { spot, level }: Leveled): readonly Leveled[] =>
  (spot.part.argument?.refs ?? []).flatMap((ref) => {
    const [kind, name = ''] = ref.split('.');
    const folder = chain.folders[level];
    const files = folder === undefined ? undefined : now.folders.get(folder);
    if (folder === undefined || files === undefined) return [];
    const at = (found: Spot | null, there: number): readonly Leveled[] =>
      found === null ? [] : [{ spot: found, level: there }];
    if (kind === 'local') return at(localSpot(folder, files, name), level);
    const call = chain.calls[level - 1];
    const above = chain.folders[level - 1];
    const given =
      call === undefined || above === undefined ? variableSpot(now, name) : argumentSpot(above, call, [name]);
    if (given === null && call?.sure !== true) return [];
    if (given !== null && given !== 'none') return at(given, Math.max(level - 1, 0));
    const variable = declared(files, 'variable', [name]);
    return variable === null || variable === 'none'
      ? []
      : at(argumentSpot(folder, variable, ['default']), level);
  });

interface Leveled {
  readonly spot: Spot;
  readonly level: number;
}

const farthest = 10;

/** That argument, then what its value comes from, step by step. */
function* rings(trees: Trees, chain: Chain, first: Leveled): Generator<readonly Leveled[]> {
  let ring: readonly Leveled[] = [first];
  for (let step = 0; step < farthest && ring.length > 0; step += 1) {
    yield ring;
    const seen = new Set<string>();
    ring = ring
      .flatMap((one) => sourcesOf(trees, chain, one))
      .filter(({ spot: { part } }) => {
        const key = `${part.file.path}:${part.line}:${part.digest}`;
        return !seen.has(key) && seen.add(key) !== undefined;
      });
  }
}

/** What the pull request changed of that argument: itself, or the nearest that its value comes from. Null: not exactly one. */
export const changedCause = (trees: Trees, chain: Chain, first: Leveled): Spot | null => {
  for (const ring of rings(trees, chain, first)) {
    const [only, ...others] = ring.filter(({ spot }) => isChanged(spot, trees.base));
    if (only !== undefined) return others.length === 0 ? only.spot : null;
  }
  return null;
};

/** Is there anything that the argument's value comes from, by one tree, that the other has otherwise? */
export const isTouched = (trees: Trees, chain: Chain, first: Leveled): boolean =>
  [...rings(trees, chain, first)].some((ring) => ring.some(({ spot }) => isChanged(spot, trees.base)));
