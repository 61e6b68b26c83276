import { z } from 'zod';
import { listOf, section } from '../schema-parts.ts';
import {
  autodiscover,
  flag,
  policies,
  policyShape,
  requirementsShape,
  sharedShape,
  text,
  texts,
} from './schema-parts.ts';
import { atlantisWorkflows } from './steps-schema.ts';

const hook = section({
  run: text.describe('A line for a shell.'),
  description: text.optional().describe('What it is for.'),
  commands: text.optional().describe('Commands that it is run for.'),
  shell: text.optional().describe('Program that is given the line.'),
  shellArgs: text.optional().describe('Its arguments before the line.'),
});

const overrides = [
  'plan_requirements',
  'apply_requirements',
  'import_requirements',
  'workflow',
  'delete_source_branch_on_merge',
  'repo_locking',
  'repo_locks',
  'policy_check',
  'custom_policy_check',
  'silence_pr_comments',
] as const;

const repository = section({
  id: text.describe('`HOST/OWNER/REPOSITORY`, or an `/expression/`.'),
  branch: text.optional().describe('`/expression/` of base branches.'),
  repo_config_file: text.optional().describe('File that is read instead of `atlantis.yaml`.'),
  workflow: text.optional().describe('Name of the workflow of its projects.'),
  allowed_workflows: texts.optional().describe('Workflows that it may choose.'),
  allowed_overrides: listOf(z.enum(overrides, { error: `one of ${overrides.join(', ')}` }), 'a list of keys')
    .optional()
    .describe('Keys that it may set.'),
  allow_custom_workflows: flag.optional().describe('Whether it may bring workflows of its own.'),
  pre_workflow_hooks: listOf(hook, 'a list of hooks').optional().describe('Lines before every command.'),
  post_workflow_hooks: listOf(hook, 'a list of hooks').optional().describe('Lines behind every command.'),
  repo_locking: flag.optional().describe('Whether projects are locked.'),
  autodiscover: autodiscover.optional().describe('How projects are found.'),
  ...requirementsShape,
  ...sharedShape,
  ...policyShape,
});

const open = z.record(z.string(), z.unknown(), { error: 'a mapping of keys to values' });

/** The server-side repo config of Atlantis (`--repo-config`). */
export const atlantisServerSchema = section({
  repos: listOf(repository, 'a list of repositories').optional().describe('Repositories.'),
  workflows: atlantisWorkflows.optional().describe('Workflows by name.'),
  policies: policies.optional().describe('Policies.'),
  metrics: section({
    statsd: open.optional().describe('Where to.'),
    prometheus: open.optional().describe('Where.'),
  })
    .optional()
    .describe('Metrics.'),
  team_authz: section({
    command: text.describe('Program that is asked.'),
    args: texts.optional().describe('Its arguments.'),
  })
    .optional()
    .describe('Who may do what.'),
  external_stores: section({ plan_store: open.optional().describe('Where plans are kept.') })
    .optional()
    .describe('Where plans are kept.'),
});

export type RawAtlantisServer = z.infer<typeof atlantisServerSchema>;
