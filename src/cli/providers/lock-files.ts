import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../clock/port.ts';
import { quoted } from '../../domain/quote.ts';
import { isExact } from '../../domain/tool-version.ts';
import { lockFileName } from '../../domain/trust/project-findings.ts';
import { createConfigurationReader } from '../../runner/read/hcl.ts';

/** What some lock files say of one package: these hashes, one of which it has to have. */
export interface Lock {
  /** Absolute paths. */
  readonly files: readonly string[];
  readonly hashes: readonly string[];
}

/** A version of a provider that lock files name. */
export interface Wanted {
  /** `HOST/NAMESPACE/TYPE` */
  readonly address: string;
  readonly version: string;
  /** Lock files that say the same hashes are one. */
  readonly locks: readonly Lock[];
}

export interface LockFilesRead {
  /** By address, then by version as it is written. */
  readonly wanted: readonly Wanted[];
  /** Sentences: what of them cannot be used. */
  readonly refused: readonly string[];
}

const passedBy = new Set(['.git', '.terraform', 'node_modules']);

/** Lock files below a folder (absolute), in order. Links are not followed, and nothing is looked for in what tools have made. */
export const lockFilesBelow = async (folder: string): Promise<readonly string[]> => {
  const entries = await readdir(folder, { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory() && !passedBy.has(entry.name)) found.push(...(await lockFilesBelow(at)));
    else if (entry.isFile() && entry.name === lockFileName) found.push(at);
  }
  return found;
};

/** OpenTofu's registry is OpenTofu's to ask: the keys that sign there are not all known to Terraform. */
export const toolOf = (address: string): 'tofu' | 'terraform' =>
  address.startsWith('registry.opentofu.org/') ? 'tofu' : 'terraform';

/** A thousand packages take less. */
const mostBytes = 2_000_000;

// These go into a configuration of ours, and into paths of the mirror.
const address =
  /^[a-z0-9](?:[a-z0-9.-]{0,200}[a-z0-9])?(?::\d{1,5})?(?:\/[a-z0-9](?:[a-z0-9_-]{0,60}[a-z0-9])?){2}$/;
const usableHash = /^(?:h1:[A-Za-z0-9+/]{43}=|zh:[0-9a-f]{64})$/;

const registryOf = (name: string): string => name.slice(0, name.indexOf('/'));

const bySpelling = (one: Wanted, other: Wanted): number => {
  const [a, b] = [`${one.address} ${one.version}`, `${other.address} ${other.version}`];
  return a < b ? -1 : a > b ? 1 : 0;
};

/** What lock files (absolute paths) ask of these registries, read in a process of its own as any text of strangers. */
export const readLockFiles = async (
  files: readonly string[],
  registries: ReadonlySet<string>,
  clock: Clock,
): Promise<LockFilesRead> => {
  const contents = new Map<string, Buffer>();
  const asked: { path: string; blob: string }[] = [];
  const refused: string[] = [];
  for (const file of files) {
    if ((await stat(file)).size > mostBytes) {
      refused.push(`${quoted(file)} is larger than ${mostBytes} bytes.`);
      continue;
    }
    const bytes = await readFile(file);
    const blob = createHash('sha256').update(bytes).digest('hex');
    contents.set(blob, bytes);
    asked.push({ path: file, blob });
  }
  const reader = createConfigurationReader({ clock });
  const read = await reader.facts(asked, async () => contents).finally(() => reader.close());
  const packages = new Map<string, { address: string; version: string; locks: Map<string, Lock> }>();
  for (const { path: file } of asked) {
    const facts = read.get(file);
    if (facts === undefined || facts.error !== null) {
      refused.push(`${quoted(file)} cannot be read: ${facts?.error ?? 'nobody knows why'}.`);
      continue;
    }
    for (const { address: name, version, hashes } of facts.code.locked) {
      const usable = hashes.filter((hash) => usableHash.test(hash)).sort();
      const at = `${quoted(file)} names ${quoted(name)} ${quoted(version)}`;
      if (!address.test(name) || !isExact(version))
        refused.push(`${at}, which is no provider that can be fetched.`);
      else if (!registries.has(registryOf(name)))
        refused.push(`${at}, of a registry that is not asked: \`--registry ${registryOf(name)}\` lets it.`);
      // Without one whatever comes would be believed.
      else if (usable.length === 0)
        refused.push(
          `${at} without any hash: ask the people of the repository for \`${toolOf(name)} providers lock\`.`,
        );
      else {
        const key = `${name} ${version}`;
        const known = packages.get(key) ?? { address: name, version, locks: new Map<string, Lock>() };
        const same = known.locks.get(usable.join(' '));
        known.locks.set(usable.join(' '), { files: [...(same?.files ?? []), file], hashes: usable });
        packages.set(key, known);
      }
    }
  }
  const wanted = [...packages.values()].map(({ locks, ...rest }) => ({
    ...rest,
    locks: [...locks.values()],
  }));
  return { wanted: wanted.sort(bySpelling), refused };
};
