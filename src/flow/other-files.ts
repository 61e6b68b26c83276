import { readChartFile } from '../domain/chart-file.ts';
import { parseRepoPath, type RepoPath } from '../domain/repo-path.ts';
import { noCode } from '../domain/trust/code-facts.ts';
import type { FileFacts, Runner } from '../runner/port.ts';

interface OtherFile {
  readonly path: string;
  readonly id: string;
}

/** Files of runners that read no Terraform configuration. */
export interface OtherFiles {
  readonly facts: ReadonlyMap<string, FileFacts>;
  /** Folders that are there for others: no projects by themselves. */
  readonly lent: ReadonlySet<RepoPath>;
}

/** Nothing is known of what is in it, and nothing of it leads elsewhere. A project has what it needs: no module is looked for. */
const plain: FileFacts = {
  moduleSources: [],
  hasOpenSource: false,
  backend: null,
  hasProvider: true,
  requiredVersions: [],
  selfContained: true,
  error: null,
  code: noCode,
};

/** From a chart's folder, in the form of a module's source. */
const asSource = (path: string): string => (/^\.{0,2}\//.test(path) ? path : `./${path}`);

const chartFacts = (text: string): FileFacts => {
  const { folders, fetched, isPlain } = readChartFile(text);
  return {
    ...plain,
    moduleSources: folders.map(asSource),
    selfContained: isPlain,
    code: { ...noCode, charts: fetched },
  };
};

const folderOf = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.');
const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Charts that came with another one. */
const packed = (folder: string, charts: ReadonlySet<string>): boolean =>
  [...folder.matchAll(/(?:^|\/)charts\//g)].some(({ index }) =>
    charts.has(index === 0 ? '.' : folder.slice(0, index)),
  );

/** Beside a `Chart.yaml`: dependencies of old charts are in a file of their own, and locks say where they are fetched from. */
const besideCharts = ['requirements.yaml', 'requirements.lock', 'Chart.lock'];

/** `all` are the files of the tree beside them. */
export const readOtherFiles = async (
  files: readonly OtherFile[],
  all: readonly OtherFile[],
  runners: readonly Runner[],
  load: (ids: readonly string[]) => Promise<ReadonlyMap<string, Buffer>>,
): Promise<OtherFiles> => {
  const charting = runners.filter(({ inputs }) => inputs === 'chart');
  const charts = files.filter(({ path }) => charting.some((runner) => runner.detects(baseName(path))));
  const folders = new Set(charts.map(({ path }) => folderOf(path)));
  const beside =
    charts.length === 0
      ? []
      : all.filter(({ path }) => besideCharts.includes(baseName(path)) && folders.has(folderOf(path)));
  const facts = new Map<string, FileFacts>(files.map(({ path }) => [path, plain]));
  const lent = new Set<RepoPath>();
  const give = (path: string) => {
    const dir = parseRepoPath(folderOf(path));
    if ('path' in dir) lent.add(dir.path);
  };
  const texts = charts.length === 0 ? new Map() : await load([...charts, ...beside].map(({ id }) => id));
  for (const { path, id } of [...charts, ...beside]) {
    const text = texts.get(id)?.toString('utf8');
    facts.set(path, text === undefined ? { ...plain, selfContained: false } : chartFacts(text));
    if (packed(folderOf(path), folders) || (text !== undefined && readChartFile(text).isLibrary)) give(path);
  }
  return { facts, lent };
};
