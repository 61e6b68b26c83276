import { fileURLToPath } from 'node:url';
import { createSystemClock } from '../../src/clock/system.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import type { Finding } from '../../src/domain/trust/finding.ts';
import { lookAt } from '../../src/flow/first-look.ts';
import { snapshotOf } from '../../src/flow/snapshot.ts';
import { createMemoryFolders } from '../../src/git/memory/folders.ts';
import { createMemoryGit } from '../../src/git/memory/git.ts';
import type { Files } from '../../src/git/memory/objects.ts';
import { loadRunners } from '../../src/runner/load.ts';
import { createConfigurationReader } from '../../src/runner/read/hcl.ts';

export interface Looker {
  /** What the head brings to the project in `dir`, `@{` written for `${`. */
  look(base: Files, head: Files, dir?: string, backendFiles?: readonly string[]): Promise<readonly Finding[]>;
  close(): Promise<void>;
}

const written = (files: Files): Files =>
  Object.fromEntries(
    Object.entries(files).map(([path, content]) => [
      path,
      typeof content === 'string' ? content.replaceAll('@{', '${') : content,
    ]),
  );

/** The first look on the real parser, over commits in memory. */
export const createLooker = async (): Promise<Looker> => {
  const git = createMemoryGit({ folders: createMemoryFolders() });
  const configuration = createConfigurationReader({ clock: createSystemClock() });
  const runners = await loadRunners(fileURLToPath(new URL('../../runners', import.meta.url)), { parseYaml });
  const ports = { git: git.git, configuration, runners };
  const snapshot = async (files: Files) =>
    snapshotOf(ports, 1, await git.git.treeOf(1, git.commit(1, written(files))), 'test');
  return {
    look: async (base, head, dir = 'live', backendFiles = []) => {
      const looked = await lookAt(ports, 1, await snapshot(base), await snapshot(head));
      const detects = (name: string) => runners.get('terraform')?.detects(name) === true;
      return looked.findings({ dir, backendFiles, detects });
    },
    close: () => configuration.close(),
  };
};

/** `kind path:line subject`. */
export const lineOf = ({ kind, path, line, subject }: Finding): string =>
  `${kind} ${path}${line === null ? '' : `:${line}`} ${subject}`;
