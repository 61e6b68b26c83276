import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const foldersIn = async (folder: string): Promise<readonly string[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .flatMap((entry) => (entry.name.startsWith('.') || entry.isFile() ? [] : [entry.name]))
    .sort();
};

/** A registry may have a port. */
const providerPart = /^[A-Za-z0-9._-]+(?::\d{1,5})?$/;

/** `HOST/NAMESPACE/TYPE` of what is in a mirror of providers. */
const providersIn = async (mirror: string): Promise<readonly string[]> => {
  const below = async (path: readonly string[]): Promise<readonly string[]> => {
    if (path.length === 3) return path.every((part) => providerPart.test(part)) ? [path.join('/')] : [];
    const names = await foldersIn(join(mirror, ...path));
    return (await Promise.all(names.map((name) => below([...path, name])))).flat();
  };
  return below([]);
};

/**
 * The settings of terraform and tofu of one run. Without the first line they would call home about their own version. What
 * is in the mirror has to be kept from `direct` by name: of several methods that are written down, all are asked.
 * https://developer.hashicorp.com/terraform/cli/config/config-file#explicit-installation-method-configuration
 * @param mirror absolute, laid out as `terraform providers mirror` does; null for none
 */
export const cliConfig = async (mirror: string | null): Promise<string> => {
  const first = 'disable_checkpoint = true\n';
  if (mirror === null) return first;
  const there = await providersIn(mirror);
  const exclude = there.length === 0 ? '' : `\n    exclude = ${JSON.stringify(there)}\n  `;
  return `${first}provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n  direct {${exclude}}\n}\n`;
};
