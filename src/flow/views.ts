import { matchesGlob } from '../config/globs.ts';
import { type Definitions, definitionsOf } from '../domain/early/definitions.ts';
import { withValues } from '../domain/early/facts.ts';
import type { Given } from '../domain/early/variables.ts';
import { earlyWalk } from '../domain/early/walk.ts';
import { type ModuleClosure, resolveSource, through } from '../domain/modules.ts';
import type { Project } from '../domain/project.ts';
import { parseRepoPath, type RepoPath, resolveFrom } from '../domain/repo-path.ts';
import { passedOver, readByTool } from '../domain/tool-files.ts';
import { type BackendUse, isEarly } from '../domain/trust/code-facts.ts';
import { folderOf, nameOf } from '../domain/trust/links.ts';
import type { FileFacts, Runner } from '../runner/port.ts';
import type { EarlyTree } from './early.ts';
import type { FlowPorts } from './ports.ts';
import type { Look } from './snapshot.ts';

/** What one project's tool makes of a tree before it starts. */
export interface ProjectView {
  /** Files that say something else than by themselves, by path; null: its tool does not read it. */
  readonly files: ReadonlyMap<string, FileFacts | null>;
  /** The local modules that it uses. */
  readonly closure: ModuleClosure;
}

export type ViewPorts = Pick<FlowPorts, 'runners' | 'operator'>;

type Tree = Pick<Look, 'files' | 'modules' | 'links' | 'early' | 'tree'>;

/** Of one tree, made once. */
interface Made {
  readonly byFolder: ReadonlyMap<string, readonly (readonly [string, FileFacts])[]>;
  readonly passedOver: Map<string, ReadonlySet<string>>;
  readonly definitions: Map<string, Definitions>;
  readonly views: WeakMap<Project['settings'], Map<string, ProjectView>>;
}

const made = new WeakMap<Tree['files'], Made>();

const inFolder = (path: string): string => folderOf(path) || '.';

const madeOf = ({ files }: Tree): Made => {
  const known = made.get(files) ?? {
    byFolder: Map.groupBy(files, ([path]) => inFolder(path)),
    passedOver: new Map(),
    definitions: new Map(),
    views: new WeakMap(),
  };
  made.set(files, known);
  return known;
};

const passedOverBy = (tree: Tree, runner: Runner): ReadonlySet<string> => {
  const { passedOver: known } = madeOf(tree);
  const found =
    known.get(runner.name) ??
    passedOver(
      [...tree.files.keys()].filter((path) => /\.(?:tf|tofu)(?:\.json)?$/.test(path)),
      (name) => runner.detects(name),
    );
  known.set(runner.name, found);
  return found;
};

const definitionsIn =
  (tree: Tree, { folders }: EarlyTree, runner: Runner) =>
  (folder: string): Definitions | null => {
    const files = folders.get(folder);
    if (files === undefined) return null;
    const { definitions } = madeOf(tree);
    const key = `${runner.name} ${folder}`;
    const kept = new Set(readByTool(files.map(({ name }) => name).filter((name) => runner.detects(name))));
    const found = definitions.get(key) ?? definitionsOf(files.filter(({ name }) => kept.has(name)));
    definitions.set(key, found);
    return found;
  };

const inOrder = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));

/** `terraform.tfvars`, then `terraform.tfvars.json`, then `*.auto.tfvars` of both kinds by name, then those that the project names. */
const givenTo = ({ variables }: EarlyTree, { operator }: ViewPorts, project: Project): Given => {
  const { dir, settings } = project;
  const here = [...variables.keys()].filter((path) => inFolder(path) === dir);
  const first = ['terraform.tfvars', 'terraform.tfvars.json'].flatMap((name) =>
    here.filter((path) => nameOf(path) === name),
  );
  const automatic = here
    .filter((path) => /\.auto\.tfvars(?:\.json)?$/.test(path))
    .sort((one, other) => inOrder(nameOf(one), nameOf(other)));
  const valuesAt = (path: string | null) => (path === null ? null : (variables.get(path) ?? null));
  const steps = settings.workflow?.plan ?? [];
  const isGiven = (variable: string): boolean =>
    operator.env.plan.some((glob) => matchesGlob(glob, variable)) ||
    steps.some(
      (step) => typeof step === 'object' && ('multienv' in step || ('env' in step && step.env === variable)),
    );
  return {
    files: [
      ...[...first, ...automatic].map((path) => ({ isNamed: false, values: valuesAt(path) })),
      ...settings.varFiles.map((file) => ({ isNamed: true, values: valuesAt(resolveFrom(dir, file)) })),
    ],
    environment: new Map(Object.entries(settings.env)),
    mayBeSet: (name) => isGiven(`TF_VAR_${name}`),
  };
};

