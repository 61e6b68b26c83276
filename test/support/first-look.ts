import { fileURLToPath } from 'node:url';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import type { ProjectSettings } from '../../src/domain/project.ts';
import { repoPath } from '../../src/domain/repo-path.ts';
import type { Finding } from '../../src/domain/trust/finding.ts';
import type { ReadAs } from '../../src/domain/trust/looked-tree.ts';
import { lookAt } from '../../src/flow/first-look.ts';
import { noGenerator } from '../../src/flow/generate.ts';
import { type Snapshot, snapshotOf } from '../../src/flow/snapshot.ts';
import { createSnapshots } from '../../src/flow/snapshots.ts';
import { backendsOf, type ViewPorts, viewIn } from '../../src/flow/views.ts';
import { createMemoryFolders } from '../../src/git/memory/folders.ts';
import { createMemoryGit } from '../../src/git/memory/git.ts';
import type { Files } from '../../src/git/memory/objects.ts';
import { loadRunners } from '../../src/runner/load.ts';
import { plainRepositoryFiles } from '../sim/plain-ports.ts';
import { configuration } from './configuration.ts';
import { sampleProject } from './samples.ts';

/** Files of a change; null takes one away. */
export type Change = Readonly<Record<string, Files[string] | null>>;

/** Of which project the look is, and how. */
export interface LookAs {
  readonly settings?: Partial<ProjectSettings>;
  readonly workspace?: string;
  /** The twin: text is compared, nothing is evaluated, and every file counts. */
  readonly byText?: boolean;
}

export interface Looker {
  readonly ports: ViewPorts;
  /** Of stages that read trees themselves. */
  readonly allPorts: Parameters<typeof snapshotOf>[0];
  /** What a tree with these files says. */
  snapshot(files: Files): Promise<Snapshot>;
  /** What the head brings to the project in `dir`, `@{` written for `${`. */
  look(
    base: Files,
    head: Files,
    dir?: string,
    backendFiles?: readonly string[],
    as?: LookAs,
  ): Promise<readonly Finding[]>;
  /** The same for the project `live`, in words: what `change` brings on top of `live/main.tf` and `base`. */
  brings(
    change: Change,
    base?: Files,
    backendFiles?: readonly string[],
    as?: LookAs,
  ): Promise<readonly string[]>;
  close(): Promise<void>;
}

export const data = 'resource "terraform_data" "it" {\n  input = 1\n}\n';
export const required = (source: string, name = 'x') =>
  `terraform {\n  required_providers {\n    ${name} = {\n      source = "${source}"\n    }\n  }\n}\n`;
export const backend = (type: string, settings = '') =>
  `terraform {\n  backend "${type}" {\n    ${settings}\n  }\n}\n`;
export const local = (command: string) =>
  `resource "terraform_data" "it" {\n  input = 1\n  provisioner "local-exec" {\n    command = "${command}"\n  }\n}\n`;
export const external = (...program: readonly string[]) =>
  `data "external" "ids" {\n  program = ${JSON.stringify(program)}\n}\n`;
export const uses = (source: string, more = '') => `module "m" {\n  source = "${source}"\n${more}}\n`;
export const lock = (...providers: readonly (readonly [string, string, readonly string[]])[]) =>
  providers
    .map(
      ([name, version, hashes]) =>
        `provider "registry.terraform.io/${name}" {\n  version = "${version}"\n  hashes = ${JSON.stringify(hashes)}\n}\n`,
    )
    .join('');

const written = (files: Files): Files =>
  Object.fromEntries(
    Object.entries(files).map(([path, content]) => [
      path,
      typeof content === 'string' ? content.replaceAll('@{', '${') : content,
    ]),
  );

/** An expression is taken for its text, and every file counts. */
const asWritten = ({ files }: Snapshot): ReadAs =>
  new Map(
    [...files].map(([path, { error, code }]) => {
      const modules = code.modules.map((use) => ({ ...use, isPlain: true }));
      return [path, { error, code: { ...code, modules } }] as const;
    }),
  );

/** The first look on the real parser, over commits in memory. */
export const createLooker = async (): Promise<Looker> => {
  const git = createMemoryGit({ folders: createMemoryFolders() });
  const runners = await loadRunners([fileURLToPath(new URL('../../runners', import.meta.url))], {
    parseYaml,
  });
  const parsed = parseOperatorFile('allow: [a/b]', 'operator.yaml');
  if ('problem' in parsed) throw new Error(parsed.problem.sentence);
  const ports = {
    operator: parsed.value,
    git: git.git,
    configuration,
    repositoryFiles: plainRepositoryFiles,
    snapshots: createSnapshots(),
    generator: noGenerator,
    runners,
  };
  const repo = { id: 1, owner: 'a', name: 'b', installationId: 1 };
  const snapshot = async (files: Files) => {
    const tree = await git.git.treeOf(1, git.commit(1, written(files)));
    return snapshotOf(ports, repo, { tree, code: tree, where: 'test' });
  };
  const look: Looker['look'] = async (base, head, dir = 'live', backendFiles = [], as = {}) => {
    const [before, now] = [await snapshot(base), await snapshot(head)];
    const looked = await lookAt(ports, 1, before, now);
    const { folders } = now.modules(repoPath(dir));
    const { workspace = 'default' } = as;
    const project = sampleProject(dir, { workspace, settings: { backendFiles, ...as.settings } });
    const runner = runners.get(project.settings.runner);
    const detects = (name: string) => runner?.detects(name) === true;
    const readAs = { base: viewIn(before, ports)(project).files, head: viewIn(now, ports)(project).files };
    const others = [...before.found.map(({ dir }) => sampleProject(dir, { settings: as.settings ?? {} }))];
    return looked.findings({
      ...{ dir, backendFiles, folders, detects },
      ...(as.byText === true
        ? { readAs: { base: asWritten(before), head: asWritten(now) } }
        : { readAs, backends: () => others.flatMap((one) => backendsOf(before, ports, one)) }),
    });
  };
  return {
    ports,
    allPorts: ports,
    snapshot,
    look,
    brings: async (change, base = {}, backendFiles = [], as = {}) => {
      const before: Files = { 'live/main.tf': data, ...base };
      const after = Object.fromEntries(
        Object.entries({ ...before, ...change }).flatMap(([at, content]) =>
          content === null ? [] : [[at, content] as const],
        ),
      );
      return (await look(before, after, 'live', backendFiles, as)).map(lineOf);
    },
    close: () => configuration.close(),
  };
};

/** `kind path:line subject`. */
export const lineOf = ({ kind, path, line, subject }: Finding): string =>
  `${kind} ${path}${line === null ? '' : `:${line}`} ${subject}`;
