import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createSystemClock } from '../../src/clock/system.ts';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { changeMatcher } from '../../src/config/projects.ts';
import { createRepositoryFiles } from '../../src/config/repository-reader.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import { affectedProjects } from '../../src/domain/affected.ts';
import { sha, type TreeId } from '../../src/domain/ids.ts';
import { noGenerator } from '../../src/flow/generate.ts';
import { siblingsIn } from '../../src/flow/siblings.ts';
import { snapshotOf } from '../../src/flow/snapshot.ts';
import { createSnapshots } from '../../src/flow/snapshots.ts';
import { createLocalGit } from '../../src/git/local/git.ts';
import { loadRunners } from '../../src/runner/load.ts';
import { createConfigurationReader } from '../../src/runner/read/hcl.ts';
import { createAuthor } from '../support/git-author.ts';
import { type Figure, figure, median } from './figure.ts';
import { buildImage } from './image.ts';
import { seedMonorepo } from './monorepo.ts';

const coldRounds = 5;
const warmRounds = 15;
/** Changes that are followed before it is measured: a server has been running for a while. */
const before = 10;
const id = 1;
const execute = promisify(execFile);
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** `discovery.ts` is told from a commit what the projects are and which of them a change affects. */
const createDiscovery = async (mirrors: string, script: string) => {
  const clock = createSystemClock();
  const operator = parseOperatorFile('allow: [acme/*]\n', 'operator.yaml');
  if ('problem' in operator) throw new Error(operator.problem.sentence);
  const git = createLocalGit({ folder: mirrors });
  const configuration = createConfigurationReader({ clock, script });
  const repositoryFiles = createRepositoryFiles({ clock });
  const runners = await loadRunners([here('../../runners')], { parseYaml, danger: operator.value.danger });
  const snapshots = createSnapshots();
  const generator = noGenerator;
  const ports = {
    git,
    configuration,
    operator: operator.value,
    repositoryFiles,
    generator,
    runners,
    snapshots,
  };
  const repo = { id, owner: 'acme', name: 'infra', installationId: 1 };
  return {
    /** A merge of base and head answers with a tree, so that is where discovery begins. */
    treeOf: (commit: string) => git.treeOf(id, sha(commit)),
    discover: async (tree: TreeId, changed: readonly string[]) => {
      const snapshot = await snapshotOf(ports, repo, { tree, code: tree, where: 'the bench' });
      const { projects } = snapshots.projects({
        repositoryId: id,
        repository: 'acme/infra',
        baseBranch: 'main',
        operator: operator.value,
        declared: runners.declared,
        base: snapshot.file,
        head: snapshot.file,
        found: snapshot.found,
        foundInBase: snapshot.found,
      });
      const matchers = new Map(projects.map((project) => [project.key, changeMatcher(project)]));
      const siblings = siblingsIn(snapshot, ports, projects);
      const { affected } = affectedProjects({
        projects,
        changed,
        modulesOf: (project) => snapshot.modules(project.dir).folders,
        watches: (project, file) => matchers.get(project.key)?.(file) ?? false,
        siblings,
        known: new Set(projects.map(({ key }) => key)),
        kept: new Set(),
        told: new Set(),
      });
      return { projects: projects.length, affected: affected.length };
    },
    close: async () => {
      await configuration.close();
      await repositoryFiles.close();
    },
  };
};

/**
 * 1,000 root modules, 200 shared ones, 20,000 files. `cold`: from a commit to its projects and what a change affects, with no
 * cache and no process started, against a process that has the parser read the same texts once. `warm`: the same of a commit that
 * changes one file, against one `git ls-tree -r`. In turns; `--times` also prints the milliseconds behind the ratios.
 */
export const run = async function* (): AsyncIterable<Figure> {
  const clock = createSystemClock();
  const root = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'));
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const start = clock.monotonic();
    await work();
    return clock.monotonic() - start;
  };
  try {
    const mirror = path.join(root, 'mirrors', `${id}.git`);
    const repository = seedMonorepo(createAuthor(mirror), before + warmRounds);
    const texts = path.join(root, 'texts.json');
    writeFileSync(texts, JSON.stringify([...new Set(repository.configuration)]));
    // As in the image: compiled. Node would strip the types of each process that reads, which the other side has none of.
    const image = path.dirname(await buildImage(path.join(root, 'image')));
    const reader = path.join(image, 'runner/read/hcl/process.js');
    const times: Record<'parse' | 'cold' | 'list' | 'same' | 'next', number[]> = {
      parse: [],
      cold: [],
      list: [],
      same: [],
      next: [],
    };
    for (let round = 0; round < coldRounds; round += 1) {
      times.parse.push(await timed(() => execute(process.execPath, [here('parse-once.ts'), texts])));
      const discovery = await createDiscovery(path.join(root, 'mirrors'), reader);
      const tree = await discovery.treeOf(repository.first);
      times.cold.push(await timed(() => discovery.discover(tree, [])));
      await discovery.close();
    }
    const discovery = await createDiscovery(path.join(root, 'mirrors'), reader);
    const first = await discovery.treeOf(repository.first);
    await discovery.discover(first, []);
    for (const [round, next] of repository.next.entries()) {
      const list = ['--git-dir', mirror, 'ls-tree', '-r', next];
      const tree = await discovery.treeOf(next);
      const changed = [`modules/part-${round}/main.tf`];
      if (round < before) {
        await discovery.discover(tree, changed);
        continue;
      }
      times.list.push(await timed(() => execute('git', list, { maxBuffer: 2 ** 30 })));
      times.same.push(await timed(() => discovery.discover(first, ['README.md'])));
      times.next.push(await timed(() => discovery.discover(tree, changed)));
    }
    const { projects, affected } = await discovery.discover(first, ['modules/part-1/main.tf']);
    await discovery.close();
    if (projects !== repository.projects || affected === 0 || affected > 100)
      throw new Error(`${projects} projects, ${affected} affected`);
    if (process.argv.includes('--times')) process.stderr.write(`${JSON.stringify(times)}\n`);
    const shown = (name: string, value: number, unit: string, limit: number): Figure =>
      figure({ bench: 'discovery', case: name, value, unit, aim: { op: '<=', limit } });
    yield shown('cold', median(times.cold) / median(times.parse), 'ratio', 1.3);
    yield shown('cold, all of it', median(times.cold) / 1000, 'seconds', 4);
    yield shown('warm, the same commit', median(times.same) / median(times.list), 'ratio', 3);
    yield shown('warm, one file changed', median(times.next) / median(times.list), 'ratio', 3);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
};

if (import.meta.main) for await (const line of run()) process.stdout.write(`${JSON.stringify(line)}\n`);
