import { createHash } from 'node:crypto';
import { type InputsDigest, inputsDigest, type TreeId } from './ids.ts';
import { type Feed, type Project, settingsFiles } from './project.ts';
import { isWithin, type RepoPath, root } from './repo-path.ts';
import type { Workflow } from './workflow.ts';

/** An entry of the merged tree, as far as the digest needs it. */
export interface InputEntry {
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'submodule';
  readonly id: string;
}

export interface Inputs {
  readonly tree: TreeId;
  /** What is laid out of it: the same, or a part. */
  readonly laidOut: TreeId;
  readonly entries: readonly InputEntry[];
  readonly project: Project;
  /** The project's own folder and those of its local modules, transitively; null where that is not sure. */
  readonly folders: readonly RepoPath[] | null;
  /** Does `when_modified` name this file? */
  readonly watches: (path: string) => boolean;
}

/**
 * Object ids of everything in the tree that can change this project's plan. Where the closure is
 * not sure, or a link in it could lead anywhere, that is all that is laid out (promise 1).
 */
export const inputObjects = (inputs: Inputs): readonly string[] => {
  const { tree, laidOut, entries, folders, project, watches } = inputs;
  const extra = settingsFiles(project);
  const named = ({ path, kind }: InputEntry) => kind !== 'folder' && (extra.has(path) || watches(path));
  const objects = (some: readonly InputEntry[]) => some.map((entry) => `${entry.path}\0${entry.id}`).sort();
  // What is watched and not laid out counts all the same.
  const whole = () => [`tree ${laidOut}`, ...(laidOut === tree ? [] : objects(entries.filter(named)))];
  if (folders === null || folders.includes(root)) return whole();
  // A module folder that is not in the tree is behind a link above it, or missing: where its files are is not known.
  const present = new Set(entries.filter(({ kind }) => kind === 'folder').map(({ path }) => path));
  if (!folders.every((folder) => present.has(folder))) return whole();
  const inside = (path: string) => folders.some((folder) => isWithin(path, folder));
  if (entries.some((entry) => entry.kind === 'link' && inside(entry.path))) return whole();
  const own = new Set<string>(folders);
  return objects(
    entries.filter((entry) =>
      entry.kind === 'folder' ? own.has(entry.path) : !inside(entry.path) && named(entry),
    ),
  );
};

/** What is run, whatever it is called. */
const workflowKey = ({ plan, apply }: Workflow) => ({ plan, apply });

/** The same settings as the same text, whichever was written first. */
const inOrder = (settings: Project['settings']['with']) =>
  Object.entries(settings)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [
      name,
      typeof value === 'object' && !Array.isArray(value)
        ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
        : value,
    ]);

/** What is fed to it from where; which values these are, `fed` says. */
const feedKey = ({ name, output, from }: Feed) => [
  name,
  output,
  from === null
    ? null
    : [from.key, from.settings.runner, from.settings.backendFiles, Object.entries(from.settings.env).sort()],
];

/**
 * Two runs with the same digest plan from the same files, settings, tool and outputs of others.
 *
 * @param fed keyed digest of the values that it is fed; null: none, or they were not read
 */
export const digestInputs = (
  objects: readonly string[],
  project: Project,
  toolVersion: string,
  fed: string | null = null,
): InputsDigest => {
  const { settings } = project;
  const text = JSON.stringify({
    objects,
    key: project.key,
    runner: settings.runner,
    version: settings.version,
    toolVersion,
    varFiles: settings.varFiles,
    backendFiles: settings.backendFiles,
    // Without one it is what it was before there were any: an update of Tidegate voids no plan.
    ...(settings.workflow === null ? {} : { workflow: workflowKey(settings.workflow) }),
    ...(settings.reads.length === 0 ? {} : { reads: settings.reads }),
    ...(Object.keys(settings.with).length === 0 ? {} : { with: inOrder(settings.with) }),
    ...(settings.feeds.length === 0 ? {} : { feeds: settings.feeds.map(feedKey), fed }),
    env: Object.entries(settings.env).sort(([a], [b]) => (a < b ? -1 : 1)),
  });
  return inputsDigest(createHash('sha256').update(text).digest('hex'));
};
