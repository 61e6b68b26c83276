import type { BackendUse, ModuleUse } from './code-facts.ts';
import type { Finding } from './finding.ts';
import { follow, nameOf } from './links.ts';
import {
  finding,
  isChanged,
  type LookedFile,
  type LookedTree,
  type ReadAs,
  readTreesAs,
  type Trees,
} from './looked-tree.ts';
import { mentionedBy, type ProjectPlace } from './mentions.ts';
import { isBuiltIn, modulePlace, providerPlace } from './sources.ts';

/** What a first look is told about a project. */
export interface LookedProject {
  /** `.` is the root. */
  readonly dir: string;
  /** Relative to `dir`. */
  readonly backendFiles: readonly string[];
  /** What besides `dir` is part of it, whatever uses it; `.` is the root. */
  readonly folders: readonly string[];
  /** Files that its tool does not read, or reads otherwise than they are written, in the two trees; absent: none. */
  readonly readAs?: { readonly base: ReadAs; readonly head: ReadAs };
  /** Backends of the base branch's projects, as their tools read them; absent: as they are written. */
  readonly backends?: () => readonly BackendUse[];
  /** Is this file (base name) configuration for the project's tool? */
  detects(fileName: string): boolean;
}

export const lockFileName = '.terraform.lock.hcl';
const overrides = /(^|_)override\.(tf|tofu)(\.json)?$/;
const variables = /^(terraform\.tfvars|.*\.auto\.tfvars)(\.json)?$/;
const isLocal = (source: string): boolean => /^\.\.?(\/|$)/.test(source);

/** What the base branch uses anywhere: reviewed once, it may be used again. */
export interface KnownSources {
  readonly providers: ReadonlySet<string>;
  readonly modules: ReadonlySet<string>;
  readonly charts: ReadonlySet<string>;
}

export const knownSources = (base: LookedTree): KnownSources => ({
  providers: new Set([
    ...[...base.folders.keys()].flatMap((folder) =>
      providersIn(base, folder).map(({ source }) => keyOf(source)),
    ),
    ...[...base.files.values()].flatMap(({ code }) => code.locked.map(({ address }) => keyOf(address))),
  ]),
  // What an expression says is not known by its text.
  modules: new Set(
    [...base.files.values()].flatMap(({ code }) => code.modules.filter(({ isPlain }) => isPlain).map(callOf)),
  ),
  charts: new Set([...base.files.values()].flatMap(({ code }) => code.charts.map(({ key }) => key))),
});

/** What the code of one project brings that the base branch does not have. Pure; nothing is fetched or run for it. */
export const projectFindings = (
  written: Trees,
  knownAnywhere: KnownSources,
  project: LookedProject,
): readonly Finding[] => {
  const dir = project.dir === '.' ? '' : project.dir;
  const trees = project.readAs === undefined ? written : readTreesAs(written, project.readAs);
  const known = {
    ...knownAnywhere,
    modules: new Set([...knownAnywhere.modules, ...callsHere(trees.base, dir)]),
  };
  const place = { dir, folders: foldersOf(trees.head, dir) };
  const found = [...place.folders].flatMap((folder) => [
    ...fileFindings(trees, folder, project),
    ...providerFindings(trees.head, folder, known),
    ...moduleFindings(trees, folder, known),
    ...blockFindings(trees, folder, place),
    ...readFindings(trees, folder, place),
  ]);
  const all = [
    ...found,
    ...variableFindings(trees, dir),
    ...backendFindings(trees, dir, project),
    ...encryptionFindings(trees, dir),
    ...lockFindings(trees, place, known),
    ...chartFindings(trees.head, known, project),
  ];
  // One provider is asked for in many places.
  return all.filter(
    ({ kind, subject }, index) =>
      kind !== 'provider' || all.findIndex((one) => one.kind === kind && one.subject === subject) === index,
  );
};

/** The folder and those of its local modules, links followed. One that leads nowhere has nothing in it. */
const foldersOf = (tree: LookedTree, dir: string): ReadonlySet<string> => {
  const start = follow(tree, '', dir);
  const folders = new Set<string>(typeof start === 'string' ? [] : [start.path]);
  // A set may grow while it is walked: new members are visited too.
  for (const folder of folders)
    for (const [, { code }] of tree.folders.get(folder) ?? [])
      for (const { source } of code.modules) {
        const there = isLocal(source) ? follow(tree, folder, source) : null;
        if (there !== null && typeof there !== 'string') folders.add(there.path);
      }
  return folders;
};

const filesIn = (tree: LookedTree, folder: string): readonly (readonly [string, LookedFile])[] =>
  tree.folders.get(folder) ?? [];

