import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { z } from 'zod';
import { type Asked, isFetched } from './asked.ts';
import { ManifestUnreadable, readDocument } from './manifests/document.ts';
import { failed, wrong } from './stopped.ts';
import type { Tools } from './tools.ts';

/** One archive that everything after this works with: the bytes that are planned are those that are applied. */
export interface Chart {
  /** Absolute path of the archive. */
  readonly file: string;
  /** What people are told of where it comes from: `chart sha256`, `oci digest`, those of its dependencies. */
  readonly facts: Readonly<Record<string, string>>;
}

const chartFile = z.object({
  name: z.string(),
  version: z.string(),
  dependencies: z
    .array(z.object({ name: z.string(), repository: z.string().default('') }))
    .nullish()
    .transform((found) => found ?? []),
});

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

/** Makes the archive ready in a folder of ours. Throws Stopped. */
export const prepareChart = async (tools: Tools, asked: Asked): Promise<Chart> =>
  isFetched(asked) ? fetchChart(tools, asked) : packChart(tools, asked);

const archiveIn = async (folder: string): Promise<string> => {
  const found = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  if (found.length !== 1 || found[0] === undefined)
    throw wrong('Helm did not make one archive of the chart.');
  return join(folder, found[0]);
};

/** A range or a tag is settled here, once; what it led to is what the plan holds. */
const fetchChart = async (tools: Tools, { chart, version, repo, isTrusted }: Asked): Promise<Chart> => {
  if (!isTrusted) throw wrong('This chart is fetched, and nothing is fetched for what nobody trusts yet.');
  const folder = join(tools.folder, 'chart');
  await mkdir(folder);
  const { code, stdout, stderr } = await tools.helm([
    ...['pull', chart, '--destination', folder, ...(version === undefined ? [] : ['--version', version])],
    ...(repo === undefined ? [] : ['--repo', repo]),
  ]);
  if (code !== 0) throw failed(`The chart ${chart} could not be fetched`, stderr);
  const file = await archiveIn(folder);
  const oci = /Digest: (sha256:[0-9a-f]{64})/.exec(`${stdout}\n${stderr}`)?.[1];
  return {
    file,
    facts: {
      'chart sha256': sha256(await readFile(file)),
      ...(oci !== undefined && { 'oci digest': oci }),
    },
  };
};

const readAs = <T>(schema: z.ZodType<T>, text: string, sentence: string): T => {
  try {
    return schema.parse(readDocument(text).value);
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof ManifestUnreadable) throw wrong(sentence);
    throw error;
  }
};

const packChart = async (tools: Tools, asked: Asked): Promise<Chart> => {
  const dir = asked.chart;
  const text = await readFile(join(dir, 'Chart.yaml'), 'utf8').catch(() => {
    throw wrong(`There is no chart in ${dir === '.' ? "the project's folder" : dir}: no Chart.yaml.`);
  });
  const { dependencies } = readAs(
    chartFile,
    text,
    'Chart.yaml names no chart: it needs a `name` and a `version`.',
  );
  await refuseLinks(dir);
  if (dependencies.length > 0) await buildDependencies(tools, asked, dependencies);
  const folder = join(tools.folder, 'chart');
  await mkdir(folder);
  await tools.helmSays('The chart could not be packed', ['package', dir, '--destination', folder]);
  return { file: await archiveIn(folder), facts: await bundled(dir, dependencies) };
};

/** Helm follows links, wherever they lead: into a chart would come what the machine holds. */
const refuseLinks = async (dir: string): Promise<void> => {
  for (const name of await readdir(dir, { recursive: true }))
    if ((await lstat(join(dir, name))).isSymbolicLink())
      throw wrong(`${join(dir, name)} is a link: a chart has to hold its files itself.`);
};

type Dependency = z.infer<typeof chartFile>['dependencies'][number];

const lockFile = chartFile.pick({ dependencies: true });

/**
 * Helm fetches from where the lock says, and the digest in it is of what both files say: whoever writes the lock may have written
 * another place into it than people read in `Chart.yaml`.
 */
const checkLock = async (chart: string, dependencies: readonly Dependency[]): Promise<void> => {
  const locked = readAs(
    lockFile,
    await readFile(join(chart, 'Chart.lock'), 'utf8'),
    'Chart.lock cannot be read: run helm dependency update, and commit it.',
  );
  const other = locked.dependencies.find(
    (one) => !dependencies.some(({ name, repository }) => name === one.name && repository === one.repository),
  );
  if (other !== undefined)
    throw wrong(
      `Chart.lock takes ${other.name} from ${other.repository || 'charts/'}, and Chart.yaml does not: run helm dependency update, and commit it.`,
    );
};

const buildDependencies = async (
  tools: Tools,
  { chart, dir, isTrusted }: Asked,
  dependencies: readonly Dependency[],
): Promise<void> => {
  const beside = dependencies.filter(({ repository }) => repository.startsWith('file://'));
  const outside = beside.find(({ repository }) =>
    normalize(join(dir, chart, repository.slice(7))).startsWith('..'),
  );
  if (outside !== undefined) throw wrong(`The dependency ${outside.name} lies outside of the repository.`);
  const has = (name: string) =>
    lstat(join(chart, name)).then(
      () => true,
      () => false,
    );
  if (!(await has('Chart.lock'))) {
    // Helm would take whatever is newest. What lies in charts/ is in Git, and needs no lock.
    if (await has('charts')) return;
    throw wrong(
      'Chart.yaml has dependencies and there is no Chart.lock: run helm dependency update, and commit it.',
    );
  }
  await checkLock(chart, dependencies);
  if (!isTrusted && beside.length < dependencies.length) {
    if (await has('charts')) return;
    throw wrong('This chart has dependencies, and nothing is fetched for what nobody trusts yet.');
  }
  const repositories = [...new Set(dependencies.map(({ repository }) => repository))].filter((url) =>
    /^https?:\/\//.test(url),
  );
  for (const [index, url] of repositories.entries())
    await tools.helmSays(`The repository ${url} could not be read`, ['repo', 'add', `chart-${index}`, url]);
  await tools.helmSays('The dependencies of the chart are not as Chart.lock says', [
    ...['dependency', 'build', chart],
    ...(repositories.length === 0 ? ['--skip-refresh'] : []),
  ]);
};

/** Digests of the archives that come with a chart. One made of a folder beside it has the time in it, and that folder is in Git. */
const bundled = async (
  dir: string,
  dependencies: readonly Dependency[],
): Promise<Readonly<Record<string, string>>> => {
  const made = dependencies.filter(({ repository }) => repository.startsWith('file://'));
  const names = await readdir(join(dir, 'charts')).catch((): string[] => []);
  const archives = names.filter(
    (name) => name.endsWith('.tgz') && !made.some((one) => name.startsWith(`${one.name}-`)),
  );
  const facts = await Promise.all(
    archives.map(
      async (name) => [`charts/${name}`, sha256(await readFile(join(dir, 'charts', name)))] as const,
    ),
  );
  return Object.fromEntries(facts);
};
