import { inPlainFile } from '../plain-file.ts';

/** A thousand providers take less. */
const mostBytes = 2_000_000;

/**
 * Versions of providers, by their addresses, as `.terraform.lock.hcl` of a folder (absolute) says: the tool writes it itself, in this very
 * form. What is written in another way is not found, and then another version counts as the same one no longer.
 */
export const readProviderVersions = async (folder: string): Promise<ReadonlyMap<string, string>> => {
  const text = await inPlainFile(folder, ['.terraform.lock.hcl'], async (file, size) =>
    size > mostBytes ? '' : (await file.readFile()).toString('utf8'),
  );
  const blocks = (text ?? '').matchAll(/^provider "([^"\n]+)" \{\n {2}version += +"([^"\n]+)"$/gm);
  return new Map([...blocks].map(([, address = '', version = '']) => [address, version]));
};
