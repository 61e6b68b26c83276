import type { ResourceChange } from '../plan-summary.ts';
import type { DriftIgnore } from './settings.ts';

const dayMs = 86_400_000;

/** Until the end of its last day. */
const isInForce = ({ until }: Pick<DriftIgnore, 'until'>, at: number): boolean =>
  at < Date.parse(`${until}T00:00:00Z`) + dayMs;

/** `*` stands for any text, everything else for itself. Its time grows with the text times the number of `*` at most. */
export const fits = (pattern: string, text: string): boolean => {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let from = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
};

/** The attribute itself, or one below it. */
const fitsPath = (pattern: string, path: string): boolean =>
  fits(pattern, path) || fits(`${pattern}.*`, path) || fits(`${pattern}[*`, path);

/** Is it known of a change which attributes differ, all of them? Of differences that are only counted nobody knows. */
export const isTold = ({ attributes, noise = 0 }: Pick<ResourceChange, 'attributes' | 'noise'>): boolean =>
  attributes.length > 0 && noise === 0 && attributes.every(({ path }) => !path.startsWith('…'));

/** Is an attribute another one, or below it? Both are paths as plans write them. */
export const isPartOf = (path: string, above: string): boolean =>
  path === above || path.startsWith(`${above}.`) || path.startsWith(`${above}[`);

/**
 * Is a change passed over? By one that names attributes only where it is an update, and each attribute that differs is named: what else a
 * change does to a thing is never passed over along with it.
 */
export const passedOver = (
  ignore: readonly DriftIgnore[],
  at: number,
): ((change: ResourceChange) => boolean) => {
  const all = ignore.filter((one) => isInForce(one, at));
  return (change) => {
    const its = all.filter(({ address }) => fits(address, change.address));
    if (its.some(({ paths }) => paths.length === 0)) return true;
    const paths = its.flatMap((one) => one.paths);
    const isWhole = change.previousAddress === null && change.importing === null;
    return (
      change.action === 'update' &&
      isWhole &&
      isTold(change) &&
      change.attributes.every(({ path }) => paths.some((pattern) => fitsPath(pattern, path)))
    );
  };
};