const walkOf = (tree: Tree, early: EarlyTree, ports: ViewPorts, project: Project, runner: Runner) =>
  earlyWalk({
    root: project.dir,
    workspace: project.workspace,
    folder: definitionsIn(tree, early, runner),
    resolve: (from, source) => {
      const parsed = parseRepoPath(from);
      const target = 'path' in parsed ? resolveSource(parsed.path, source) : null;
      return target === null ? null : through(tree.links, target).real;
    },
    given: givenTo(early, ports, project),
  });

const make = (tree: Tree, ports: ViewPorts, project: Project): ProjectView => {
  const { dir, settings } = project;
  const runner = ports.runners.get(settings.runner);
  const plain = tree.modules(dir);
  if (runner?.inputs !== 'terraform-modules') return { files: new Map(), closure: plain };
  const left = passedOverBy(tree, runner);
  const { early } = tree;
  const isReached = early !== null && [dir, ...plain.folders].some((folder) => early.folders.has(folder));
  if (!isReached && left.size === 0) return { files: new Map(), closure: plain };
  const walk = isReached ? walkOf(tree, early, ports, project, runner) : null;
  const files = new Map<string, FileFacts | null>([...left].map((path) => [path, null]));
  const { byFolder } = madeOf(tree);
  const looked = new Map<RepoPath, readonly FileFacts[] | null>();
  const readOf = (folder: RepoPath): readonly FileFacts[] | null => {
    const known = looked.get(folder);
    if (known !== undefined) return known;
    const own = byFolder.get(folder) ?? [];
    const named = new Map(early?.folders.get(folder)?.map((file) => [file.path, file]));
    for (const [path, facts] of own) {
      if (files.has(path) || walk === null || !isEarly(facts.code)) continue;
      const from = { folder, isRoot: folder === dir, file: named.get(path), walk, tree: tree.tree };
      files.set(path, withValues(facts, from));
    }
    const isOther = own.some(([path]) => files.has(path));
    const read = own.flatMap(([path, facts]) => (files.has(path) ? (files.get(path) ?? []) : [facts]));
    looked.set(folder, isOther ? read : null);
    return isOther ? read : null;
  };
  return { closure: tree.modules(dir, readOf), files };
};

/** What each project's tool makes of a tree: expressions that are evaluated early have their values, and files that it does not read are away. Decision 69. */
export const viewIn =
  (tree: Tree, ports: ViewPorts) =>
  (project: Project): ProjectView => {
    const { views } = madeOf(tree);
    const own = views.get(project.settings) ?? new Map<string, ProjectView>();
    views.set(project.settings, own);
    const key = `${project.dir}\n${project.workspace}`;
    const known = own.get(key) ?? make(tree, ports, project);
    own.set(key, known);
    return known;
  };

/** The files of a tree as a project's tool reads them. */
export const filesIn = (
  { files }: Pick<Look, 'files'>,
  view: Pick<ProjectView, 'files'>,
): ReadonlyMap<string, FileFacts> => {
  if (view.files.size === 0) return files;
  const read = new Map(files);
  for (const [path, facts] of view.files)
    if (facts === null) read.delete(path);
    else read.set(path, facts);
  return read;
};

/** Backends that a project's own files say, as its tool reads them. */
export const backendsOf = (tree: Tree, ports: ViewPorts, project: Project): readonly BackendUse[] => {
  const { files } = viewIn(tree, ports)(project);
  return [...files].flatMap(([path, facts]) =>
    facts !== null && inFolder(path) === project.dir ? facts.code.backends : [],
  );
};
