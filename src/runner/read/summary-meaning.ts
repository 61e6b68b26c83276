import { hash } from 'node:crypto';
import { canonical } from './canonical.ts';
import { type Pointer, tokensOf, without } from './pointers.ts';
import type { SummaryFile, SummaryItem } from './summary-schema.ts';
import { byCodeUnit } from './terraform-kinds.ts';

/** Where an item's new values are made at the apply; the empty pointer: everywhere. */
const openPlaces = (unpredictable: readonly string[], addresses: ReadonlySet<string>) => {
  const places = new Map<string, Pointer[]>();
  for (const text of unpredictable) {
    const at = addresses.has(text) ? -1 : text.lastIndexOf('#');
    const [address, pointer] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
    places.set(address, [...(places.get(address) ?? []), tokensOf(pointer)]);
  }
  return places;
};

/** All of an item that people agree to: noise is applied as well. Why it is done is said beside it, and is none of it. */
const doing = (item: SummaryItem, open: readonly Pointer[]) => ({
  action: item.action,
  address: item.address,
  after: without(item.after ?? null, open) ?? null,
  before: item.before ?? null,
  group: item.group ?? null,
  name: item.name ?? null,
  namespace: item.namespace ?? null,
  sensitive: item.sensitive,
  type: item.type ?? null,
  unknown: item.unknown.toSorted(byCodeUnit),
});

/** What the plan would do and where, as one text: the same for the same doing, whatever order the tool wrote it in. */
export const summaryMeaning = (file: SummaryFile): string => {
  const open = openPlaces(file.unpredictable, new Set(file.items.map(({ address }) => address)));
  const items = file.items
    .filter(({ action }) => action !== 'noop')
    .toSorted((a, b) => byCodeUnit(a.address, b.address))
    .map((item) => hash('sha256', canonical(doing(item, open.get(item.address) ?? [])), 'base64url'));
  return canonical({
    base: file.base,
    blocked: file.blocked,
    facts: file.facts,
    items,
    outputs: file.outputs.toSorted((a, b) => byCodeUnit(a.name, b.name)),
    runs: file.runs.map(canonical).sort(byCodeUnit),
    target: file.target,
    tool: file.tool.name,
    unpredictable: file.unpredictable.toSorted(byCodeUnit),
    verified: file.verified,
  });
};
