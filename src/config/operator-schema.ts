import { z } from 'zod';
import { quotedList } from '../domain/quote.ts';
import { botsSchema } from './bots.ts';
import { consumersSchema } from './consumers.ts';
import { dangerSchema } from './danger-schema.ts';
import { operatorDriftSchema, repositoryDriftSchema } from './drift-schema.ts';
import { durationSchema } from './durations.ts';
import { generateSchema } from './generate.ts';
import { notifySchema } from './notify.ts';
import { policySchema } from './policies.ts';
import { isolationSchema, sandboxSchema } from './sandbox-schema.ts';
import { glob, listOf, section, text, workflowName } from './schema-parts.ts';
import { operatorRuleSchema, repositoryGlobList, repositoryGlobs, settingNames } from './settings-schema.ts';
import { suspendingSchema } from './suspend-schema.ts';
import { toolsSchema } from './tools-schema.ts';
import { trustSchema } from './trust-schema.ts';
import { workflowsSchema } from './workflows.ts';

const prefix = text('one word in small letters, for example `atlantis`', /^@?[a-z0-9][a-z0-9_-]{0,38}$/);

const passedVariable = text(
  'a variable name, with `*` for any text, for example `AWS_*`',
  /^[A-Za-z_*][A-Za-z0-9_*]{0,127}$/,
);

const passed = (verb: string) =>
  listOf(passedVariable, 'a list of variable names')
    .default([])
    .describe(
      `Variables of the server that the tool sees during ${verb}; \`*\` stands for any text, but the server's own secrets are never passed.`,
    );

const lasting = (days: number, least: number, what: string) =>
  text(`a number of days from \`${least}d\` to \`3650d\`, for example \`${days}d\``, /^[1-9]\d{0,3}d$/)
    .refine((value) => Number.parseInt(value, 10) >= least && Number.parseInt(value, 10) <= 3650, {
      error: `a number of days from \`${least}d\` to \`3650d\``,
    })
    .default(`${days}d`)
    .describe(what);

const retention = section({
  // GitHub sends a delivery again for three days at most: its id must be known for longer.
  deliveries: lasting(30, 4, 'How long webhooks are remembered after they were worked on.'),
  runs: lasting(
    90,
    1,
    'How long plans and what tools printed are kept after a run has ended. The newest of an open pull request, and what a lock or an unknown outcome needs, stays.',
  ),
  checkouts: lasting(
    14,
    1,
    'How long the files of an open pull request that nobody touches are kept; those of a closed one go at once.',
  ),
  mirrors: lasting(30, 1, 'How long the mirror of a repository that nobody fetches from is kept.'),
  tools: lasting(
    90,
    1,
    'How long a version of a tool is kept that was fetched and that no run asked for; never one that a plan which is still kept was made with.',
  ),
  reports: lasting(30, 1, 'How long it is remembered what was reported on a pull request that is closed.'),
});

const maySet = listOf(
  z.enum(settingNames, { error: `one of ${quotedList(settingNames)}` }),
  'a list of keys of projects, for example `[version, requirements]`',
);

const projectsPerPull = z
  .int({ error: 'a whole number from 1 to 10000' })
  .min(1, { error: 'a whole number from 1 to 10000' })
  .max(10_000, { error: 'a whole number from 1 to 10000' });

const repositories = section({
  match: repositoryGlobs.describe('Globs of repositories, as `OWNER/REPOSITORY`.'),
  may_set: maySet
    .optional()
    .describe(
      'Keys that rules and projects of `tidegate.yaml` may set. A file that sets another is refused. Default: every key but `bind_approvals` and `workflow`.',
    ),
  projects_per_pull: projectsPerPull
    .optional()
    .describe('Instead of `projects_per_pull` of the server, for these repositories.'),
  workflows: listOf(text('the name of a workflow', workflowName), 'a list of names of workflows')
    .optional()
    .describe('Workflows that it may choose, where it may set `workflow`. Default: any.'),
  base_branches: listOf(glob, 'a list of branches, for example `[main, release/*]`')
    .optional()
    .describe('Instead of `base_branches` of the server.'),
  drift: repositoryDriftSchema.optional().describe('What holds for `drift` of its projects.'),
  discovery: section({
    mode: z
      .enum(['auto', 'enabled', 'disabled'], { error: '`auto`, `enabled` or `disabled`' })
      .optional()
      .describe('Instead of `discovery.mode` of `tidegate.yaml`.'),
    ignore: listOf(glob, 'a list of globs')
      .optional()
      .describe('Instead of `discovery.ignore` of `tidegate.yaml`.'),
  })
    .optional()
    .describe('How projects are found, whatever its own file says.'),
});

