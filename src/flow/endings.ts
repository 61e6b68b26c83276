import { createHash } from 'node:crypto';
import type { Projects } from '../config/types.ts';
import type { LeftOut, Skipped } from '../domain/batch.ts';
import { type EndedAmong, type Ending, type Fate, fateOf, type StatePlace } from '../domain/ending.ts';
import type { ProjectKey, TreeId } from '../domain/ids.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { quoted } from '../domain/quote.ts';
import { isWithin, resolveFrom } from '../domain/repo-path.ts';
import { isDestroying } from '../domain/tool-arguments.ts';
import type { Runners } from '../runner/port.ts';
import type { Look } from './snapshot.ts';
import { type ViewPorts, viewIn } from './views.ts';

export type Endings = ReadonlyMap<ProjectKey, Ending>;

interface Looked {
  readonly snapshot: Omit<Look, 'found'>;
  readonly projects: Projects;
}

const folderOf = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.');

/** What the files in a folder itself say; by folder. */
const byFolder = ({ files }: Pick<Look, 'files'>) => Map.groupBy(files, ([path]) => folderOf(path));

/** Has a tree files of a project's tool in its folder? */
export const codeIn = (
  snapshot: Pick<Look, 'entries' | 'files'>,
  runners: Runners,
): ((project: Pick<Project, 'dir' | 'settings'>) => boolean) => {
  const folders = byFolder(snapshot);
  // A link or a submodule in its place may lead to its code.
  const away = snapshot.entries.filter(({ kind }) => kind === 'link' || kind === 'submodule');
  return ({ dir, settings }) => {
    const runner = runners.get(settings.runner);
    // Of what another tool reads no file name tells all: as long as anything is there, it may be its code.
    if (runner !== null && runner.inputs !== 'terraform-modules')
      return snapshot.entries.some(({ path, kind }) => kind !== 'folder' && isWithin(path, dir));
    const isOwn = (path: string) =>
      folderOf(path) === dir && runner?.detects(path.slice(path.lastIndexOf('/') + 1)) === true;
    return (
      (folders.get(dir) ?? []).some(([path]) => isOwn(path)) ||
      away.some(({ path }) => isOwn(path) || dir === path || dir.startsWith(`${path}/`))
    );
  };
};

/** Where a project acts whose tool keeps no state that Terraform would know: what its runner is told says that. */
const placeByWords = ({ dir, workspace, settings }: Project): StatePlace => ({
  text: JSON.stringify([
    settings.runner,
    dir,
    workspace,
    Object.entries(settings.with).sort(),
    Object.entries(settings.env).sort(),
  ]),
  isTold: true,
  isElsewhere: false,
  around: JSON.stringify([settings.workflow]),
  imports: [],
});

const placesIn = ({ snapshot }: Looked, ports: ViewPorts): ((project: Project) => StatePlace) => {
  const folders = byFolder(snapshot);
  const blobs = new Map(snapshot.entries.map(({ path, id }) => [path, id]));
  const blobOf = (path: string | null) => (path === null ? null : (blobs.get(path) ?? null));
  return (project) => {
    const { dir, workspace, settings } = project;
    const runner = ports.runners.get(settings.runner);
    if (runner !== null && runner.inputs !== 'terraform-modules') return placeByWords(project);
    const { files: otherwise } = viewIn(snapshot, ports)(project);
    const own = (folders.get(dir) ?? []).flatMap(([path, facts]) => {
      const read = otherwise.has(path) ? (otherwise.get(path) ?? null) : facts;
      return read === null ? [] : [[path, read] as const];
    });
    const backends = own.flatMap(([, { code }]) => code.backends);
    const isPlain = backends.every((one) => one.isPlain);
    // Variables and locals may be in it, and what does not parse may hold anything.
    const unread = own.filter(([, { error }]) => !isPlain || error !== null).map(([path]) => blobOf(path));
    const varFiles = settings.varFiles.map((file) => blobOf(resolveFrom(dir, file)));
    const around = JSON.stringify([settings.runner, settings.workflow, varFiles, unread]);
    const imports = own.flatMap(([, { code }]) => code.imports);
    if (backends.length === 0) return { text: null, isTold: false, isElsewhere: true, around, imports };
    const files = settings.backendFiles.map((file) => blobOf(resolveFrom(dir, file)));
    const said = backends.map(({ type, digest }) => `${type} ${digest}`).sort();
    return {
      text: JSON.stringify([said, files, workspace, Object.entries(settings.env).sort()]),
      around,
      imports,
      isElsewhere: files.length === 0 && backends.every(({ isEmpty }) => isEmpty),
      isTold:
        isPlain &&
        !files.includes(null) &&
        // A path of a local one may be meant from the folder.
        backends.every(({ type, isEmpty }) => type !== 'local' && (!isEmpty || files.length > 0)),
    };
  };
};

