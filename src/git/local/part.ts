import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TreeId, treeId } from '../../domain/ids.ts';
import { refuseForbidden } from './cleaning.ts';
import type { RunGit } from './command.ts';
import { type BytePath, toText } from './listing.ts';

/** Lines of `git ls-tree -z` are what `git update-index --index-info` takes: mode, type, id, a tab and the path. */
const keptLines = (stdout: Buffer, keeps: (path: string) => boolean): Buffer => {
  const pathOf = (line: string): BytePath => line.slice(line.indexOf('\t') + 1);
  const lines = stdout.toString('latin1').split('\0');
  const kept = lines.filter((line) => line !== '' && keeps(toText(pathOf(line))));
  refuseForbidden(kept.map(pathOf));
  return Buffer.from(kept.map((line) => `${line}\0`).join(''), 'latin1');
};

/** See `Git.part`. Nothing is laid out: the tree is made in an index of its own. */
export const createPart =
  (run: RunGit) =>
  async (repository: string, tree: TreeId, keeps: (path: string) => boolean): Promise<TreeId> => {
    const { stdout } = await run(['ls-tree', '-r', '-z', treeId(tree)], { repository });
    const input = keptLines(stdout, keeps);
    const index = join(repository, `part-${randomBytes(8).toString('hex')}.index`);
    const options = { repository, workTree: { folder: repository, index } };
    try {
      if (input.length > 0) await run(['update-index', '-z', '--index-info'], { ...options, input });
      return treeId((await run(['write-tree'], options)).stdout.toString().trim());
    } finally {
      await rm(index, { force: true });
      await rm(`${index}.lock`, { force: true });
    }
  };
