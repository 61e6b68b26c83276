import { readFileSync } from 'node:fs';
import { settleAtlantis } from '../../../src/config/atlantis/settle.ts';
import { checkFile } from '../../../src/config/file-format.ts';
import { parseOperatorFile } from '../../../src/config/operator-file.ts';
import { mergeProjects } from '../../../src/config/projects.ts';
import { compileRepositoryFile, refusedFile } from '../../../src/config/repository-file.ts';
import type { OperatorSettings, Projects, RepositoryFile } from '../../../src/config/types.ts';
import type { Project } from '../../../src/domain/project.ts';
import { folders, taken } from '../stories.ts';

export const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/atlantis/${name}`, import.meta.url), 'utf8');

export const readAtlantisText = (text: string): RepositoryFile => {
  const read = compileRepositoryFile(checkFile(text, 'atlantis'));
  if ('refused' in read) throw new Error(refusedFile(read.refused, 'atlantis.yaml').sentence);
  return read.value;
};

/** The sentence and advice of a refusal. */
export const refusal = (text: string): string => {
  const read = compileRepositoryFile(checkFile(text, 'atlantis'));
  if (!('refused' in read)) return 'taken';
  const { sentence, advice } = refusedFile(read.refused, 'atlantis.yaml');
  return `${sentence} ${advice}`;
};

export const operator = (more = ''): OperatorSettings =>
  taken(parseOperatorFile(`allow: [acme/*]\natlantis: [{match: acme/*}]\n${more}`, 'operator.yaml'));

export interface Tree {
  readonly found: readonly string[];
  readonly files?: readonly string[];
  readonly baseBranch?: string;
  readonly operator?: OperatorSettings;
}

/** What a pull request into a branch that has this file finds, where the pull request leaves the file alone. */
export const merged = (text: string, tree: Tree): Projects => {
  const found = folders(...tree.found);
  const file = settleAtlantis(readAtlantisText(text), {
    found,
    where: 'test',
    hasFile: (path) => tree.files?.includes(path) === true,
  });
  return mergeProjects({
    repositoryId: 7,
    declared: new Map(),
    repository: 'acme/infra',
    baseBranch: tree.baseBranch ?? 'main',
    operator: tree.operator ?? operator(),
    base: file,
    head: file,
    found,
    foundInBase: found,
  });
};

export const projectsOf = (text: string, tree: Tree): Readonly<Record<string, Project>> =>
  Object.fromEntries(merged(text, tree).projects.map((project) => [project.name, project]));
