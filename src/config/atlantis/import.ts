import type { Dependency } from '../../domain/project.ts';
import { quoted } from '../../domain/quote.ts';
import { expandDirs, isGlob } from '../expand-dirs.ts';
import { compileGlob } from '../globs.ts';
import { nameFor } from '../project-name.ts';
import { compileRepositoryFile } from '../repository-file.ts';
import { asYamlText, type Finding } from '../yaml.ts';
import type { Left } from './left.ts';
import { asYaml, importWorkflows } from './operator-part.ts';
import { checkConverted, type LeftFindings, leftAsFindings, readAtlantis } from './read.ts';
import { inFolder, variablesOf } from './settle.ts';

/** The checkout that is imported. */
export interface ImportTree {
  /** Folders with Terraform files. */
  readonly dirs: readonly string[];
  hasFile(path: string): boolean;
}

type Raw = Readonly<Record<string, unknown>>;

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

/** As `convert.ts` writes them: Atlantis knows of no outputs. */
const needsOf = (value: unknown): readonly Dependency[] =>
  (Array.isArray(value) ? value : []).map((need: Raw) => ({ name: String(need['project']), outputs: [] }));

const plainDir = (dir: string): string => dir.replace(/^\.\//, '').replace(/\/$/, '') || '.';

/** Entries as they are written, for each folder that they stand for, with the variable files that nobody names. */
const inTree = (entries: readonly Raw[], { dirs, hasFile }: ImportTree): readonly Raw[] => {
  const projects = entries.map((raw) => {
    const dir = plainDir(String(raw['dir']));
    const workspace = String(raw['workspace'] ?? 'default');
    const name = String(raw['name'] ?? nameFor(dir, workspace));
    // A name that stands for several is none of theirs.
    const { name: _, ...rest } = raw;
    return {
      raw: isGlob(dir, 'atlantis') ? rest : raw,
      name,
      dir,
      workspace,
      dependsOn: needsOf(raw['depends_on']),
    };
  });
  return expandDirs(projects, dirs, 'atlantis').map(({ raw, dir, workspace, dependsOn }) => {
    const file = variablesOf(workspace);
    const before = texts(raw['var_files']);
    const isThere = hasFile(inFolder(dir, file)) && !before.includes(file);
    return {
      ...raw,
      dir,
      ...(dependsOn.length > 0
        ? { depends_on: dependsOn.map(({ name: project, outputs }) => ({ project, outputs })) }
        : {}),
      ...(isThere ? { var_files: [...before, file] } : {}),
    };
  });
};

/** A rule for folders that no entry names, where they are found by themselves. */
const ofFound = (entries: readonly Raw[], { dirs, hasFile }: ImportTree): readonly Raw[] => {
  const named = new Set(entries.map(({ dir }) => dir));
  const file = variablesOf('default');
  const match = dirs.filter(
    (dir) => !named.has(dir) && hasFile(inFolder(dir, file)) && !/[*?[\]{}\\]/.test(dir),
  );
  return match.length === 0 ? [] : [{ match, var_files: [file] }];
};

/** Globs that stand for no folder, so that nothing is written for them. */
const withoutFolder = (entries: readonly Raw[], { dirs }: ImportTree): readonly Left[] =>
  entries.flatMap((entry, index): readonly Left[] => {
    const dir = plainDir(String(entry['dir']));
    if (!isGlob(dir, 'atlantis') || dirs.some(compileGlob(dir))) return [];
    return [
      {
        path: ['projects', index, 'dir'],
        sentence: `No folder with Terraform files matches ${quoted(dir)}, so no project is written for it.`,
        advice: '',
        blocks: false,
      },
    ];
  });

const listIn = (file: Raw, key: string): readonly Raw[] => {
  const value = file[key];
  return Array.isArray(value) ? value : [];
};

const asComments = (findings: readonly Finding[]): string =>
  findings
    .map(({ line, sentence, advice }) =>
      `# Settle this first (atlantis.yaml, line ${line}): ${sentence} ${advice}\n`.replace(/ +\n/, '\n'),
    )
    .join('');

/** What an `atlantis.yaml` comes to. */
export interface Imported {
  /** Text of the `tidegate.yaml`. */
  readonly text: string;
  readonly left: LeftFindings;
  /** Its own workflows that run programs, as the operator file would have them, for somebody to look at. */
  readonly workflows: Readonly<Record<string, unknown>>;
}

/** `atlantis.yaml` as the text of a `tidegate.yaml`, and what is left; or what is wrong with it. */
export const importRepository = (
  text: string,
  tree: ImportTree,
): Imported | { readonly findings: readonly Finding[] } => {
  const read = readAtlantis(text);
  if ('findings' in read) return read;
  const { file, left } = read.converted;
  const compiled = compileRepositoryFile(checkConverted(read));
  if ('refused' in compiled) return { findings: compiled.refused.findings };
  const entries = inTree(listIn(file, 'projects'), tree);
  const isFinding = compiled.value.discovery.enabled;
  const rules = [...listIn(file, 'rules'), ...(isFinding ? ofFound(entries, tree) : [])];
  const workflows = importWorkflows(read.programs);
  const told = new Set(left.map(({ path }) => JSON.stringify(path)));
  const more = workflows.left.filter(({ path }) => !told.has(JSON.stringify(path)));
  const findings = leftAsFindings(
    [...left, ...more, ...withoutFolder(listIn(file, 'projects'), tree)],
    asYamlText(read.yaml),
  );
  const made = asYaml({
    ...file,
    ...(entries.length === 0 ? {} : { projects: entries }),
    ...(rules.length === 0 ? {} : { rules }),
  });
  return {
    text: asComments(findings.refused) + made,
    left: findings,
    workflows: workflows.made,
  };
};
