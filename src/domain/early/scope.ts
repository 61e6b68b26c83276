import { type Definitions, evaluated } from './definitions.ts';
import type { Scope } from './evaluate.ts';
import { type Budget, constant, deeper, type Result, unknowable, unknown } from './result.ts';

/** Names that are neither variables nor locals. Null: not known before the tool starts. */
export type Around = (of: string, name: string) => Result | null;

/** @param workspace the tool's */
export const aroundRoot =
  (workspace: string): Around =>
  (of, name) => {
    if (of === 'path' && (name === 'module' || name === 'root')) return constant('.');
    if (of !== 'terraform' || name !== 'workspace') return null;
    // Modules are fetched before another one is chosen.
    return workspace === 'default' ? constant(workspace) : unknown(`workspace ${workspace}`);
  };

/** Where a module lies, as its tool sees it, is not worked out. */
export const aroundCalled =
  (root: Around): Around =>
  (of, name) =>
    of === 'path' && name === 'module' ? unknowable : root(of, name);

/** In the settings of encryption, names of other blocks of it. */
export const aroundEncryption =
  (root: Around): Around =>
  (of, name) =>
    of === 'key_provider' || of === 'method' ? unknown(`${of}.${name}`) : root(of, name);

/**
 * What names mean in one module. Each is worked out once; whoever leads to itself is not known.
 *
 * @param label says which module it is, for the feeds
 */
export const scopeOf = (
  { locals, isRead }: Definitions,
  label: string,
  variable: (name: string) => Result,
  around: Around,
  budget: Budget,
): Scope => {
  const known = new Map<string, Result>();
  const once = (key: string, find: () => Result): Result => {
    const before = known.get(key);
    if (before !== undefined) return before;
    // Whoever asks again before there is an answer asks in a circle.
    known.set(key, unknowable);
    const found = deeper(budget, find);
    known.set(key, found);
    return found;
  };
  const local = (name: string): Result => {
    const written = isRead ? locals.get(name) : null;
    return written === undefined || written === null
      ? unknowable
      : evaluated(written, scope, budget, `${label}local.${name}`);
  };
  const scope: Scope = {
    reference: (of, name) => {
      if (of === 'var') return once(`var.${name}`, () => variable(name));
      return of === 'local' ? once(`local.${name}`, () => local(name)) : around(of, name);
    },
  };
  return scope;
};

/** The same names and others around them. */
export const withAround = (scope: Scope, around: Around): Scope => ({
  reference: (of, name) => (of === 'var' || of === 'local' ? scope.reference(of, name) : around(of, name)),
});
