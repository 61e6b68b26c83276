import { isHidden } from './hidden-text.ts';
import type { AttributeChange, ResourceChange } from './plan-summary.ts';

/** One object as the tool's state has it. */
export interface StateObject {
  /** Made, but what had to follow (a provisioner) failed: the tool means to make it anew. */
  readonly tainted: boolean;
  /** Older objects of the same address that are still to be destroyed. */
  readonly deposed: number;
  /** Canonical JSON of the value at a printed attribute path, in each form the plan may have it; none for null. */
  readonly texts: (path: string) => readonly string[];
}

/** What a state says, read once. Its values are secrets as a rule: never stored, logged or shown. */
export interface StateReading {
  /** Empty where nothing was ever written. */
  readonly lineage: string;
  readonly serial: number;
  readonly objects: ReadonlyMap<string, StateObject>;
}

/**
 * `done`: the state has what was planned. `open`: it has what was there before. `unclear`: neither, or
 * nothing that could be compared.
 */
export type Standing = 'done' | 'open' | 'unclear';

export interface ComparedChange {
  readonly address: string;
  readonly action: ResourceChange['action'];
  readonly standing: Standing;
}

const isUnknown = (text: string | null): boolean => text === '(known after apply)';
/** The plan's reader cuts long values and long lists; what was cut says nothing. */
const isCut = (text: string | null): boolean => text !== null && /… \(\d+ more characters\)$/.test(text);

const isKnown = (text: string | null): boolean => !isHidden(text) && !isUnknown(text) && !isCut(text);

const has = (object: StateObject, path: string, text: string | null): boolean => {
  const texts = object.texts(path);
  return text === null ? texts.length === 0 : texts.includes(text);
};

const rows = ({ attributes }: ResourceChange): readonly AttributeChange[] =>
  attributes.filter(({ path }) => !path.startsWith('…'));

/** Votes of the attributes that the plan changes from one known value to another. */
const byChanges = (object: StateObject, telling: readonly AttributeChange[]): Standing => {
  if (telling.length === 0) return 'unclear';
  if (telling.every(({ path, after }) => has(object, path, after))) return 'done';
  return telling.every(({ path, before }) => has(object, path, before)) ? 'open' : 'unclear';
};

const created = (object: StateObject, change: ResourceChange): Standing =>
  rows(change)
    .filter(({ after }) => isKnown(after))
    .every(({ path, after }) => has(object, path, after))
    ? 'done'
    : 'unclear';

const updated = (object: StateObject, change: ResourceChange): Standing =>
  byChanges(
    object,
    rows(change).filter(({ before, after }) => isKnown(before) && isKnown(after) && before !== after),
  );

/** A new object has a new id; where none is known, what forced the replacement tells. */
const replaced = (object: StateObject, change: ResourceChange): Standing => {
  const id = rows(change).find(({ path }) => path === 'id');
  if (id !== undefined && id.before !== null && isKnown(id.before) && isUnknown(id.after))
    return has(object, 'id', id.before) ? 'open' : created(object, change);
  return updated(object, change);
};

const standingOf = (state: StateReading, change: ResourceChange): Standing => {
  const { address, previousAddress, action } = change;
  // By such an address nothing is found, and what is not found is not gone.
  if (isHidden(address) || isHidden(previousAddress)) return 'unclear';
  const object = state.objects.get(address);
  const before = previousAddress === null ? undefined : state.objects.get(previousAddress);
  if (action === 'delete' || action === 'forget') return object === undefined ? 'done' : 'open';
  if (object === undefined) {
    // Between its two halves a replace has destroyed and not created: neither done nor as before.
    if (action === 'create' || action === 'import') return 'open';
    return before === undefined ? 'unclear' : 'open';
  }
  // Both halves of a move cannot be there at once, unless the state is not what the plan was made on.
  if (before !== undefined || object.tainted || object.deposed > 0) return 'unclear';
  switch (action) {
    case 'create':
      return created(object, change);
    case 'move':
    case 'import':
      return 'done';
    case 'update':
      return updated(object, change);
    case 'replace':
      return replaced(object, change);
    case 'read':
    case 'no-op':
      return 'done';
    default: {
      const never: never = action;
      return never;
    }
  }
};

/**
 * Each planned change against the state as it is now, in the plan's order. Values are compared, not guessed:
 * a sensitive, an unknown or a cut one decides nothing. `open` means what the state says: a tool that was killed
 * may have done more than it had time to write down.
 */
export const compareWithState = (
  changes: readonly ResourceChange[],
  state: StateReading,
): readonly ComparedChange[] =>
  changes.map((change) => ({
    address: change.address,
    action: change.action,
    standing: standingOf(state, change),
  }));
