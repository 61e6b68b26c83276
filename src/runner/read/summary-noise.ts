import type { NoiseGroup, ToolWords } from '../../domain/plan-summary.ts';
import { attributeDifferences } from './attributes.ts';
import type { Hiding } from './hiding.ts';
import { only, type Pointer, tokensOf, without } from './pointers.ts';
import { changeOf } from './summary-changes.ts';
import type { SummaryItem } from './summary-schema.ts';
import { byCodeUnit } from './terraform-kinds.ts';
import type { TerraformResourceChange } from './terraform-schema.ts';

/** Groups that are told, and differences of one item that are looked at. */
const groupsUpTo = 50;
const rowsPerItem = 100;

export interface Noise {
  /** The change without what is told for many together. */
  taken(json: TerraformResourceChange): TerraformResourceChange;
  /** How many differences of it are told so. */
  of(address: string): number;
  groups(): Pick<ToolWords, 'noise' | 'noiseLeft'>;
}

/** What is new or gone is told as a whole, and what nobody knows yet where it stands. */
const placesOf = ({ action, before, after, noise, unknown }: SummaryItem): readonly Pointer[] =>
  action === 'update' && before !== undefined && after !== undefined
    ? noise.filter((pointer) => pointer !== '' && !unknown.includes(pointer)).map(tokensOf)
    : [];

/** Finds the same small difference of many items, and takes it out of each: counted, with its values where they may be shown. */
export const createNoise = (items: readonly SummaryItem[], hiding: Hiding): Noise => {
  const places = new Map<string, readonly Pointer[]>();
  const rows = new Map<string, number>();
  const groups = new Map<string, NoiseGroup>();
  for (const item of items) {
    const pointers = placesOf(item);
    if (pointers.length === 0) continue;
    places.set(item.address, pointers);
    const { change } = changeOf(item, '');
    const noisy = { ...change, before: only(change.before, pointers), after: only(change.after, pointers) };
    const { rows: found, left } = attributeDifferences(
      { ...noisy, after_unknown: false },
      rowsPerItem,
      hiding,
    );
    if (found.length + left > 0) rows.set(item.address, found.length + left);
    for (const { path, before, after } of found) {
      const key = JSON.stringify([path, before, after]);
      groups.set(key, { path, before, after, objects: (groups.get(key)?.objects ?? 0) + 1 });
    }
  }
  const inOrder = [...groups.values()].sort((a, b) => b.objects - a.objects || byCodeUnit(a.path, b.path));
  return {
    taken: (json) => {
      const pointers = places.get(json.address);
      if (pointers === undefined) return json;
      const { before, after, ...change } = json.change;
      return {
        ...json,
        change: { ...change, before: without(before, pointers), after: without(after, pointers) },
      };
    },
    of: (address) => rows.get(address) ?? 0,
    groups: () => ({
      noise: inOrder.slice(0, groupsUpTo),
      noiseLeft: inOrder.slice(groupsUpTo).reduce((sum, { objects }) => sum + objects, 0),
    }),
  };
};
