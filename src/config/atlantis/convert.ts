import { quoted, quotedList } from '../../domain/quote.ts';
import { parseRepoPath, root } from '../../domain/repo-path.ts';
import { isGlob } from '../expand-dirs.ts';
import { globProblem } from '../globs.ts';
import { nameFor } from '../project-name.ts';
import { workflowName } from '../schema-parts.ts';
import type { Path } from '../yaml.ts';
import { branchGlobs } from './expressions.ts';
import { createLeft, type Leave, type Left } from './left.ts';
import type { RawAtlantis, RawAtlantisProject } from './repository-schema.ts';
import { requirementsOf } from './requirements.ts';
import { hasPrograms, settingsOf } from './steps.ts';
import { toolOf } from './tool.ts';
import { watchedGlobs } from './watched.ts';

/** A `tidegate.yaml` as a value: what `repository-schema.ts` then checks like any other. */
export interface Converted {
  readonly file: Readonly<Record<string, unknown>>;
  readonly left: readonly Left[];
}

interface Leaves {
  readonly name: Leave;
  readonly refuse: Leave;
}

/** Each project of a group depends on each of the group before: more than this nobody writes by hand. */
const mostDependencies = 20_000;

/** Without keys that say nothing. */
const given = (entries: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(entries).filter(
      ([, value]) =>
        value !== undefined &&
        !(Array.isArray(value) && value.length === 0) &&
        !(value instanceof Object && Object.keys(value).length === 0),
    ),
  );

/** What `projects[].name` is where it is not given, in both formats; of a dir that is a glob a word for all that it stands for. */
const nameOf = ({ name, dir, workspace = 'default' }: RawAtlantisProject, index: number): string => {
  if (name !== undefined) return name;
  if (isGlob(dir, 'atlantis')) return `${dir.replaceAll(/[^\w/.]/g, '_')}@${index}`;
  const parsed = parseRepoPath(dir);
  return nameFor('refused' in parsed ? root : parsed.path, workspace);
};

