import type { ResourceChange } from '../plan-summary.ts';
import { type Chain, follow } from './chain.ts';
import { type Declared, declared, type Layers, unlabelled } from './folder.ts';
import { changedCause, type Trees } from './sources.ts';
import { argumentSpot, blockSpot, isChanged, type Spot } from './spot.ts';
import { callNames, pathSteps, withoutIndexes } from './steps.ts';

type Change = Pick<
  ResourceChange,
  'module' | 'type' | 'name' | 'mode' | 'action' | 'reason' | 'replacePaths' | 'deposed' | 'exposures'
>;

/** Of arguments that may all be the cause: what changed first, else where the first of them stands. */
const causeOf = (
  trees: Trees,
  chain: Chain,
  level: number,
  layers: Layers,
  paths: readonly (readonly (string | number)[])[],
): Spot | null => {
  const folder = chain.folders[level];
  if (folder === undefined) return null;
  const found = paths.flatMap((steps) => argumentSpot(folder, layers, steps) ?? []);
  for (const spot of found) {
    const cause = changedCause(trees, chain, { spot, level });
    if (cause !== null) return cause;
  }
  return found[0] ?? null;
};

/** A `removed` or `moved` block that speaks of the address, in the root or in a module on the way. */
const spokenOf = (
  { now }: Trees,
  chain: Chain,
  names: readonly string[],
  { type, name }: Change,
  of: 'removed' | 'moved',
): Spot | null => {
  const found = chain.folders.flatMap((folder, level) => {
    const steps = [...names.slice(level).map((call) => `module.${call}`), `${type}.${name}`];
    const full = steps.join('.');
    const isMeant = ({ block }: Declared): boolean => {
      const key = of === 'removed' ? 'from' : 'to';
      const text = block.arguments.find((one) => one.name === key)?.text;
      if (text === undefined || text === null) return false;
      const said = withoutIndexes(text);
      return said === full || (of === 'removed' && full.startsWith(`${said}.`) && said.startsWith('module.'));
    };
    return unlabelled(now.folders.get(folder) ?? [], of)
      .filter(isMeant)
      .map((block) => blockSpot(folder, block, of));
  });
  const [only, ...others] = found;
  return others.length === 0 ? (only ?? null) : null;
};

const repetition = [['for_each'], ['count']] as const;

/** Whose `count` or `for_each` took an instance of a module away: the only call that has one, or the only one that changed. */
const lessCalls = (trees: Trees, chain: Chain, names: readonly string[]): Spot | null => {
  const repeated = chain.calls.flatMap((call, level) => {
    const spot = causeOf(trees, chain, level, call, repetition);
    return spot === null ? [] : [spot];
  });
  const [only, ...others] = repeated;
  // Calls in a module from elsewhere are not known, and may be the ones.
  if (others.length === 0 && chain.calls.length === names.length) return only ?? null;
  const [changed, ...more] = repeated.filter((spot) => isChanged(spot, trees.base));
  return more.length === 0 ? (changed ?? null) : null;
};

/** Where a call leads out of the repository: the call, for its module may have changed or not. */
const outermost = (chain: Chain): Spot | null => {
  const call = chain.calls.at(-1);
  const folder = chain.folders[chain.calls.length - 1];
  return call === undefined || folder === undefined ? null : blockSpot(folder, call.first, 'call');
};

const replaceCause = (trees: Trees, chain: Chain, layers: Layers, change: Change): Spot | null => {
  const level = chain.calls.length;
  if (change.reason === 'replace_by_triggers')
    return causeOf(trees, chain, level, layers, [['lifecycle', 'replace_triggered_by']]);
  if (change.reason === 'replace_because_tainted' || change.reason === 'replace_by_request') return null;
  return causeOf(trees, chain, level, layers, change.replacePaths.map(pathSteps));
};

/** What opens it to the world, or takes a protection away. */
const exposureCause = (trees: Trees, chain: Chain, layers: Layers, { exposures }: Change): Spot | null => {
  const paths = (exposures?.found ?? []).flatMap(({ path }) => (path === null ? [] : [pathSteps(path)]));
  return causeOf(trees, chain, chain.calls.length, layers, paths);
};

const deleteCause = (
  trees: Trees,
  chain: Chain,
  names: readonly string[],
  layers: Layers | null,
  change: Change,
): Spot | 'declared' | null => {
  if (change.deposed !== null) return 'declared';
  switch (change.reason) {
    case 'delete_because_no_resource_config':
      return spokenOf(trees, chain, names, change, 'removed');
    case 'delete_because_no_move_target':
      return spokenOf(trees, chain, names, change, 'moved');
    case 'delete_because_no_module':
      // Every call is still there: it is one instance that is not.
      return (
        spokenOf(trees, chain, names, change, 'removed') ??
        (chain.end === 'gone' ? null : lessCalls(trees, chain, names))
      );
    case 'delete_because_count_index':
    case 'delete_because_each_key':
    case 'delete_because_wrong_repetition':
      return (
        (layers === null ? null : causeOf(trees, chain, chain.calls.length, layers, repetition)) ?? 'declared'
      );
    default:
      return layers === null ? spokenOf(trees, chain, names, change, 'removed') : 'declared';
  }
};

/** The line that a change comes from, in the tree that was planned; null where there is none, or it is not sure. */
export const locate = (trees: Trees, change: Change): Spot | null => {
  if (change.mode !== 'managed') return null;
  const names = callNames(change.module);
  const chain = follow(trees.now, names);
  const here = chain.end === 'there' ? chain.folders.at(-1) : undefined;
  const block =
    here === undefined
      ? null
      : declared(trees.now.folders.get(here) ?? [], 'resource', [change.type, change.name]);
  const layers = block === 'none' ? null : block;
  const header = layers !== null && here !== undefined ? blockSpot(here, layers.first) : null;
  if (chain.end === 'unknown' || chain.end === 'unread') return null;
  if (change.action === 'delete') {
    const cause = deleteCause(trees, chain, names, layers, change);
    return cause === 'declared' ? (header ?? (chain.end === 'elsewhere' ? outermost(chain) : null)) : cause;
  }
  // What is forgotten is not declared any more.
  if (change.action === 'forget') return spokenOf(trees, chain, names, change, 'removed');
  if (chain.end === 'elsewhere') return outermost(chain);
  if (layers === null) return null;
  const cause = change.action === 'replace' ? replaceCause : exposureCause;
  return cause(trees, chain, layers, change) ?? header;
};
