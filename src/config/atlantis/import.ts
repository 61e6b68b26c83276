import { compileGlob } from '../globs.ts';
import { parseRepositoryFile } from '../repository-file.ts';
import { asYamlText, type Finding } from '../yaml.ts';
import { asYaml } from './operator-part.ts';
import { leftAsFindings, readAtlantis } from './read.ts';

/** The checkout that is imported. */
export interface ImportTree {
  /** Folders with Terraform files. */
  readonly dirs: readonly string[];
  hasFile(path: string): boolean;
}

type Entry = Readonly<Record<string, unknown>>;

const inDirs = (entry: Entry, { dirs, hasFile }: ImportTree): readonly Entry[] => {
  const dir = String(entry['dir']).replace(/^\.\//, '').replace(/\/$/, '') || '.';
  const matches = /[*?[\]{}]/.test(dir) ? compileGlob(dir) : null;
  return (matches === null ? [dir] : dirs.filter(matches)).map((one) => {
    const file = `env/${String(entry['workspace'] ?? 'default')}.tfvars`;
    const before = Array.isArray(entry['var_files']) ? entry['var_files'] : [];
    const isThere = hasFile(one === '.' ? file : `${one}/${file}`) && !before.includes(file);
    return { ...entry, dir: one, ...(isThere ? { var_files: [...before, file] } : {}) };
  });
};

/** `atlantis.yaml` as the text of a `tidegate.yaml`; what is left; or what is wrong with it. */
export const importRepository = (
  text: string,
  tree: ImportTree,
):
  | { readonly text: string; readonly left: readonly Finding[]; readonly problem: string | null }
  | { readonly findings: readonly Finding[] } => {
  const read = readAtlantis(text);
  if ('findings' in read) return read;
  const { file, left } = read.converted;
  const projects = file['projects'];
  const entries: readonly Entry[] = Array.isArray(projects) ? projects : [];
  const made = asYaml({
    ...file,
    ...(entries.length === 0 ? {} : { projects: entries.flatMap((entry) => inDirs(entry, tree)) }),
  });
  const parsed = parseRepositoryFile(made, 'tidegate.yaml');
  return {
    text: made,
    left: leftAsFindings(left, asYamlText(read.yaml)),
    problem: 'problem' in parsed ? parsed.problem.sentence : null,
  };
};
