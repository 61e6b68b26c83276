import { matchesGlob } from '../config/globs.ts';
import { type Configuration, unread } from '../domain/declared/chain.ts';
import type { FolderFile } from '../domain/declared/folder.ts';
import { locate } from '../domain/declared/locate.ts';
import type { Place } from '../domain/declared/place.ts';
import { linesIn } from '../domain/declared/spot.ts';
import { callNames } from '../domain/declared/steps.ts';
import { type Wanted, wantedPlaces } from '../domain/declared/wanted.ts';
import { resolveSource } from '../domain/modules.ts';
import type { PlanSummary } from '../domain/plan-summary.ts';
import type { RepoPath } from '../domain/repo-path.ts';
import type { PolicyAnswer } from '../domain/rules/policy-answer.ts';
import type { Run } from '../domain/run.ts';
import type { FlowPorts } from './ports.ts';
import { createOutlines, type OutlineTree, outlineTree } from './tree-outlines.ts';

type Ports = Pick<FlowPorts, 'git' | 'configuration' | 'operator' | 'runners' | 'log'>;

type Planned = Pick<Run, 'id' | 'repositoryId' | 'tree' | 'headSha' | 'baseSha' | 'project' | 'extra'>;

/** More files than this are not read for the sake of lines. */
const mostFiles = 2_000;

/**
 * The lines that a plan's changes come from, as they stand at the head commit: the tree that was planned, with the base branch merged
 * in, says what they are. Never rejects: a plan is worth no less without them. Decision 28.
 */
export const placesOf = async (
  ports: Ports,
  run: Planned,
  summary: PlanSummary,
  answers: readonly PolicyAnswer[],
): Promise<readonly Place[]> => {
  const wanted = wantedPlaces(summary, answers);
  if (wanted.length === 0) return [];
  try {
    return await found(ports, run, wanted);
  } catch (error) {
    ports.log.warn('the lines of a plan were not found', { run: run.id, error: String(error) });
    return [];
  }
};

const found = async (ports: Ports, run: Planned, wanted: readonly Wanted[]): Promise<readonly Place[]> => {
  const { git } = ports;
  const { repositoryId } = run;
  const [headTree, baseTree] = await Promise.all([
    git.treeOf(repositoryId, run.headSha),
    git.treeOf(repositoryId, run.baseSha),
  ]);
  const [tree, head, base] = await Promise.all(
    [run.tree, headTree, baseTree].map((one) => outlineTree(ports, repositoryId, one)),
  );
  if (tree === undefined || head === undefined || base === undefined) return [];
  const read = createOutlines(ports, repositoryId);
  const modules = new Map(wanted.map(({ change: { module } }) => [module, callNames(module)]));
  const now = await configurationOf(ports, run, tree, read, [...modules.values()]);
  const before = await configurationIn(ports, run, base, read, [...now.folders.keys()]);
  const spots = wanted.flatMap((one) => {
    const spot = locate({ now, base: before }, one.change);
    return spot === null ? [] : [{ ...one, spot }];
  });
  // At the head a file may be another one than in the merge.
  const moved = new Map(
    spots.flatMap(({ spot: { part } }) => {
      const blob = head.blobAt(part.file.path);
      const isSame = blob === tree.blobAt(part.file.path);
      return blob === null || isSame ? [] : [[part.file.path, { ...part.file, blob }] as const];
    }),
  );
  const atHead = new Map((await read([...moved.values()])).map((file) => [file.path, file]));
  return spots.flatMap(({ change, policies, spot }) => {
    const { path } = spot.part.file;
    const lines = head.blobAt(path) === null ? null : linesIn(spot, atHead.get(path)?.outline ?? null);
    if (lines === null) return [];
    return [
      {
        address: change.address,
        path,
        ...lines,
        ...(policies.length === 0 ? {} : { policies }),
      },
    ];
  });
};

type Read = ReturnType<typeof createOutlines>;

/** All folders that these modules lead through. */
const configurationOf = async (
  ports: Ports,
  run: Planned,
  tree: OutlineTree,
  read: Read,
  modules: readonly (readonly string[])[],
): Promise<Configuration> => {
  let configuration = await configurationIn(ports, run, tree, read, [run.project.dir]);
  for (;;) {
    const next = unread(configuration, modules);
    if (next.size === 0) return configuration;
    const more = await foldersIn(ports, run, tree, read, [...next]);
    const folders = new Map([...configuration.folders, ...more]);
    configuration = { ...configuration, folders };
  }
};

const configurationIn = async (
  ports: Ports,
  run: Planned,
  tree: OutlineTree,
  read: Read,
  folders: readonly RepoPath[],
): Promise<Configuration> => ({
  root: run.project.dir,
  folders: await foldersIn(ports, run, tree, read, folders),
  variables: await variablesIn(run, tree, read),
  mayBeSet: (name) => {
    const variable = `TF_VAR_${name}`;
    return (
      Object.hasOwn(run.project.settings.env, variable) ||
      ports.operator.env.plan.some((glob) => matchesGlob(glob, variable))
    );
  },
});

const foldersIn = async (
  { runners }: Ports,
  { project }: Planned,
  tree: OutlineTree,
  read: Read,
  folders: readonly RepoPath[],
): Promise<ReadonlyMap<RepoPath, readonly FolderFile[]>> => {
  const detects = (name: string) => runners.get(project.settings.runner)?.detects(name) === true;
  const named = folders.map((folder) => ({ folder, files: tree.files(folder, detects) }));
  if (named.flatMap(({ files }) => files).length > mostFiles) throw new Error('too many files');
  const outlines = await read(named.flatMap(({ files }) => files));
  let at = 0;
  return new Map(
    named.map(({ folder, files }) => {
      at += files.length;
      return [folder, outlines.slice(at - files.length, at)];
    }),
  );
};

const automatic = /^terraform\.tfvars(?:\.json)?$|\.auto\.tfvars(?:\.json)?$/;

/** `terraform.tfvars` first, then `*.auto.tfvars` by name, then those that the project names. https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence */
const variablesIn = async (
  { project, extra }: Planned,
  tree: OutlineTree,
  read: Read,
): Promise<readonly FolderFile[] | null> => {
  // What a command gives counts more than any file.
  if (extra.length > 0) return null;
  const rank = (name: string): string => `${name.startsWith('terraform.tfvars') ? 0 : 1}${name}`;
  const own = tree
    .files(project.dir, (name) => automatic.test(name))
    .toSorted((one, other) => (rank(one.name) < rank(other.name) ? -1 : 1));
  const named = project.settings.varFiles.flatMap((file) => {
    const path = resolveSource(project.dir, file);
    const blob = path === null ? null : tree.blobAt(path);
    return path === null || blob === null ? [] : [{ name: file, path, blob }];
  });
  const files = [...own, ...named];
  // An object in JSON may be a value, which has no line of its own then.
  if (files.some(({ name }) => name.endsWith('.json')) || named.length < project.settings.varFiles.length)
    return null;
  return read(files);
};
