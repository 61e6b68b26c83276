import type { Sha, TreeId } from '../../domain/ids.ts';
import type { RunGit } from './command.ts';
import type { Known } from './known.ts';

/** Which files of a tree are not in a mirror that was fetched without them. */
export interface Whole {
  /** Ids of the files that are missing below these commits and trees, each once. */
  missing(
    repositoryId: number,
    repository: string,
    of: readonly (Sha | TreeId)[],
  ): Promise<readonly string[]>;
  /** The same of all of one tree, whatever is known of others. */
  below(repository: string, of: Sha | TreeId): Promise<readonly string[]>;
  /** Of those in `to` that are another file in `from`, or none. */
  differing(repository: string, from: Sha | TreeId, to: Sha | TreeId): Promise<readonly string[]>;
  /** To be told when nothing is missing there any more: what is looked at next is held against it. */
  remember(repositoryId: number, repository: string, of: readonly (Sha | TreeId)[]): Promise<void>;
  /** For a mirror that is removed, or built anew. */
  forget(repositoryId: number): void;
}

/** How many trees of a mirror are known as whole. The files of one differ from the next one's by few. */
const kept = 32;
const missingMark = /^\?([0-9a-f]{40})$/gm;
/** A submodule is a commit of another repository, and what is gone has no file. */
const noFile = new Set(['160000', '000000', '040000']);

const filesOf = (raw: string): readonly string[] => {
  const fields = raw.split('\0');
  const ids: string[] = [];
  // `:<mode> <mode> <id> <id> <letter>`, then the path.
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [, mode = '', , id = ''] = (fields[at] ?? '').split(' ');
    if (!noFile.has(mode)) ids.push(id);
  }
  return ids;
};

export const createWhole = (run: RunGit, { treesOf }: Pick<Known, 'treesOf'>): Whole => {
  const known = new Map<number, TreeId[]>();

  const below: Whole['below'] = async (repository, of) => {
    const args = ['rev-list', '--objects', '--no-object-names', '--missing=print', `${of}^{tree}`];
    const { stdout } = await run(args, { repository });
    return [...stdout.toString('latin1').matchAll(missingMark)].map(([, id = '']) => id);
  };

  const differing: Whole['differing'] = async (repository, from, to) => {
    const args = ['diff-tree', '-r', '-z', '--raw', '--no-abbrev', '--no-renames', from, to];
    const ids = filesOf((await run(args, { repository })).stdout.toString('latin1'));
    if (ids.length === 0) return [];
    const { stdout } = await run(['cat-file', '--batch-check=%(objectname)', '--buffer'], {
      repository,
      input: `${ids.join('\n')}\n`,
    });
    return [...stdout.toString('latin1').matchAll(/^([0-9a-f]{40}) missing$/gm)].map(([, id = '']) => id);
  };

  return {
    below,
    differing,
    missing: async (repositoryId, repository, of) => {
      const whole = known.get(repositoryId) ?? [];
      const found = new Set<string>();
      for (const tree of new Set(await treesOf(repositoryId, repository, of))) {
        if (whole.includes(tree)) continue;
        const [before] = whole;
        const ids =
          before === undefined ? await below(repository, tree) : await differing(repository, before, tree);
        for (const id of ids) found.add(id);
      }
      return [...found];
    },
    remember: async (repositoryId, repository, of) => {
      const whole = known.get(repositoryId) ?? [];
      const trees = await treesOf(repositoryId, repository, of);
      known.set(repositoryId, [...new Set([...trees, ...whole])].slice(0, kept));
    },
    forget: (repositoryId) => {
      known.delete(repositoryId);
    },
  };
};
