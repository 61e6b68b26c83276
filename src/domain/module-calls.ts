import type { LocalCall, ModuleCall } from './consumers.ts';
import { isLocal, resolveSource } from './modules.ts';
import type { RepoPath } from './repo-path.ts';
import type { ModuleUse } from './trust/code-facts.ts';

/** Module calls of a configuration file. */
export interface CallingFile {
  readonly path: string;
  readonly modules: readonly ModuleUse[];
}

/** Names of calls become names of folders. */
const isName = (name: string): boolean => /^[\p{L}_][\p{L}\p{N}_-]{0,127}$/u.test(name);

/** A circle is not a module, and what is deeper is nobody's. */
const deepest = 20;
const most = 1_000;

const isOverride = (path: string): boolean => /(?:^|\/|_)override\.(?:tf|tofu)(?:\.json)?$/.test(path);

/**
 * The calls of modules outside the repository that a project leads to, by way of its local modules too, with the keys that tools
 * give them. `filesIn` are the files of a folder. What is called twice by one name is what the overriding file says.
 */
export const outsideCalls = (
  dir: RepoPath,
  filesIn: (folder: RepoPath) => readonly CallingFile[],
): readonly ModuleCall[] => {
  const calls: ModuleCall[] = [];
  const visit = (folder: RepoPath, through: readonly LocalCall[]): void => {
    if (through.length >= deepest) return;
    const above = through.at(-1)?.key;
    const named = new Map<string, ModuleUse & { readonly path: string }>();
    const files = filesIn(folder).toSorted(
      (one, other) => Number(isOverride(one.path)) - Number(isOverride(other.path)),
    );
    for (const { path, modules } of files)
      for (const use of modules) if (use.isPlain && isName(use.name)) named.set(use.name, { ...use, path });
    for (const [name, { source, path, line }] of named) {
      if (calls.length >= most) return;
      const key = above === undefined ? name : `${above}.${name}`;
      if (!isLocal(source)) {
        calls.push({ key, source, path, line, through });
        continue;
      }
      const target = resolveSource(folder, source);
      if (target !== null) visit(target, [...through, { key, source, folder: target }]);
    }
  };
  visit(dir, []);
  return calls;
};
