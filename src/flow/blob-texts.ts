import type { FlowPorts } from './ports.ts';

/** Contents as text by path; those that are too large are missing. */
export const blobTexts = async (
  { git }: Pick<FlowPorts, 'git'>,
  repositoryId: number,
  wanted: readonly { readonly path: string; readonly id: string }[],
): Promise<ReadonlyMap<string, string>> => {
  const texts = new Map<string, string>();
  let missing = wanted;
  while (missing.length > 0) {
    // Not always all of them: what is loaded at a time is bounded.
    const blobs = await git.blobs(repositoryId, [...new Set(missing.map(({ id }) => id))]);
    for (const { path, id } of missing) {
      const bytes = blobs.get(id);
      if (bytes !== undefined) texts.set(path, bytes.toString('utf8'));
    }
    const left = missing.filter(({ path }) => !texts.has(path));
    if (left.length === missing.length) break;
    missing = left;
  }
  return texts;
};
