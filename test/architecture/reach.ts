import { importsOf } from './imports.ts';
import { resolve } from './rooms.ts';
import type { Source } from './source.ts';

/**
 * Follows imports from a file: types, `import()` and other processes' entries as well, unless
 * `dynamic` is false.
 * @returns the shortest chain of files that ends in one of `places` (files, or folders), or null
 */
export const chainTo = (
  sources: ReadonlyMap<string, Source>,
  from: string,
  places: readonly string[],
  options: { readonly dynamic: boolean } = { dynamic: true },
): readonly string[] | null => {
  const seen = new Set([from]);
  const queue: (readonly string[])[] = [[from]];
  for (let chain = queue.shift(); chain !== undefined; chain = queue.shift()) {
    const file = chain.at(-1) ?? from;
    if (places.some((place) => file === place || file.startsWith(`${place}/`))) return chain;
    const source = sources.get(file);
    for (const found of source === undefined ? [] : importsOf(source)) {
      if (found.specifier === null || !found.specifier.startsWith('.')) continue;
      if (found.kind === 'dynamic' && !options.dynamic) continue;
      const target = resolve(file, found.specifier);
      if (seen.has(target)) continue;
      seen.add(target);
      queue.push([...chain, target]);
    }
  }
  return null;
};
