import { argumentsOf } from '../arguments.ts';
import type { Skipped } from '../domain/batch.ts';
import type { Cause, Why } from '../domain/causes.ts';
import { isEverything } from '../domain/command.ts';
import { short } from '../domain/ids.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { printable } from '../domain/quote.ts';
import { snapshotOf } from '../flow/snapshot.ts';
import { createMemoryStore } from '../store/memory/store.ts';
import { asOnBase } from './as-on-base.ts';
import { atDesk, checkoutOptions, type Desk } from './desk.ts';
import { type Compared, comparedFrom, discoverLocally } from './local-pull.ts';
import { chosenFrom, selectorFrom, selectorOptions } from './selection.ts';
import type { Terminal } from './terminal.ts';

interface ListedProject {
  readonly project: Project;
  readonly why: Why | null;
  /** What becomes of it, where the change takes its folder away. */
  readonly ends: string | null;
}

interface Listed {
  /** Null where nothing is compared. */
  readonly compared: Compared | null;
  readonly projects: readonly ListedProject[];
  /** All there are, for those who name one. */
  readonly known: readonly Project[];
  /** Taken away by the change without an end that could be planned, each with the reason: nobody may miss it. */
  readonly removed: readonly Skipped[];
  /** Not affected, each with the reason. */
  readonly others: readonly Skipped[];
  readonly problem: Problem | null;
}

/** All projects, as if what lies in the checkout were the base branch. */
const everyProject = async (desk: Desk): Promise<Listed> => {
  const { git, repo, workTree } = desk;
  const operator = await desk.operatorFor([workTree.commit]);
  const tree = await git.treeOf(repo.id, workTree.commit);
  const looked = { tree, code: tree, where: 'the checkout' };
  const { projects } = asOnBase(desk, operator, await snapshotOf({ ...desk, operator }, repo, looked));
  return {
    compared: null,
    projects: projects.map((project) => ({ project, why: null, ends: null })),
    known: projects,
    removed: [],
    others: [],
    problem: null,
  };
};

const affectedOnes = async (desk: Desk, compared: Compared): Promise<Listed> => {
  const { clock } = desk;
  const discovery = await discoverLocally(desk, compared, {
    store: createMemoryStore({ clock }),
    operator: await desk.operatorFor([compared.base.sha, compared.head.sha]),
  });
  const { affected, endings, skipped, why } = discovery;
  const placeOf = ({ dir, workspace, name }: Pick<Skipped, 'dir' | 'workspace' | 'name'>) =>
    JSON.stringify([dir, workspace, name]);
  const reasons = new Map(skipped.map((one) => [placeOf(one), one.reason]));
  const isEnding = new Set([...endings.values()].map(({ project }) => placeOf(project)));
  return {
    compared,
    projects: affected.map((project) => ({
      project,
      why: why(project),
      ends: project.ends !== undefined ? (reasons.get(placeOf(project)) ?? null) : null,
    })),
    known: discovery.projects,
    removed: skipped.filter((one) => one.removed && !isEnding.has(placeOf(one))),
    others: skipped.filter((one) => !one.removed),
    problem: discovery.problem,
  };
};

const causeWords = (cause: Cause, { dir }: Project): string => {
  switch (cause.kind) {
    case 'dir':
      return `in its dir ${dir}`;
    case 'unknown-module':
      return 'may be part of a module whose source is an expression that is not known';
    case 'settings-file':
      return 'a variable or backend file of it';
    case 'module':
      return `in the module ${cause.folder}, which it uses`;
    case 'glob':
      return cause.glob === null ? 'a path too long for a glob' : `matches ${cause.glob} of when_modified`;
    default: {
      const never: never = cause;
      return never;
    }
  }
};

const mostFiles = 20;

const whyLines = (
  project: Project,
  { isNew, told, files, remote }: Why,
  ends: string | null,
): readonly string[] => {
  const lines = files
    .slice(0, mostFiles)
    .map(({ path, cause }) => `    ${path}: ${causeWords(cause, project)}`);
  const more = files.length - mostFiles;
  return [
    ...(isNew ? ['    new: the base branch does not have it'] : []),
    ...told.map((name) => `    with.${name} is not what it is on the base branch`),
    ...(ends === null ? [] : [`    ${ends}`]),
    ...lines,
    ...(more > 0 ? [`    and ${more} more`] : []),
    ...remote.map(
      ({ source, version, path, line, moves }) =>
        `    takes ${source}${version === null ? '' : ` ${version}`} from elsewhere (${path}${line === null ? '' : `:${line}`})${moves === null ? '' : `; not pinned: ${moves}`}`,
    ),
  ];
};

const headName = (desk: Desk, { ref, sha }: Compared['head']): string => {
  if (ref !== null) return `${ref} (${short(sha)})`;
  const { head } = desk.workTree;
  return sha === head
    ? `the checkout (${short(sha)})`
    : `the checkout (${short(head)} and what is not committed)`;
};

interface Wish {
  readonly why: boolean;
  readonly all: boolean;
}

