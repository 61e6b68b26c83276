import { fileURLToPath } from 'node:url';
import { createSystemClock } from '../../src/clock/system.ts';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import type { OperatorSettings } from '../../src/config/types.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import { repoPath } from '../../src/domain/repo-path.ts';
import { createMemoryFolders } from '../../src/git/memory/folders.ts';
import { createMemoryGit } from '../../src/git/memory/git.ts';
import type { Files } from '../../src/git/memory/objects.ts';
import { silentLog } from '../../src/observe/log.ts';
import { loadRunners } from '../../src/runner/load.ts';
import { createConfigurationReader } from '../../src/runner/read/hcl.ts';
import { run as sampleRun } from '../store/samples.ts';

/** What the head of a pull request, its base branch and the merge of the two have. */
export interface Trees {
  readonly dir: string;
  readonly base: Files;
  readonly head: Files;
  readonly merged: Files;
}

export interface Asked {
  readonly varFiles?: readonly string[];
  readonly extra?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Variables of the server that its tools see. */
  readonly passed?: readonly string[];
}

/** A change of one tree to another, with nothing new on the base branch; a file of `null` goes. */
export const from = (base: Files, change: Readonly<Record<string, Files[string] | null>>): Trees => {
  const head = Object.fromEntries(
    Object.entries({ ...base, ...change }).flatMap(([path, file]) => (file === null ? [] : [[path, file]])),
  );
  return { dir: 'live', base, head, merged: head };
};

const operatorWith = (passed: readonly string[]): OperatorSettings => {
  const text = `allow: ["*/*"]\nenv: {plan: ${JSON.stringify(passed)}}\n`;
  const parsed = parseOperatorFile(text, 'tidegate-server.yaml');
  if ('problem' in parsed) throw new Error(parsed.problem.sentence);
  return parsed.value;
};

/** A run of a plan of these trees, and the ports that its configuration is read by; the parser is the real one. */
export const createPlacesWorld = async () => {
  const configuration = createConfigurationReader({ clock: createSystemClock() });
  const runners = await loadRunners([fileURLToPath(new URL('../../runners', import.meta.url))], {
    parseYaml,
  });
  return {
    planned: async (trees: Trees, { varFiles = [], extra = [], env = {}, passed = [] }: Asked = {}) => {
      const { git, commit } = createMemoryGit({ folders: createMemoryFolders() });
      const at = (files: Files) => commit(1, files);
      const sample = sampleRun();
      const { project } = sample;
      const run = {
        ...sample,
        repositoryId: 1,
        tree: await git.treeOf(1, at(trees.merged)),
        headSha: at(trees.head),
        baseSha: at(trees.base),
        project: { ...project, dir: repoPath(trees.dir), settings: { ...project.settings, varFiles, env } },
        extra,
      };
      return { run, ports: { git, configuration, runners, log: silentLog, operator: operatorWith(passed) } };
    },
    close: () => configuration.close(),
  };
};