const fileFindings = (
  trees: Trees,
  folder: string,
  { detects, readAs }: LookedProject,
): readonly Finding[] => {
  const isPassedOver = (path: string) => readAs?.head.get(path) === null;
  const { base, head } = trees;
  const found: Finding[] = [];
  for (const [path, { error }] of filesIn(head, folder)) {
    if (overrides.test(nameOf(path)) && isChanged(trees, path))
      found.push(finding('override_file', path, null, nameOf(path)));
    // One that is a link changes with what it leads to.
    const isSame = !isChanged(trees, path) && (base.files.get(path)?.error ?? null) === error;
    if (error !== null && !isSame && nameOf(path) !== lockFileName)
      found.push(finding('unreadable', path, lineIn(error), error));
  }
  for (const path of trees.changed.get(folder) ?? [])
    if (
      detects(nameOf(path)) &&
      !isPassedOver(path) &&
      !head.files.has(path) &&
      head.entries.get(path)?.kind !== 'folder'
    )
      found.push(finding('unreadable', path, null, 'what is in it is not known here'));
  return found;
};

const lineIn = (error: string): number | null => {
  const line = /:(\d+): /.exec(error)?.[1];
  return line === undefined ? null : Number(line);
};

/** Where the providers of a folder come from: a local name without a source stands for one of `hashicorp`. */
const providersIn = (tree: LookedTree, folder: string) => {
  const files = filesIn(tree, folder);
  const required = new Set(
    files.flatMap(([, { code }]) =>
      code.providers.filter(({ source }) => source !== null).map(({ name }) => name),
    ),
  );
  return files.flatMap(([path, { code }]) =>
    code.providers.flatMap(({ name, source, line }) => {
      if (source === null && (required.has(name) || name === 'terraform')) return [];
      return [{ path, line, source: source ?? `hashicorp/${name}` }];
    }),
  );
};

const keyOf = (source: string): string => providerPlace(source) ?? source;

const providerFindings = (head: LookedTree, folder: string, known: KnownSources): readonly Finding[] =>
  providersIn(head, folder).flatMap(({ path, line, source }) => providerFinding(known, path, line, source));

const providerFinding = (
  known: KnownSources,
  path: string,
  line: number | null,
  source: string,
): readonly Finding[] =>
  known.providers.has(keyOf(source)) || isBuiltIn(source)
    ? []
    : [finding('provider', path, line, keyOf(source), providerPlace(source))];

/** Of what is not known: of all that feeds it. Where that is not known either nothing is like it. */
const callOf = ({ source, version, isPlain, feeds }: Omit<ModuleUse, 'line' | 'name'>): string =>
  JSON.stringify([source, version, isPlain, feeds ?? null]);

/** Module calls that the base branch's project leads to, expressions worked out. */
const callsHere = (base: LookedTree, dir: string): readonly string[] =>
  [...foldersOf(base, dir)].flatMap((folder) =>
    filesIn(base, folder).flatMap(([, { code }]) =>
      code.modules.flatMap((call) => (call.isPlain || call.feeds !== undefined ? [callOf(call)] : [])),
    ),
  );

const moduleFindings = ({ base, head }: Trees, folder: string, known: KnownSources): readonly Finding[] => {
  const here = new Set(filesIn(base, folder).flatMap(([, { code }]) => code.modules.map(callOf)));
  return filesIn(head, folder).flatMap(([path, { code }]) =>
    code.modules.flatMap((call) => {
      const { source, version, isPlain, line } = call;
      const isBeside = isPlain && isLocal(source);
      const isOut = (tree: LookedTree) => follow(tree, folder, source) === 'outside';
      if (
        isBeside ? !isOut(head) || (here.has(callOf(call)) && isOut(base)) : known.modules.has(callOf(call))
      )
        return [];
      const subject = version === null ? source : `${source} ${version}`;
      return [finding('module', path, line, subject, isPlain ? modulePlace(source) : null)];
    }),
  );
};

/** Of the project's own folder, and of charts beside it that are part of it. */
const chartFindings = (
  head: LookedTree,
  known: KnownSources,
  { dir, folders }: LookedProject,
): readonly Finding[] => {
  const all = new Set([dir, ...folders].map((folder) => (folder === '.' ? '' : folder)));
  return [...all].flatMap((folder) =>
    filesIn(head, folder).flatMap(([path, { code }]) =>
      code.charts
        .filter(({ key }) => !known.charts.has(key))
        .map(({ line, subject, place }) => finding('chart', path, line, subject, place)),
    ),
  );
};

const blockFindings = ({ base, head }: Trees, folder: string, place: ProjectPlace): readonly Finding[] => {
  const before = filesIn(base, folder).flatMap(([, { code }]) => code.blocks);
  return filesIn(head, folder).flatMap(([path, { code }]) =>
    code.blocks.flatMap((block) => {
      const same = before.find(
        ({ kind, subject, digest }) =>
          kind === block.kind && subject === block.subject && digest === block.digest,
      );
      const runs = (tree: LookedTree) => [...mentionedBy(tree, block, folder, place)].sort().join('\n');
      if (same !== undefined && runs(base) === runs(head)) return [];
      return [finding(block.kind, path, block.line, block.subject)];
    }),
  );
};

const readFindings = ({ base, head }: Trees, folder: string, { dir }: ProjectPlace): readonly Finding[] => {
  const before = new Set(
    filesIn(base, folder).flatMap(([, { code }]) => code.reads.map(({ subject }) => subject)),
  );
  return filesIn(head, folder).flatMap(([path, { code }]) =>
    code.reads.flatMap(({ subject, path: read, line }) =>
      before.has(subject) || (read !== null && staysInside(head, read, folder, dir))
        ? []
        : [finding('server_file', path, line, subject)],
    ),
  );
};