const atlantis = section({
  match: repositoryGlobs.describe('Globs of repositories, as `OWNER/REPOSITORY`.'),
  file: text(
    'a file of the repository, for example `atlantis.yaml`',
    /^(?![/-])(?!(?:.*\/)?\.{1,2}(?:\/|$))[A-Za-z0-9_./-]{1,200}\.ya?ml$/,
  )
    .optional()
    .describe('Path of the file. Default: what `atlantis_repo_config` says, else `atlantis.yaml`.'),
});

export const operatorSchema = section({
  allow: repositoryGlobList
    .min(1, { error: 'a list with one repository or more, for example `[acme/*]`' })
    .describe(
      'Repositories this server works for, as `OWNER/REPOSITORY` with globs. Required. Events of others are recorded and ignored.',
    ),
  prefixes: listOf(prefix, 'a list of words')
    .default([])
    .describe('Words that start a command besides `/` and `tidegate`, for example `atlantis`.'),
  base_branches: listOf(glob, 'a list of branches, for example `[main, release/*]`')
    .optional()
    .describe(
      'Branches (globs) that pull requests may be applied into. Default: the default branch of the repository. Rules come from the base branch, so list no branch that anybody may push to.',
    ),
  env: section({ plan: passed('plan'), apply: passed('apply') })
    .default({ plan: [], apply: [] })
    .describe('Variables of the server that tools may see. They see no others.'),
  allow_local_state: text('an absolute folder of the server', /^\/[^\p{C}]{1,1000}$/u)
    .optional()
    .describe(
      'Folder of the server in which a `local` backend may keep state, for trials. With bubblewrap isolation a tool sees the file of its own project alone, and a plan gets a copy of it; without isolation nothing keeps it from the others. Absent: local state is refused, it would be lost.',
    ),
  unread: z
    .enum(['fail', 'tell', 'allow'], { error: '`fail`, `tell` or `allow`' })
    .default('tell')
    .describe(
      'What is done where a pull request changes files of a known tool (Terragrunt, Terramate, Pulumi, CDKTF, kustomize, Helmfile, Ansible, DNSControl) that no runner of this server reads. `tell` names them in the comment and in the title of `tidegate/plan`, which asks for an answer where the repository has no project at all; `fail` lets the check fail; `allow` says nothing.',
    ),
  isolation: isolationSchema,
  sandbox: sandboxSchema
    .default(sandboxSchema.parse({}))
    .describe(
      'What tools may see and use behind their wall. Limits hold for plans: a limit would end an apply half way.',
    ),
  runners: listOf(
    text(
      'a folder of the server, absolute or relative to this file, for example `./runners`',
      /^[^-\p{C}][^\p{C}]{0,999}$/u,
    ),
    'a list of folders',
  )
    .default([])
    .describe(
      'Folders with runners of your own, one folder each with its `runner.yml`, besides those that come with Tidegate. Relative to this file. They are read when the server starts; a name that is there twice is refused.',
    ),
  tools: toolsSchema.default(toolsSchema.parse({})).describe('Which versions of tools are used.'),
  parallel_runs: z
    .int({ error: 'a whole number from 1 to 256' })
    .min(1, { error: 'a whole number from 1 to 256' })
    .max(256, { error: 'a whole number from 1 to 256' })
    .default(4)
    .describe('Runs at a time on this server.'),
  queued_runs: z
    .int({ error: 'a whole number from 1 to 100000' })
    .min(1, { error: 'a whole number from 1 to 100000' })
    .max(100_000, { error: 'a whole number from 1 to 100000' })
    .default(1000)
    .describe('Runs that may wait for their turn. Plans beyond are refused with a word, applies never.'),
  projects_per_pull: projectsPerPull
    .default(100)
    .describe(
      'Projects that one pull request may have planned at once. What a change affects beyond is not planned, and the checks stay open, until somebody comments `/plan --no-limit`: those whom `who_may` lets `plan-all`.',
    ),
  step_timeout: durationSchema('60m')
    .default('60m')
    .describe('Time limit of one tool invocation. A plan is stopped for it, an apply only reported.'),
  idle_timeout: durationSchema('15m')
    .default('15m')
    .describe(
      'How long a tool may print nothing before it is stopped: it may wait for input that nobody gives. An apply is only reported, never stopped for it.',
    ),
  free_space_floor: text(
    'a size in `MB` or `GB`, for example `512MB`; `0MB` for none',
    /^(?:0|[1-9]\d{0,5})(?:MB|GB)$/,
  )
    .default('512MB')
    .describe(
      'Free space on the disk of the data folder below which no webhook is taken and no run starts. GitHub keeps what is refused, and both go on by themselves when there is room again.',
    ),
  disk_quota: text(
    'a size in `MB` or `GB`, for example `50GB`; `0MB` for none',
    /^(?:0|[1-9]\d{0,5})(?:MB|GB)$/,
  )
    .default('50GB')
    .describe(
      'Room on disk for mirrors and checkouts together. Above it those that nobody used for longest go first, whatever `retention` says; never what a run, a lock or an unknown outcome needs.',
    ),
  retention: retention
    .default(retention.parse({}))
    .describe(
      'How long what is over is kept. The audit trail, and state files that were rescued, are never removed.',
    ),
  drain_timeout: durationSchema('1h')
    .default('1h')
    .describe(
      'How long a server that drains waits for applies. A minute before the end they are asked to stop; what is left then goes on without the server, if it can.',
    ),
  templates: text('an absolute folder of the server', /^\/[^\p{C}]{1,1000}$/u)
    .optional()
    .describe(
      'Folder of the server with Handlebars templates that stand in the place of those of comments: `board.hbs`, `fold.hbs` and so on, each a changed copy of the one that comes with Tidegate. They are checked when the server starts.',
    ),
  write_pace: z
    .enum(['github', 'unlimited'], { error: '`github` or `unlimited`' })
    .default('github')
    .describe(
      'How fast comments and checks are written. `github` stays below the limits of github.com; `unlimited` is for an Enterprise Server that has none.',
    ),
  environment_protection: z
    .enum(['when_readable', 'always', 'never'], { error: '`when_readable`, `always` or `never`' })
    .default('when_readable')
    .describe(
      'Whether what protects an environment on GitHub (reviewers, branches, wait timer) holds for applies of projects with that label. `when_readable`: where the App may read it (`actions: read`). `always`: nothing is applied into an environment that it may not read. `never`: it is not asked about.',
    ),
  suspend: suspendingSchema
    .default(suspendingSchema.parse({}))
    .describe('For how long `/suspend` keeps everything from being applied to a project.'),
  break_glass: z
    .enum(['administrators', 'never'], { error: '`administrators` or `never`' })
    .default('administrators')
    .describe(
      'Who may apply past reviews, checks, windows, policies and suspensions with `/apply --override REASON`: administrators of the repository, as far as `who_may` does not name fewer with `break-glass`, or nobody.',
    ),
  trust: trustSchema
    .default(trustSchema.parse({}))
    .describe(
      'What is asked of code that a pull request brings, before any of it runs: `allow`, `trust` (somebody has to comment `/trust` with the commit) or `refuse`.',
    ),
  bots: botsSchema
    .optional()
    .describe(
      "What is done with pull requests whose author is a bot. Absent: what is done with anybody's. Present: those of a bot that is not listed are not planned by themselves and not applied.",
    ),
  repositories: listOf(repositories, 'a list of repositories and what holds for them')
    .default([])
    .describe(
      'What `tidegate.yaml` of which repositories may set, and what else holds for them; of several that match and say it the last one counts.',
    ),
  atlantis: listOf(atlantis, 'a list of repositories')
    .default([])
    .describe(
      'Repositories whose `atlantis.yaml` is read where they have no `tidegate.yaml`; of several that match the last one counts. Absent: of none, and nothing is run where there is only an `atlantis.yaml`.',
    ),
  generate: listOf(generateSchema, 'a list of repositories and their commands')
    .default([])
    .describe(
      'Repositories some of whose projects are said by a command, which prints `version` and `projects` as in `tidegate.yaml`; of several that match the last one counts. It runs behind the wall without variables and secrets, and without a network where walls can close it. Programs and code come from the server and the base branch; what a pull request brings is data that it looks at.',
    ),
  atlantis_repo_config: text('an absolute path of the server', /^\/[^\p{C}]{1,1000}$/u)
    .optional()
    .describe(
      'The server-side repo config of Atlantis, read as it is when the server starts, as if what `tidegate import-atlantis --repo-config` prints stood in front of this file. A file of which something cannot be carried over is refused, with its line.',
    ),
  consumers: listOf(consumersSchema, 'a list of repositories of modules')
    .default([])
    .describe(
      'Repositories of modules on whose pull requests projects of other repositories that use them are shown. Absent: on none.',
    ),
  notify: notifySchema
    .optional()
    .describe('Who is told of what happens besides GitHub: programs by signed webhooks, people in Slack.'),
  drift: operatorDriftSchema
    .default(operatorDriftSchema.parse({}))
    .describe('How drift is looked for on this server. Where it is looked for, rules and projects say.'),
  policies: listOf(policySchema, 'a list of policies')
    .default([])
    .describe(
      'What every plan of the projects that it is for is held against, where `policies` is asked for.',
    ),
  danger: dangerSchema
    .default(dangerSchema.parse({}))
    .describe(
      'What is told first of a plan, besides what Tidegate knows of the resources of AWS, Google, Azure and Kubernetes.',
    ),
  workflows: workflowsSchema
    .default({})
    .describe(
      'Programs that run between the steps of a runner, where a rule or a project names them as its `workflow`.',
    ),
  rules: listOf(operatorRuleSchema, 'a list of rules')
    .default([])
    .describe(
      'Settings for every project whose dir matches; later rules win, requirements and lists of people add up.',
    ),
});

export type RawOperatorFile = z.infer<typeof operatorSchema>;
