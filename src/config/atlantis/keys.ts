/** What becomes of one thing that Atlantis knows. `read`: it is carried over. `instead`: it is not, and this is what to do. */
export interface AtlantisKey {
  readonly key: string;
  readonly how: 'read' | 'instead';
  readonly words: string;
}

const read = (key: string, words: string): AtlantisKey => ({ key, how: 'read', words });
const instead = (key: string, words: string): AtlantisKey => ({ key, how: 'instead', words });

/** Keys of `atlantis.yaml`. */
export const repositoryKeys: readonly AtlantisKey[] = [
  read('version', '`3`; a file of version 2 has to be brought to 3 first'),
  read('automerge', 'a rule for all projects with `automerge`'),
  read('autodiscover.mode', '`discovery.mode`'),
  read('autodiscover.ignore_paths', '`discovery.ignore`'),
  instead(
    'delete_source_branch_on_merge',
    '*Automatically delete head branches* in the settings of the repository on GitHub',
  ),
  instead(
    'parallel_plan',
    'nothing: projects of one pull request follow each other, pull requests run side by side (`parallel_runs` of the operator file)',
  ),
  instead('parallel_apply', 'as `parallel_plan`'),
  instead('abort_on_execution_order_fail', 'nothing: what depends on a project that failed always waits'),
  instead(
    'repo_locks.mode',
    'nothing: a project is locked from its plan on, a plan without changes keeps no lock, and who comes second waits in line',
  ),
  instead('silence_pr_comments', 'nothing: there is one comment, edited in place, which notifies nobody'),
  instead('allowed_regexp_prefixes', 'globs: `-p`, `-d` and `-w` take no expressions'),
  instead('emoji_reaction', 'nothing: 👀 at once, then 👍, 🚀 or 😕'),
  instead('policies', '`policies` of the operator file, each with a `command`'),
  read(
    'workflows',
    'arguments become `var_files`, `backend_files` and `env` of the projects; steps that run programs are the workflow of the same name in the operator file, or the file is refused',
  ),
  read('projects[].name', '`name`'),
  read('projects[].branch', '`branches`, as globs; an expression that no glob can say is refused'),
  read('projects[].dir', '`dir`; a glob stands for every folder with Terraform files that it matches'),
  read('projects[].workspace', '`workspace`'),
  read('projects[].terraform_distribution', '`runner`'),
  read('projects[].terraform_version', '`version`'),
  read('projects[].execution_order_group', '`depends_on` all projects of the group before'),
  read('projects[].depends_on', '`depends_on`'),
  instead(
    'projects[].autoplan.enabled',
    'nothing: a push plans every project that it affects, because what is merged without a plan is applied by nobody. A plan changes nothing, and keeps no lock where it has no changes. A rule with `requirements.plan` has it wait; `when_modified` says by which files',
  ),
  read('projects[].autoplan.when_modified', '`when_modified`; files of the folder itself always count'),
  read('projects[].plan_requirements', '`requirements.plan`'),
  read('projects[].apply_requirements', '`requirements.apply`; `undiverged` is `up_to_date`'),
  read('projects[].import_requirements', '`requirements.import`'),
  instead('projects[].repo_locks.mode', 'as `repo_locks.mode`'),
  instead('projects[].repo_locking', 'as `repo_locks.mode`'),
  read(
    'projects[].workflow',
    'as `workflows`; `may_set` of the operator file has to list `workflow` where it runs programs',
  ),
  read('projects[].policy_check', '`true` asks for `policies`; `false` takes nothing away'),
  instead(
    'projects[].custom_policy_check',
    'a policy with a `command`, whose exit code says whether the plan passes',
  ),
  instead('projects[].silence_pr_comments', 'as `silence_pr_comments`'),
  instead('projects[].delete_source_branch_on_merge', 'as `delete_source_branch_on_merge`'),
];