/** From the folder of the file, and from that of the project, in which the tool works. */
const staysInside = (tree: LookedTree, read: string, folder: string, dir: string): boolean => {
  if (read.startsWith('/') || read.startsWith('~')) return false;
  const [, start, rest = ''] = /^\$\{path\.(module|root|cwd)\}\/?(.*)$/s.exec(read) ?? [];
  if (start !== undefined) return follow(tree, start === 'module' ? folder : dir, rest) !== 'outside';
  return [folder, dir].every((from) => follow(tree, from, read) !== 'outside');
};

const variableFindings = (trees: Trees, dir: string): readonly Finding[] =>
  (trees.changed.get(dir) ?? [])
    .filter((path) => variables.test(nameOf(path)))
    .map((path) => finding('variable_file', path, null, nameOf(path)));

const backendsOf = (tree: LookedTree, dir: string) =>
  filesIn(tree, dir).flatMap(([path, { code }]) => code.backends.map((backend) => ({ path, ...backend })));

/** A backend that changed, and one of a new project that is another project's: both would take somebody's state. */
const backendFindings = (
  trees: Trees,
  dir: string,
  { backendFiles, backends }: LookedProject,
): readonly Finding[] => {
  const { base, head } = trees;
  const files = backendFiles.flatMap((file) => {
    const there = follow(head, dir, file);
    return typeof there !== 'string' && isChanged(trees, there.path) ? [there.path] : [];
  });
  const [before, now] = [backendsOf(base, dir), backendsOf(head, dir)];
  const isNew = filesIn(base, dir).length === 0;
  const others = isNew
    ? [...[...base.folders.keys()].flatMap((folder) => backendsOf(base, folder)), ...(backends?.() ?? [])]
    : [];
  const isTaken = (type: string, digest: string) =>
    others.some((one) => one.type === type && one.digest === digest);
  const wrong = now.filter(({ type, digest, isEmpty }) =>
    isNew
      ? !isEmpty && isTaken(type, digest)
      : !before.some((one) => one.type === type && one.digest === digest),
  );
  const gone = now.length === 0 && before.length > 0 && filesIn(head, dir).length > 0 ? before : [];
  return [
    ...files.map((path) => finding('backend', path, null, nameOf(path))),
    ...wrong.map(({ path, line, type }) => finding('backend', path, line, type)),
    ...gone.map(({ path, type }) => finding('backend', path, null, `${type} (removed)`)),
  ];
};

/** How the state is encrypted: otherwise than before, or not any more. */
const encryptionFindings = ({ base, head }: Trees, dir: string): readonly Finding[] => {
  const of = (tree: LookedTree) =>
    filesIn(tree, dir).flatMap(([path, { code }]) => code.encryptions.map((use) => ({ path, ...use })));
  const [before, now] = [of(base), of(head)];
  if (filesIn(base, dir).length === 0) return [];
  const gone = now.length === 0 && filesIn(head, dir).length > 0 ? before : [];
  return [
    ...now
      .filter(({ digest }) => !before.some((one) => one.digest === digest))
      .map(({ path, line }) => finding('backend', path, line, 'encryption')),
    ...gone.map(({ path }) => finding('backend', path, null, 'encryption (removed)')),
  ];
};

const sameHashes = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && [...a].sort().join('\n') === [...b].sort().join('\n');

/** Other hashes for the version that was there, or none any more: another file could be taken for what was reviewed. */
const lockFindings = (
  trees: Trees,
  { dir, folders }: ProjectPlace,
  known: KnownSources,
): readonly Finding[] => {
  const path = dir === '' ? lockFileName : `${dir}/${lockFileName}`;
  const [before, now] = [trees.base.files.get(path), trees.head.files.get(path)];
  if (now === undefined) {
    const isGone = before !== undefined && filesIn(trees.head, dir).length > 0;
    return isGone ? [finding('lock_file', path, null, 'the file is removed')] : [];
  }
  if (now.error !== null)
    return isChanged(trees, path)
      ? [finding('lock_file', path, lineIn(now.error), 'the file cannot be read')]
      : [];
  const used = new Set(
    [...folders].flatMap((folder) => providersIn(trees.head, folder)).map(({ source }) => keyOf(source)),
  );
  const old = before?.code.locked ?? [];
  const { locked } = now.code;
  const removed = old.filter(
    ({ address }) => used.has(keyOf(address)) && !locked.some((one) => one.address === address),
  );
  const tampered = locked.filter(({ address, version, hashes }) =>
    old.some((one) => one.address === address && one.version === version && !sameHashes(one.hashes, hashes)),
  );
  return [
    ...removed.map(({ address }) => finding('lock_file', path, null, `${address} is removed`)),
    ...tampered.map(({ address, version, line }) =>
      finding('lock_file', path, line, `${address} ${version}`),
    ),
    ...locked.flatMap(({ address, line }) => providerFinding(known, path, line, address)),
  ];
};
