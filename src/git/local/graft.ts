import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TreeId, treeId } from '../../domain/ids.ts';
import type { Graft } from '../port.ts';
import type { RunGit } from './command.ts';
import type { Mirrors } from './mirror.ts';

type Plant = (
  mirrors: Mirrors,
  repositoryId: number,
  tree: TreeId,
  grafts: readonly Graft[],
) => Promise<TreeId>;

/** See the port. Objects come over as one pack, which is there as a whole or not at all. */
export const createGraft = (run: RunGit): Plant => {
  const copy = async (from: string, to: string, tree: TreeId): Promise<void> => {
    const { stdout } = await run(['pack-objects', '--stdout', '--revs', '-q'], {
      repository: from,
      input: `${treeId(tree)}\n`,
    });
    await run(['index-pack', '--stdin', '--fix-thin'], { repository: to, input: stdout });
  };

  return async (mirrors, repositoryId, tree, grafts) => {
    const repository = mirrors.path(repositoryId);
    const index = join(repository, `graft-${randomBytes(8).toString('hex')}.index`);
    // Nothing is laid out: what has to be there is the name of a folder.
    const options = { repository, workTree: { folder: repository, index } };
    const others = new Map(
      grafts.flatMap((graft) =>
        'tree' in graft && graft.repositoryId !== repositoryId ? [[graft.tree, graft.repositoryId]] : [],
      ),
    );
    for (const [one, from] of others) await copy(mirrors.path(from), repository, one);
    try {
      await run(['read-tree', treeId(tree)], options);
      for (const graft of grafts) {
        const there = await run(['ls-files', '-z', '--', `:(literal)${graft.path}`], options);
        if (there.stdout.length > 0) throw new Error(`${graft.path} is there already`);
        if ('tree' in graft) {
          await run(['read-tree', `--prefix=${graft.path}/`, treeId(graft.tree)], options);
          continue;
        }
        const { stdout } = await run(['hash-object', '-w', '--stdin'], { repository, input: graft.bytes });
        const input = `100644 ${stdout.toString().trim()}\t${graft.path}\0`;
        await run(['update-index', '-z', '--index-info'], { ...options, input });
      }
      return treeId((await run(['write-tree'], options)).stdout.toString().trim());
    } finally {
      await rm(index, { force: true });
      await rm(`${index}.lock`, { force: true });
    }
  };
};