/** What becomes of the projects that a pull request takes away: rows for the board, and those whose end is planned, or may be. */
export const endingsOf = (
  base: Looked & { readonly tree: TreeId },
  head: Looked,
  ports: ViewPorts,
  isPlannable: (project: Project) => boolean,
): { readonly endings: Endings; readonly gone: readonly Skipped[] } => {
  const still = new Set(head.projects.projects.map(({ key }) => key));
  const ended = base.projects.projects.filter(({ key }) => !still.has(key));
  if (ended.length === 0) return { endings: new Map(), gone: [] };
  const { runners } = ports;
  const [placeBefore, placeNow] = [placesIn(base, ports), placesIn(head, ports)];
  const among: EndedAmong = {
    now: head.projects.projects.map((project) => ({ project, place: placeNow(project) })),
    before: base.projects.projects.map((project) => ({ project, place: placeBefore(project) })),
  };
  const codeStays = codeIn(head.snapshot, runners);
  const names = namesNow(head.projects, ended);
  const ends = digestOf(among);
  const endings = new Map<ProjectKey, Ending>();
  const gone = ended.map((project): Skipped => {
    const place = placeBefore(project);
    const found = isPlannable(project)
      ? fateOf({ project, place, codeStays: codeStays(project) }, among)
      : unplannable;
    const canEnd = runners.get(project.settings.runner)?.destroys !== false;
    const fate = canEnd || found.kind === 'left' || found.kind === 'moved' ? found : endless(project);
    const { name, dir, workspace } = project;
    const row = { dir, workspace, reason: reasonOf(fate, project, head.projects), removed: true };
    if (fate.kind !== 'destroy' && fate.kind !== 'ask') return { ...row, name };
    const own = { ...last(project, base.projects, names), ends };
    endings.set(project.key, { project: own, tree: base.tree, fate });
    return { ...row, name: own.name };
  });
  return { endings, gone };
};

const unplannable: Fate = {
  kind: 'left',
  because: 'the base branch has it in a way that cannot be planned, so what it created stays',
};

const endless = ({ settings }: Project): Fate => ({
  kind: 'left',
  because: `its runner ${quoted(settings.runner)} cannot plan an end, so what it made stays`,
});

/** Of all that says whether somebody else may have what goes. */
const digestOf = (among: EndedAmong): string => {
  const lines = ({ now, before }: EndedAmong) =>
    [now, before].map((some) =>
      some.map(({ project, place }) => JSON.stringify([project.key, place])).sort(),
    );
  return createHash('sha256')
    .update(JSON.stringify(lines(among)))
    .digest('hex');
};

/** What each is called here. A name that goes may be another project's by now. */
const namesNow = (head: Projects, ended: readonly Project[]): ReadonlyMap<ProjectKey, string> => {
  const names = new Map(head.projects.map(({ key, name }) => [key, name]));
  const taken = new Set(names.values());
  for (const { key, name } of ended) {
    let own = name;
    while (taken.has(own)) own = `${own}-deleted`;
    taken.add(own);
    names.set(key, own);
  }
  return names;
};

/** As it is ended: by a command alone, and after those that needed it. */
const last = (project: Project, before: Projects, names: ReadonlyMap<ProjectKey, string>): Project => {
  const { key, name, settings } = project;
  const needed = before.projects.filter(({ dependsOn }) => dependsOn.some((need) => need.name === name));
  return {
    ...project,
    name: names.get(key) ?? name,
    // Their plans may be made together: what ends uses nothing of what needed it.
    dependsOn: needed.map((one) => ({ name: names.get(one.key) ?? one.name, outputs: [] })),
    settings: { ...settings, apply: { kind: 'command' }, automerge: null },
  };
};

const reasonOf = (fate: Fate, { name }: Project, now: Projects): string => {
  switch (fate.kind) {
    case 'destroy':
      return 'is deleted: its resources would stay without code. Their end is planned, from the base branch';
    case 'ask':
      return `is deleted: its resources would stay without code. Whether ${quoted(fate.because)} has its state now cannot be told, so somebody has to say`;
    case 'moved': {
      const there = now.projects.find((one) => one.name === name);
      if (fate.to === name && there !== undefined)
        return `moves to ${quoted(there.dir)}, and keeps its state in the very same place: nothing ends`;
      return `is deleted, and ${quoted(fate.to)} keeps its state in the very same place: nothing ends`;
    }
    case 'left':
      return `is removed by this pull request: ${fate.because}`;
  }
};

/** Without those whose end only somebody's word may plan, who names them behind `/destroy`. */
export const spokenFor = (
  { endings }: { readonly endings: Endings },
  picked: readonly Project[],
  extra: readonly string[],
): readonly Project[] =>
  picked.filter(({ key }) => endings.get(key)?.fate.kind !== 'ask' || isDestroying(extra));

/** What is said of the others meanwhile. Their apply check stays open. */
export const wordsWanted = (
  { endings }: { readonly endings: Endings },
  planned: readonly Project[],
): readonly LeftOut[] =>
  [...endings.values()].flatMap(({ project: { key, name }, fate }) => {
    if (fate.kind !== 'ask' || planned.some((one) => one.key === key)) return [];
    const problem: Problem = {
      code: 'end-unclear',
      sentence: `${quoted(name)} is deleted, and ${quoted(fate.because)} is new here, keeps its state elsewhere than before, or imports something: whether that is what ${quoted(name)} has cannot be told.`,
      advice: `Did it move, give both the very same \`backend\` block. Is it to go, delete it in a pull request of its own, or comment \`/destroy -p ${name}\`.`,
    };
    return [{ project: name, needs: `somebody's word: \`/destroy -p ${name}\``, problem }];
  });