/** Keys of the server-side repo config. `tidegate import-atlantis --repo-config FILE` prints what those that are read come to. */
export const serverKeys: readonly AtlantisKey[] = [
  read(
    'repos[].id',
    '`repositories` of a rule and `match` under `repositories`, as globs for exactly the same repositories of this host; an id that no glob says is refused, one of another host left out',
  ),
  read(
    'repos[].branch',
    '`base_branches` under `repositories`; a pull request into another branch is planned and not applied',
  ),
  read('repos[].repo_config_file', '`file` under `atlantis`, for repositories that the operator lists there'),
  read(
    'repos[].plan_requirements',
    '`requirements.plan` of a rule that leaves out repositories for which a later entry says them; what a repository asks is added',
  ),
  read('repos[].apply_requirements', '`requirements.apply` of a rule, likewise'),
  read('repos[].import_requirements', '`requirements.import` of a rule, likewise'),
  read('repos[].workflow', '`workflow` of a rule, likewise'),
  read('repos[].allowed_workflows', '`workflows` under `repositories`'),
  read(
    'repos[].allowed_overrides',
    '`workflow` becomes `may_set`; requirements of a repository always count besides those of the server, and the rest has no counterpart',
  ),
  instead(
    'repos[].allow_custom_workflows',
    'programs stand in the operator file; nothing that a repository brings is run as a step',
  ),
  instead(
    'repos[].pre_workflow_hooks',
    'refused. `generate` of the operator file for what writes `atlantis.yaml` (`format: atlantis`), a program of a workflow or a check that is asked for (`requirements`) for what checks',
  ),
  instead(
    'repos[].post_workflow_hooks',
    'the metrics, the pages and the block for programs at the end of the comment',
  ),
  instead('repos[].repo_locks', 'as `repo_locks.mode` of `atlantis.yaml`'),
  instead('repos[].repo_locking', 'as `repo_locks.mode` of `atlantis.yaml`'),
  read(
    'repos[].policy_check',
    '`true`: a rule that asks for `policies`, likewise; without the key it is asked for where there are policy sets',
  ),
  instead(
    'repos[].custom_policy_check',
    'a policy with a `command`, whose exit code says whether the plan passes',
  ),
  read(
    'repos[].autodiscover',
    '`discovery` under `repositories`, which goes before the file of the repository',
  ),
  instead(
    'repos[].silence_pr_comments',
    'nothing: there is one comment, edited in place, which notifies nobody',
  ),
  instead(
    'repos[].delete_source_branch_on_merge',
    '*Automatically delete head branches* in the settings of the repository on GitHub',
  ),
  read(
    'workflows',
    '`workflows`: `run`, `env` and `multienv` between the steps of the runner, arguments as `var_files`, `backend_files` and `env`; `default` is that of every repository. One that calls the tool by a line of its own is refused, or left out where only repositories name it',
  ),
  read(
    'policies',
    '`policies` with a `command` for conftest, one for each set, and their owners; more than one approval is refused',
  ),
  instead('metrics', '`/metrics` on the second listener, for Prometheus'),
  instead('team_authz', 'refused. `who_may` of a rule: teams, people and permissions'),
  instead('external_stores', 'nothing: plans are kept, encrypted, in the data folder'),
  read(
    'an entry of repos[] that nothing checks',
    'every project of a file is held against `may_set` and `workflows`, not the first one alone',
  ),
];

/** What finds projects. */
export const discoveryKeys: readonly AtlantisKey[] = [
  read('changed files', 'from Git itself, both names of a rename, without a limit'),
  instead('--autoplan-file-list', '`when_modified` of a project; by default every file of its folder counts'),
  read('files never counted', 'as any file: state in the checkout is refused'),
  read(
    'directory rule',
    'a folder with root configuration is a project; a module is planned through the projects that use it',
  ),
  read('project indicator files', 'those of the runner (`runners/terraform/runner.yml`)'),
  read(
    'deleted directories',
    'their end is planned, from the base branch’s code, and applied by whoever may destroy',
  ),
  read('when_modified default', 'every file of the folder'),
  read('autodiscover.mode', 'see `atlantis.yaml`'),
  read('autodiscover.ignore_paths', 'see `atlantis.yaml`'),
  read('--autoplan-modules', 'always: local modules are followed, transitively'),
  instead('--autoplan-modules-from-projects', 'nothing: all projects are looked at'),
  instead('workspaces of a cloud block', 'name the workspace of the project'),
  read('dir globs', 'see `atlantis.yaml`'),
  instead('--include-git-untracked-files', 'commit what is generated'),
  instead(
    '--restrict-file-list',
    'nothing: a plan of a project that nothing changed shows no changes, and keeps no lock',
  ),
  instead('--skip-clone-no-changes', 'nothing: one mirror for each repository, and no clone'),
  read('env/WORKSPACE.tfvars', 'the last of `var_files` where the file exists'),
];

/** Stages and steps of workflows. */
export const stepKeys: readonly AtlantisKey[] = [
  read('stages plan and apply', '`plan` and `apply` of a workflow'),
  instead(
    'stages policy_check, import and state_rm',
    'policies of the operator file; an import and a removal are those of the runner',
  ),
  read(
    'built-in steps',
    'steps of the runner, all of them and in their order; one that is left out refuses the workflow',
  ),
  read('extra_args', '`var_files`, `backend_files` and `env`; what else changes a plan is refused'),
  read('run', '`run` with a list, or with `sh` where the operator wrote a line'),
  instead(
    'run.output',
    'nothing: what a program prints is in the log, masked, and not in the comment unless it fails',
  ),
  read('env', '`env` with `value`, a list or `sh`'),
  read('multienv', '`multienv` with a list or `sh`'),
  read(
    'step environment variables',
    '`WORKSPACE`, `PROJECT_NAME`, `REPO_REL_DIR`, `DIR` (`.`), `PLANFILE`, `PULL_NUM` and `HEAD_COMMIT`; a line that uses another one is refused, because it would be empty',
  ),
  instead('COMMENT_ARGS', 'nothing: arguments of a comment go to the tool alone, from a short list'),
  instead('hook environment variables', 'nothing: there are no hooks'),
  instead('server environment', '`env` of the operator file lists what tools see'),
  read('timeouts', '`step_timeout` and `idle_timeout`'),
  instead('init behaviour', 'nothing: no `-upgrade`, and the lock file is what is committed'),
  read('--fail-on-pre-workflow-hook-error', 'always: a program that fails, fails the run'),
  instead('custom plan file', 'a runner of your own: `runners/README.md`'),
];