/** `atlantis.yaml` in the words of `tidegate.yaml`. */
export const convertAtlantis = (raw: RawAtlantis): Converted => {
  const { all, ...leaves } = createLeft();
  const groups = groupDependencies(raw.projects ?? [], leaves.refuse);
  const projects = (raw.projects ?? []).map((project, index) =>
    convertProject(raw, project, index, groups[index] ?? [], leaves),
  );
  nameTop(raw, leaves);
  const { mode, ignore_paths: ignored = [] } = raw.autodiscover ?? {};
  const ignore = ignored.flatMap((glob, index) => {
    const plain = glob.replace(/^\.\//, '').replace(/\/$/, '');
    const why = globProblem(plain);
    if (why === null) return [plain];
    leaves.name(
      ['autodiscover', 'ignore_paths', index],
      `The folders ${quoted(glob)} are not left out: the glob ${why}.`,
      'Write it otherwise under `discovery.ignore`; until then these folders are planned.',
    );
    return [];
  });
  return {
    file: given({
      version: 1,
      projects,
      rules: raw.automerge === undefined ? [] : [{ match: '**', automerge: raw.automerge }],
      discovery: given({ mode, ignore }),
    }),
    left: all,
  };
};

const convertProject = (
  raw: RawAtlantis,
  project: RawAtlantisProject,
  index: number,
  before: readonly string[],
  { name, refuse }: Leaves,
): Record<string, unknown> => {
  const path = ['projects', index];
  const { dir, workspace = 'default', autoplan, branch } = project;
  const parsed = parseRepoPath(dir);
  const watched = autoplan?.when_modified?.flatMap((pattern, at) => {
    // What is wrong with the folder is said of the folder.
    if ('refused' in parsed) return [pattern];
    const { globs, isWider } = watchedGlobs(pattern, parsed.path);
    if (isWider)
      name(
        [...path, 'autoplan', 'when_modified', at],
        `The pattern ${quoted(pattern)} is ${globs.length === 0 ? 'left out' : `read as ${quotedList(globs)}`}: Tidegate has no glob for it.`,
        'More may be planned for it, and never less.',
      );
    return globs;
  });
  const branches = branch === undefined ? undefined : branchGlobs(branch);
  if (branches === null)
    refuse(
      [...path, 'branch'],
      `The branches ${quoted(branch ?? '')} cannot be said as globs.`,
      'Name them, for example `/^(main|release-.*)$/`, or give the project `branches` in `tidegate.yaml`.',
    );
  const workflow = workflowIn(raw, project, path, { name, refuse });
  nameOfProject(project, path, name);
  for (const key of ['plan_requirements', 'apply_requirements', 'import_requirements'] as const)
    if (project[key]?.length === 0)
      name(
        [...path, key],
        'An empty list takes nothing away.',
        'What the server asks for is asked for as well.',
      );
  return given({
    name: isGlob(dir, 'atlantis') ? nameOf(project, index) : project.name,
    dir,
    workspace: workspace === 'default' ? undefined : workspace,
    branches: branches ?? undefined,
    when_modified: watched,
    // Atlantis plans all of them together, and only their applies have an order.
    depends_on: [...new Set([...(project.depends_on ?? []), ...before])].map((name) => ({
      project: name,
      outputs: [],
    })),
    ...toolOf(project),
    ...workflow,
    requirements: requirementsOf(project, path, name),
  });
};

/** Its workflow: what settings can say of it, and the operator's of the same name where it runs programs. */
const workflowIn = (
  { workflows = {} }: RawAtlantis,
  project: RawAtlantisProject,
  path: Path,
  leaves: Leaves,
): Record<string, unknown> => {
  const { workflow: wanted, workspace = 'default', dir } = project;
  const own = wanted !== undefined && Object.hasOwn(workflows, wanted) ? workflows[wanted] : undefined;
  if (wanted === undefined || (own === undefined && wanted === 'default')) return {};
  const known = {
    WORKSPACE: workspace,
    PROJECT_NAME: project.name ?? '',
    REPO_REL_DIR: dir.replace(/^\.\//, '').replace(/\/$/, ''),
  };
  const { varFiles, backendFiles, env } =
    own === undefined
      ? { varFiles: [], backendFiles: [], env: {} }
      : settingsOf(own, known, { path: ['workflows', wanted], ...leaves });
  const settings = { var_files: varFiles, backend_files: backendFiles, env };
  if (own !== undefined && !hasPrograms(own)) return settings;
  if (!workflowName.test(wanted)) {
    leaves.refuse(
      [...path, 'workflow'],
      `The workflow ${quoted(wanted)} has a name that workflows of the operator file cannot have.`,
      'Call it by small letters, digits, `-` and `_`, at both places.',
    );
    return settings;
  }
  if (own !== undefined)
    leaves.name(
      ['workflows', wanted],
      `The steps of ${quoted(wanted)} that run programs are not taken from the repository.`,
      `The workflow ${quoted(wanted)} of the operator file is used instead: write it there. Nothing that a repository brings is run as a step.`,
    );
  return { ...settings, workflow: wanted };
};

/** For each project the names of those in the group before its own. */
const groupDependencies = (
  projects: readonly RawAtlantisProject[],
  refuse: Leave,
): readonly (readonly string[])[] => {
  const groupOf = ({ execution_order_group: group = 0 }: RawAtlantisProject): number => group;
  const members = Map.groupBy([...projects.entries()], ([, project]) => groupOf(project));
  const groups = [...members.keys()].sort((a, b) => a - b);
  const sum = groups.reduce(
    (total, group, at) =>
      total + (members.get(group)?.length ?? 0) * (members.get(groups[at - 1] ?? Number.NaN)?.length ?? 0),
    0,
  );
  if (sum > mostDependencies) {
    const index = projects.findIndex((project) => groupOf(project) !== groups[0]);
    refuse(
      ['projects', index, 'execution_order_group'],
      `The groups come to ${sum} dependencies between projects.`,
      'Say with `depends_on` which project needs which: most need a few.',
    );
    return projects.map(() => []);
  }
  return projects.map((project) => {
    const before = groups[groups.indexOf(groupOf(project)) - 1];
    return before === undefined ? [] : (members.get(before) ?? []).map(([index, one]) => nameOf(one, index));
  });
};

const nameOfProject = (project: RawAtlantisProject, path: Path, name: Leave): void => {
  const said: readonly (readonly [
    key: keyof RawAtlantisProject,
    isSaid: boolean,
    sentence: string,
    advice: string,
  ])[] = [
    [
      'autoplan',
      project.autoplan?.enabled === false,
      'A push plans it all the same.',
      'A plan changes nothing and keeps no lock where it has no changes; to have none, take the project out.',
    ],
    [
      'repo_locks',
      project.repo_locks?.mode !== undefined && project.repo_locks.mode !== 'on_plan',
      'It is locked from its plan on.',
      'The next pull request waits in line and is planned by itself; a plan without changes keeps no lock.',
    ],
    ['repo_locking', project.repo_locking === false, 'It is locked from its plan on.', ''],
    [
      'policy_check',
      project.policy_check === false,
      'Policies are asked about it where its rules ask for them.',
      'Which projects a policy is for is said by its `match` in the operator file.',
    ],
    [
      'custom_policy_check',
      project.custom_policy_check !== undefined,
      'Nothing is guessed from what a policy prints.',
      'A policy of the operator file is a condition, or a program whose exit code says whether the plan passes.',
    ],
    [
      'silence_pr_comments',
      (project.silence_pr_comments ?? []).length > 0,
      'It has its row in the comment.',
      'There is one comment, which is edited in place and notifies nobody.',
    ],
    [
      'delete_source_branch_on_merge',
      project.delete_source_branch_on_merge === true,
      'The branch stays.',
      'GitHub deletes it: *Automatically delete head branches* in the settings of the repository.',
    ],
  ];
  for (const [key, isSaid, sentence, advice] of said) if (isSaid) name([...path, key], sentence, advice);
};

const nameTop = (raw: RawAtlantis, { name }: Leaves): void => {
  const said: readonly (readonly [key: keyof RawAtlantis, sentence: string, advice: string])[] = [
    [
      'parallel_plan',
      'Projects of one pull request are planned one after another.',
      'Pull requests run side by side: `parallel_runs` of the operator file.',
    ],
    ['parallel_apply', 'Projects of one pull request are applied one after another.', ''],
    ['abort_on_execution_order_fail', 'What depends on a project that failed always waits for it.', ''],
    ['allowed_regexp_prefixes', '`-p`, `-d` and `-w` take globs, not expressions.', ''],
    ['emoji_reaction', 'A command gets 👀 at once, then 👍, 🚀 or 😕.', ''],
    ['policies', 'Policies are those of the operator file.', 'Write them there, each with a `command`.'],
    ['silence_pr_comments', 'There is one comment, which is edited in place and notifies nobody.', ''],
    [
      'delete_source_branch_on_merge',
      'The branch stays.',
      'GitHub deletes it: *Automatically delete head branches* in the settings of the repository.',
    ],
    ['repo_locks', 'A project is locked from its plan on, until it is applied, closed or unlocked.', ''],
  ];
  for (const [key, sentence, advice] of said)
    if (raw[key] !== undefined && raw[key] !== false) name([key], sentence, advice);
};