const skippedLines = (title: string, some: readonly Skipped[], why: boolean): readonly string[] => [
  '',
  `${some.length} ${title}`,
  ...some.flatMap(({ name, dir, reason }) => [`  ${name}  (${dir})`, ...(why ? [`    ${reason}`] : [])]),
];

const inWords = (desk: Desk, { compared, projects, removed, others }: Listed, wish: Wish): string => {
  const count = `${projects.length} ${projects.length === 1 ? 'project' : 'projects'}`;
  const title =
    compared === null
      ? count
      : `${count} affected by ${headName(desk, compared.head)} into ${compared.base.ref} (${short(compared.base.sha)})`;
  const lines = projects.flatMap(({ project, why, ends }) => {
    const { name, dir, workspace } = project;
    const { labels } = project.settings;
    const place = [
      dir,
      ...(workspace === 'default' ? [] : [`workspace ${workspace}`]),
      ...(labels.length === 0 ? [] : [`labels ${labels.join(' ')}`]),
    ].join(', ');
    return [`  ${name}  (${place})`, ...(wish.why && why !== null ? whyLines(project, why, ends) : [])];
  });
  const gone =
    removed.length === 0 ? [] : skippedLines('removed, and nothing of it is planned', removed, true);
  const left = wish.all ? skippedLines('not affected', others, wish.why) : [];
  const noFile = desk.operatorFile === null ? ['', 'No operator file was asked; see `--config FILE`.'] : [];
  const generated = desk.generated === null ? [] : ['', desk.generated.sentence];
  return `${[title, ...lines, ...gone, ...left, ...noFile, ...generated].map(printable).join('\n')}\n`;
};

const causeJson = (cause: Cause): object => {
  switch (cause.kind) {
    case 'module':
      return { by: 'module', module: cause.folder };
    case 'glob':
      return { by: 'when_modified', glob: cause.glob };
    default:
      return { by: cause.kind };
  }
};

const skippedJson = ({ name, dir, workspace, reason }: Skipped): object => ({ name, dir, workspace, reason });

const inJson = (desk: Desk, { compared, projects, removed, others, problem }: Listed, wish: Wish): string =>
  `${JSON.stringify(
    {
      operatorFile: desk.operatorFile?.name ?? null,
      generated: desk.generated === null ? null : { ran: desk.generated.ran },
      ...(compared === null
        ? {}
        : {
            base: compared.base,
            head: {
              ...compared.head,
              uncommitted: compared.head.sha !== desk.workTree.head && compared.head.ref === null,
            },
          }),
      projects: projects.map(({ project: { name, dir, workspace, dependsOn, settings }, why, ends }) => ({
        name,
        dir,
        workspace,
        runner: settings.runner,
        environment: settings.environment,
        labels: settings.labels,
        dependsOn: dependsOn.map(({ name: project, outputs }) => ({
          project,
          ...(outputs === null ? {} : { outputs }),
        })),
        ...(ends === null ? {} : { ends }),
        ...(wish.why && why !== null
          ? {
              new: why.isNew,
              told: why.told,
              why: why.files.map(({ path, cause }) => ({ path, ...causeJson(cause) })),
              remoteModules: why.remote,
            }
          : {}),
      })),
      ...(compared === null ? {} : { removed: removed.map(skippedJson) }),
      ...(wish.all ? { others: others.map(skippedJson) } : {}),
      problem:
        problem === null ? null : { code: problem.code, sentence: problem.sentence, advice: problem.advice },
    },
    null,
    2,
  )}\n`;

/** `tidegate projects [DIR]`: which there are, or which of them a change affects, and why. */
export const projects = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  const { values, words } = argumentsOf(
    args,
    {
      ...checkoutOptions,
      ...selectorOptions,
      base: { type: 'string' },
      head: { type: 'string' },
      why: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
    },
    1,
  );
  const { config, repository, json, generate, base, head, why, all } = values;
  const selector = selectorFrom(values);
  const compares = base !== undefined || head !== undefined || why || all;
  return atDesk(terminal, { folder: words[0] ?? '.', config, repository, generate }, async (desk) => {
    const listed = compares
      ? await affectedOnes(desk, await comparedFrom(desk, { base, head }))
      : await everyProject(desk);
    const chosen = new Set(listed.known.length === 0 ? [] : chosenFrom(listed.known, selector));
    const names = new Set([...chosen].map(({ name }) => name));
    const named = !isEverything(selector);
    const shown = {
      ...listed,
      projects: listed.projects.filter(({ project }) => chosen.has(project)),
      others: named ? listed.others.filter(({ name }) => names.has(name)) : listed.others,
    };
    // Whoever names one wants to hear of it, also where it is not affected.
    const wish = { why, all: all || (named && compares) };
    // Where nothing could be looked at, what stands in the way is all there is to say.
    const nothing = listed.problem !== null && listed.known.length === 0;
    if (json) await terminal.out(inJson(desk, shown, wish));
    else if (!nothing) await terminal.out(inWords(desk, shown, wish));
    if (listed.problem === null) return 0;
    if (!json) terminal.say(`${listed.problem.sentence}\n  ${listed.problem.advice}`);
    return 1;
  });
};
