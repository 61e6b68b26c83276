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

const project = section({
  name: text.optional().describe('Unique.'),
  branch: text.optional().describe('`/expression/` of base branches.'),
  dir: text.describe('Folder, or a glob of folders.'),
  workspace: text.optional().describe("The tool's workspace."),
  terraform_distribution: z
    .enum(['terraform', 'opentofu'], { error: '`terraform` or `opentofu`' })
    .optional()
    .describe('The tool.'),
  terraform_version: text.optional().describe('Its version.'),
  execution_order_group: z
    .int({ error: 'a whole number' })
    .optional()
    .describe('Lower groups come before higher ones.'),
  depends_on: texts.optional().describe('Names of projects that come before.'),
  autoplan: section({
    enabled: flag.optional().describe('Whether a push plans it.'),
    when_modified: texts.optional().describe('Files whose change plans it.'),
  })
    .optional()
    .describe('What plans it by itself.'),
  repo_locking: flag.optional().describe('Whether it is locked.'),
  workflow: text.optional().describe('Name of its workflow.'),
  ...requirementsShape,
  ...sharedShape,
  ...policyShape,
});

/** `atlantis.yaml`, version 3. */
export const atlantisSchema = section({
  version: z
    .literal(3, { error: '`3`, the version of the format that Tidegate reads' })
    .describe('Version of the format.'),
  automerge: flag.optional().describe('Merge once all is applied.'),
  autodiscover: autodiscover.optional().describe('How projects are found.'),
  parallel_plan: flag.optional().describe('Plan projects side by side.'),
  parallel_apply: flag.optional().describe('Apply projects side by side.'),
  abort_on_execution_order_fail: flag.optional().describe('Stop behind a group that failed.'),
  allowed_regexp_prefixes: texts.optional().describe('Which expressions `-p` takes.'),
  emoji_reaction: text.optional().describe('Reaction to commands.'),
  policies: policies.optional().describe('Policies.'),
  workflows: atlantisWorkflows.optional().describe('Workflows by name.'),
  projects: listOf(project, 'a list of projects').optional().describe('Projects.'),
  ...sharedShape,
});

export type RawAtlantis = z.infer<typeof atlantisSchema>;
export type RawAtlantisProject = z.infer<typeof project>;
