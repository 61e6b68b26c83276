import type { PlanSummary } from '../../domain/plan-summary.ts';
import { namesThrough } from '../../domain/summary-words.ts';
import type { Hiding } from './hiding.ts';

/** A key as addresses have it. */
const written = /\["((?:[^"\\]|\\.)*)"\]/g;

/** What an expression of the tool would read it as; not every version writes `$${` for what would begin a template. */
const meant = (text: string): readonly string[] => {
  try {
    const plain = String(JSON.parse(`"${text}"`));
    return [plain, plain.replaceAll('$${', '${').replaceAll('%%{', '%{')];
  } catch {
    return [text];
  }
};

/** All addresses; the keys of paths are hidden where paths are printed. */
const addressesIn = (summary: PlanSummary): readonly string[] =>
  [
    ...summary.resources.flatMap(({ address, previousAddress }) => [address, previousAddress ?? '']),
    ...summary.invocations.flatMap(({ address, trigger }) => [address, trigger ?? '']),
    ...[summary.reads, summary.deferred, summary.checks, summary.drift].flatMap((list) =>
      list.map(({ address }) => address),
    ),
    ...(summary.sameValues ?? []).map(({ place }) => place),
  ].filter((address) => address.includes('["'));

/** Keys that are secrets, with what is shown of each. */
const shownKeys = (addresses: readonly string[], hiding: Hiding) => {
  const keys = new Set(
    addresses.flatMap((address) => [...address.matchAll(written)].map(([, key]) => key ?? '')),
  );
  const inAddresses = new Map<string, string>();
  const alone = new Map<string, string>();
  const many = new Map<string, number>();
  for (const key of [...keys].sort()) {
    const meanings = meant(key);
    const text = meanings.map((one) => [one, hiding.index(one)]).find(([one, other]) => one !== other)?.[1];
    if (text === undefined) continue;
    const before = many.get(text) ?? 0;
    many.set(text, before + 1);
    // Two keys stay two: whatever goes by an address has to find its own, and each destroy is told.
    const unlike = before === 0 ? text : `${text} ${before + 1}`;
    inAddresses.set(key, unlike);
    // An index stands by itself, and is what is meant.
    for (const one of meanings) if (!alone.has(one)) alone.set(one, unlike);
  }
  return { inAddresses, alone };
};

/** The summary with something else in its addresses where a key of `for_each` is a secret. */
export const withoutSecretKeys = (summary: PlanSummary, hiding: Hiding): PlanSummary => {
  const { inAddresses, alone } = shownKeys(addressesIn(summary), hiding);
  if (inAddresses.size === 0) return summary;
  return namesThrough(
    summary,
    (name) =>
      alone.get(name) ??
      name.replaceAll(written, (all, key: string) => {
        const text = inAddresses.get(key);
        return text === undefined ? all : `["${text}"]`;
      }),
  );
};
