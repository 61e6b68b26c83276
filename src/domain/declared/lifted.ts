import type { Chain } from './chain.ts';
import type { Layers } from './folder.ts';
import { type Guard, guardOf } from './guard.ts';
import { movedTo } from './moved.ts';
import { isTouched, type Trees } from './sources.ts';
import { argumentSpot, blockSpot, type Spot } from './spot.ts';
import { type Walk, type WalkedModule, walk } from './walk.ts';

/** A `prevent_destroy` that a pull request takes out, so that what it protected may be destroyed by any plan. */
export interface Lifted {
  /** Of the resource, without `count` and `for_each`; of what cannot be read, the file or the folder. */
  readonly address: string;
  /** Of the resource; empty where it is not known. */
  readonly type: string;
  /** Other addresses that the same block is for, as where a module is called more than once. */
  readonly more: number;
  /**
   * `false`, `absent`: the block stays. `gone`: it does not, or no call leads to it any more. `maybe`: what it says now cannot be
   * told. `unread`: what it was cannot be told either.
   */
  readonly now: 'false' | 'absent' | 'gone' | 'maybe' | 'unread';
  /** Commit: null for the head; the base branch's where it is not there any more. */
  readonly place: { readonly path: string; readonly line: number; readonly commit: string | null } | null;
}

export interface FoundLifted extends Pick<Lifted, 'address' | 'type' | 'more' | 'now'> {
  /** In the tree that was planned, where it is still there. */
  readonly spot: Spot | null;
  /** Where the base branch has it. */
  readonly was: { readonly path: string; readonly line: number };
}

/** A resource that may be protected, by the base branch. */
interface Protected {
  readonly module: WalkedModule;
  readonly labels: readonly string[];
  /** Null: nobody knows which of several blocks counts. */
  readonly layers: Layers | null;
  readonly guard: Guard;
  readonly was: FoundLifted['was'];
}

const protectedIn = (module: WalkedModule): readonly Protected[] =>
  module.blocks.labelsOf('resource').flatMap((labels): readonly Protected[] => {
    const found = module.blocks.declared('resource', labels);
    const layers = found === 'none' ? null : found;
    const each = module.blocks.all('resource', labels);
    // Of several blocks of one header each may be the one.
    const candidates = layers === null ? each.map((first) => ({ first, over: [] })) : [layers];
    const guards = candidates.map((one) => ({ one, guard: guardOf(one) }));
    const known = guards.find(({ guard }) => guard.state !== 'off');
    if (known === undefined) return [];
    const { guard, one } = known;
    const holder = [one.first, ...one.over].findLast(
      ({ block, file }) => guardOf({ first: { block, file }, over: [] }).argument === guard.argument,
    );
    return [
      {
        module,
        labels,
        layers,
        guard: layers === null ? { ...guard, state: 'maybe' } : guard,
        was: {
          path: (holder ?? one.first).file.path,
          line: guard.argument?.line ?? one.first.block.line,
        },
      },
    ];
  });

type Now = { readonly now: Lifted['now']; readonly spot: Spot | null };

const steps = ['lifecycle', 'prevent_destroy'];

/** Null: it is as protected as it was. */
const heldAgainst = (
  trees: Trees,
  was: Protected,
  there: WalkedModule | undefined,
  end: Chain['end'],
  labels: readonly string[],
): Now | null => {
  if (there === undefined) return { now: end === 'gone' ? 'gone' : 'maybe', spot: null };
  const layers = there.blocks.declared('resource', labels);
  if (layers === 'none') return { now: 'gone', spot: null };
  const folder = there.chain.folders.at(-1);
  if (layers === null || folder === undefined) return { now: 'maybe', spot: null };
  const guard = guardOf(layers);
  // What cannot be read in both says the same in both, or its file is told.
  const isSure = layers.sure || was.layers?.sure === false;
  if (guard.state === 'on' && isSure) return null;
  const argument = argumentSpot(folder, layers, steps);
  const spot = argument ?? blockSpot(folder, layers.first);
  if (!isSure) return { now: 'maybe', spot };
  if (guard.state === 'off') return { now: guard.argument === null ? 'absent' : 'false', spot };
  const isSame = was.guard.argument?.digest === guard.argument?.digest && argument !== null;
  return isSame && !comesFromOther(trees, was, there, argument) ? null : { now: 'maybe', spot };
};

/** Asked of both trees: what one of them has no more, only the other one names. */
const comesFromOther = (trees: Trees, was: Protected, there: WalkedModule, argument: Spot): boolean => {
  const level = (module: WalkedModule): number => module.chain.calls.length;
  if (isTouched(trees, there.chain, { spot: argument, level: level(there) })) return true;
  const folder = was.module.chain.folders.at(-1);
  const before = was.layers === null || folder === undefined ? null : argumentSpot(folder, was.layers, steps);
  if (before === null) return true;
  const turned = { now: trees.base, base: trees.now };
  return isTouched(turned, was.module.chain, { spot: before, level: level(was.module) });
};

const addressOf = (names: readonly string[], labels: readonly string[]): string =>
  [...names.map((name) => `module.${name}`), ...labels].join('.');

/** More than one address by the same block, with the same end, are one. */
const together = (all: readonly FoundLifted[]): readonly FoundLifted[] => {
  const byBlock = Map.groupBy(all, ({ was, now, spot }) =>
    JSON.stringify([was, now, spot?.part.file.path, spot?.part.line]),
  );
  return [...byBlock.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, more: others.length }],
  );
};

/** Is there anything in these files that may protect something? */
export const hasGuards = ({ modules }: Walk): boolean =>
  [...modules.values()].some((module) => protectedIn(module).length > 0);

/**
 * What the base branch protects by `prevent_destroy`, and the tree that was planned does not, or may not: in the project's own folder
 * and in every local module. What moves, by a `moved` block, is looked for where it goes.
 */
export const liftedIn = (trees: Trees): readonly FoundLifted[] => {
  const [now, base] = [walk(trees.now), walk(trees.base)];
  if (!now.whole || !base.whole) throw new Error('more module calls than are followed');
  const moves = movedTo(now);
  const found = [...base.modules.values()].flatMap((module) =>
    protectedIn(module).flatMap((was): readonly FoundLifted[] => {
      const first = { names: module.names, labels: was.labels };
      const isThere = ({ names, labels }: typeof first): boolean => {
        const block = now.modules.get(names.join('.'))?.blocks.declared('resource', labels);
        return block !== undefined && block !== 'none';
      };
      const { names, labels } = moves(first, isThere);
      const key = names.join('.');
      const held = heldAgainst(trees, was, now.modules.get(key), endOf(now, names), labels);
      if (held === null) return [];
      const address = addressOf(module.names, was.labels);
      return [{ address, type: was.labels[0] ?? '', more: 0, was: was.was, ...held }];
    }),
  );
  return together(found);
};

/** How the way to a module ends that is not there. */
const endOf = ({ modules, ends }: Walk, names: readonly string[]): Chain['end'] => {
  for (const [index, name] of names.entries()) {
    const above = names.slice(0, index).join('.');
    const end = ends.get(names.slice(0, index + 1).join('.'));
    if (end !== undefined) return end;
    // A file that cannot be read may have the call.
    if (modules.get(above)?.blocks.declared('module', [name]) === null) return 'unknown';
  }
  return 'gone';
};
