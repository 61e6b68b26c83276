import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { createSystemClock } from '../../src/clock/system.ts';
import { type Sha, sha } from '../../src/domain/ids.ts';
import { createLocalGit } from '../../src/git/local/git.ts';
import { type Author, createAuthor } from '../support/git-author.ts';
import { startGitServer } from '../support/git-server.ts';
import { type Figure, figure, median } from './figure.ts';

const files = 10_000;
const rounds = 7;
// Few for a repository of that many files: a longer history makes the clone slower, not us.
const history = 1_000;
const id = 1;
const repo = { id, owner: 'bench', name: 'infra', installationId: 1 };

const words =
  'resource variable output tags name environment module source region count value type policy bucket'.split(
    ' ',
  );

/**
 * Text as unlike as hand-written files are: with repeated text a server sends everything as small
 * deltas, and the clone that we are measured against would be no real one.
 * A fixed generator (Numerical Recipes' LCG), so that every run has the same repository.
 */
const text = (seed: number): string => {
  let state = (seed + 1) * 2654435761;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  let body = '';
  for (let line = 8 + random(40); line > 0; line -= 1) {
    for (let word = 0; word < 4; word += 1) body += `${words[random(words.length)]} ${random(1000)} `;
    body += '\n';
  }
  return body;
};

/** Ten files a folder, as a project has. */
const nameOf = (index: number): string => {
  const project = Math.floor(index / 10);
  return `live/region-${project % 20}/project-${project}/part-${index % 10}.tf`;
};

/** A repository of ten thousand small files, packed as a forge has it, and two pull requests a round. */
const seed = (author: Author): { base: Sha; heads: readonly Sha[] } => {
  let stream = '';
  const commit = (ref: string, from: string | null, changes: Iterable<readonly [string, string]>): void => {
    stream += `commit ${ref}\ncommitter Ada <ada@example.invalid> 1700000000 +0000\ndata 2\nx\n`;
    if (from !== null) stream += `from ${from}\n`;
    for (const [name, body] of changes) stream += `M 100644 inline ${name}\ndata ${body.length}\n${body}\n`;
  };
  const main = 'refs/heads/main';
  const headOf = (pull: number): string => `refs/pull/${pull + 1}/head`;
  const pulls = Array.from({ length: rounds * 2 }, (_, pull) => pull);
  commit(
    main,
    null,
    Array.from({ length: files }, (_, index) => [nameOf(index), text(index)] as const),
  );
  for (let age = 0; age < history; age += 1) {
    const at = (age * 7_919) % files;
    commit(main, null, [[nameOf(at), `${text(at)}${text(files + age)}`]]);
  }
  for (const pull of pulls) {
    const changed = Array.from({ length: 10 }, (_, file) => pull * 10 + file);
    commit(
      headOf(pull),
      main,
      changed.map((index) => [nameOf(index), text(files * 2 + index)] as const),
    );
  }
  author.git(['fast-import', '--quiet', '--force'], stream);
  author.git(['repack', '-a', '-d', '-q']);
  return {
    base: sha(author.git(['rev-parse', main])),
    heads: pulls.map((pull) => sha(author.git(['rev-parse', headOf(pull)]))),
  };
};

/** What init and plan leave in a checkout. */
const useCheckout = (folder: string): void => {
  const project = path.join(folder, path.dirname(nameOf(0)));
  mkdirSync(path.join(project, '.terraform/modules'), { recursive: true });
  writeFileSync(path.join(project, '.terraform/modules/modules.json'), '{}');
  writeFileSync(path.join(project, '.terraform.lock.hcl'), '# none\n');
  writeFileSync(path.join(project, 'plan.out'), Buffer.alloc(50_000));
  appendFileSync(path.join(folder, nameOf(0)), '# formatted\n');
};

/**
 * A repository of 10,000 files over HTTP on loopback, against `git clone` of the same from the same
 * server, in turns. `first`: fetch, merge and layout of another pull request into a new folder.
 * `next`: the same folder brought back to its commit, as before each run, after a tool has written
 * into it. Nothing is deleted between the rounds: ext4 is slow to create files for a while after many
 * were deleted, and the clones would pay most of it. `--times` also prints the milliseconds behind the
 * ratios, and those of fetching a push and bringing the folder to it.
 */
export const run = async function* (): AsyncIterable<Figure> {
  const clock = createSystemClock();
  const root = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'));
  const author = createAuthor(path.join(root, 'served/infra.git'));
  const server = await startGitServer({ root: path.join(root, 'served') });
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const start = clock.monotonic();
    await work();
    return clock.monotonic() - start;
  };
  try {
    const { base, heads } = seed(author);
    const url = `${server.origin}/infra.git`;
    const git = createLocalGit({ folder: path.join(root, 'mirrors') });
    const treeOf = async (pullNumber: number) => {
      await git.fetch(repo, { url, token: '', pullNumber, baseRef: 'main' });
      const head = heads[pullNumber - 1];
      if (head === undefined) throw new Error(`no pull request ${pullNumber}`);
      const merged = await git.mergeOf(id, base, head);
      if ('conflicts' in merged) throw new Error('the seeded pull requests do not conflict');
      return merged.tree;
    };
    const refuse = async (name: string) => {
      throw new Error(`nothing here is state: ${name}`);
    };
    // The first pull request pays for the mirror, and the spare checkout is made after it; the aims are
    // about those that follow, with the time between them that people take.
    await git.checkout(id, await treeOf(1), path.join(root, 'first'), refuse);
    await git.settled();

    const clones: number[] = [];
    const firsts: number[] = [];
    const nexts: number[] = [];
    const pushes: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const cloned = path.join(root, `clone-${round}`);
      const folder = path.join(root, `tree-${round}`);
      const layOut = async (pull: number) => {
        const tree = await treeOf(pull);
        await git.checkout(id, tree, folder, refuse);
        return tree;
      };
      clones.push(
        await timed(() =>
          execa('git', ['clone', '--quiet', url, cloned], {
            env: { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
          }),
        ),
      );
      firsts.push(await timed(() => layOut(round * 2 + 1)));
      const tree = await treeOf(round * 2 + 1);
      useCheckout(folder);
      await git.written(id, tree, folder);
      await git.settled();
      nexts.push(await timed(() => git.checkout(id, tree, folder, refuse)));
      useCheckout(folder);
      pushes.push(await timed(() => layOut(round * 2 + 2)));
    }
    const clone = median(clones);
    const against = (name: string, times: readonly number[], limit: number): Figure =>
      figure({
        bench: 'checkout',
        case: name,
        value: median(times) / clone,
        unit: 'ratio',
        aim: { op: '<=', limit },
      });
    if (process.argv.includes('--times'))
      process.stderr.write(`${JSON.stringify({ clones, firsts, nexts, pushes })}\n`);
    yield against('first', firsts, 0.35);
    yield against('next', nexts, 0.1);
  } finally {
    await server.close();
    rmSync(root, { recursive: true, force: true });
  }
};

if (import.meta.main) for await (const line of run()) process.stdout.write(`${JSON.stringify(line)}\n`);
