import type { ResourceChange } from './plan-summary.ts';

export type AddressParts = Pick<ResourceChange, 'module' | 'mode' | 'name' | 'index' | 'deposed'>;

/** `name` or `name["key"]`, with the dot before it. */
const step = /\.?([^.[\]]+)(?:\[("(?:[^"\\]|\\.)*"|[^\]]*)\])?/gy;
const deposedKey = / \(deposed ([^()]+)\)$/;

const indexOf = (text: string | undefined): string | number | null => {
  if (text === undefined) return null;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  try {
    const key: unknown = JSON.parse(text);
    // The tool writes a key as it would in a configuration, where these two begin a template.
    return typeof key === 'string' ? key.replaceAll('$${', '${').replaceAll('%%{', '%{') : null;
  } catch {
    return null;
  }
};

/** What the address of a resource says by itself, for summaries that were stored without these parts. */
export const addressParts = (address: string): AddressParts => {
  const bare = address.replace(deposedKey, '');
  const steps = [...bare.matchAll(step)].map((found) => ({
    name: found[1] ?? '',
    index: found[2],
    end: found.index + found[0].length,
  }));
  let at = 0;
  while (steps[at]?.name === 'module' && at + 2 < steps.length) at += 2;
  const module = at === 0 ? null : bare.slice(0, steps[at - 1]?.end);
  const isData = steps[at]?.name === 'data' && steps.length - at > 2;
  const last = steps[at + (isData ? 2 : 1)];
  return {
    module,
    mode: isData ? 'data' : 'managed',
    name: last?.name ?? '',
    index: indexOf(last?.index),
    deposed: deposedKey.exec(address)?.[1] ?? null,
  };
};
