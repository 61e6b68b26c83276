import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRepositoryFile } from '../../src/config/repository-file.ts';
import type { RepositoryFiles } from '../../src/config/repository-reader.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import { noCode } from '../../src/domain/trust/code-facts.ts';
import type { MemoryFolders } from '../../src/git/memory/folders.ts';
import { applyCheck } from '../../src/render/checks.ts';
import { type Markdown, md } from '../../src/render/markdown.ts';
import type { Templates } from '../../src/render/templates.ts';
import type { Renderer } from '../../src/render/view.ts';
import { loadRunners } from '../../src/runner/load.ts';
import type { ConfigurationReader, FileFacts, Runners } from '../../src/runner/port.ts';

const runnersFolder = fileURLToPath(new URL('../../runners', import.meta.url));

/** Read once per process; the files do not change. */
export const realRunners = (): Promise<Runners> => loadRunners([runnersFolder], { parseYaml });

/** The real runners, whose tools leave what they leave in folders in memory. */
export const runnersIn = (folders: MemoryFolders, real: Runners): Runners => ({
  ...real,
  get: (name) => {
    const runner = real.get(name);
    if (runner === null) return null;
    return {
      ...runner,
      localState: async () => null,
      // There is no file on a disk to look into, and looking there would take a time of its own.
      plannedState: async () => null,
      fetchedVersions: async () => new Map(),
      leftState: async (projectFolder) => {
        const [checkout, dir] = [path.dirname(projectFolder), path.basename(projectFolder)];
        const found = folders.files(checkout)?.get(`${dir}/errored.tfstate`);
        return found?.kind === 'file' ? { path: `${dir}/errored.tfstate`, bytes: found.bytes } : null;
      },
    };
  },
});

const plain: FileFacts = {
  moduleSources: [],
  hasOpenSource: false,
  backend: 'http',
  hasProvider: false,
  requiredVersions: [],
  selfContained: true,
  error: null,
  code: noCode,
};

/** The story's files hold a line each: nothing in them needs a parser. */
export const plainConfiguration: ConfigurationReader = {
  facts: async (files) => new Map(files.map(({ path: at }) => [at, plain])),
  outlines: async () => new Map(),
  wake: () => undefined,
  close: async () => {},
};

const nothing = (): Markdown => md``;
const noTemplates: Templates = {
  board: nothing,
  table: nothing,
  problem: nothing,
  fold: nothing,
  help: nothing,
  reply: nothing,
  status: nothing,
};

/** Says what it was given: templates have their own tests, and take more time than a story has. */
export const plainRenderer: Renderer = {
  board: (view) => `<!-- ${view.marker} -->\n${JSON.stringify(view.rows)}`,
  reply: (view) => `<!-- ${view.marker} -->\n${view.kind}`,
  consumers: (marker, look) => `<!-- ${marker} -->\n${look.state}`,
  nudge: (marker, view) => `<!-- ${marker} -->\n${view.kind}`,
  planCheck: (view) => checkOf(view.rows.every(({ state }) => state !== 'running' && state !== 'queued')),
  groupCheck: ({ state }) => checkOf(state !== 'checking'),
  pushCheck: () => checkOf(true),
  driftCheck: () => checkOf(true),
  // Whose turn it is has to be true; what is told beside it needs templates.
  applyCheck: (view) => applyCheck(noTemplates, view),
  projectCheck: () => checkOf(true),
};

const checkOf = (done: boolean): ReturnType<Renderer['planCheck']> => ({
  status: done ? 'completed' : 'in_progress',
  conclusion: done ? 'success' : null,
  title: 'title',
  summary: 'summary',
  text: null,
});

/** Read at once, without a thread: no story has a file that takes long. */
export const plainRepositoryFiles: Pick<RepositoryFiles, 'read'> = {
  read: async (text, fileName) => parseRepositoryFile(text, fileName),
};
