import { z } from 'zod';
import { listOf, section } from '../schema-parts.ts';

const longest = 1024;

export const text = z.string({ error: 'text' }).max(longest, { error: `at most ${longest} characters` });
export const texts = listOf(text, 'a list of texts');

/** Go's YAML takes the words of YAML 1.1 where it expects a switch. */
export const flag = z.union(
  [
    z.boolean(),
    z
      .enum(['yes', 'no', 'on', 'off', 'Yes', 'No', 'On', 'Off', 'YES', 'NO', 'ON', 'OFF', 'y', 'n'])
      .transform((word) => /^(?:y|on)/i.test(word)),
  ],
  { error: '`true` or `false`' },
);

const requirement = z.enum(['approved', 'mergeable', 'undiverged', 'policies_passed'], {
  error: '`approved`, `mergeable` or `undiverged`',
});

export const requirementsShape = {
  plan_requirements: listOf(requirement, 'a list of requirements')
    .optional()
    .describe('What must hold before a plan.'),
  apply_requirements: listOf(requirement, 'a list of requirements')
    .optional()
    .describe('What must hold before an apply.'),
  import_requirements: listOf(requirement, 'a list of requirements')
    .optional()
    .describe('What must hold before an import.'),
};

/** In projects, in repositories of the server's file, and some of it at the top of `atlantis.yaml`. */
export const sharedShape = {
  repo_locks: section({
    mode: z
      .enum(['on_plan', 'on_apply', 'disabled'], { error: '`on_plan`, `on_apply` or `disabled`' })
      .optional()
      .describe('When a project is locked.'),
  })
    .optional()
    .describe('When projects are locked.'),
  silence_pr_comments: listOf(z.enum(['plan', 'apply'], { error: '`plan` or `apply`' }), 'a list of commands')
    .optional()
    .describe('Commands that are not answered by comments.'),
  delete_source_branch_on_merge: flag.optional().describe('Delete the branch once it is merged.'),
};

export const policyShape = {
  policy_check: flag.optional().describe('Whether policies are checked.'),
  custom_policy_check: flag.optional().describe('Whether other tools than conftest check policies.'),
};

export const autodiscover = section({
  mode: z
    .enum(['auto', 'enabled', 'disabled'], { error: '`auto`, `enabled` or `disabled`' })
    .optional()
    .describe('Whether projects are found.'),
  ignore_paths: texts.optional().describe('Folders that are not found.'),
});

const owners = section({
  users: texts.optional().describe('Logins.'),
  teams: texts.optional().describe('Teams.'),
});

export const policies = section({
  conftest_version: text.optional().describe('Version of conftest.'),
  owners: owners.optional().describe('Who approves any of them.'),
  approve_count: z.int({ error: 'a whole number' }).optional().describe('How many approvals it takes.'),
  policy_sets: listOf(
    section({
      name: text.describe('Its name.'),
      path: text.describe('Where it is.'),
      source: text.optional().describe('`local`.'),
      owners: owners.optional().describe('Who approves it.'),
      approve_count: z.int({ error: 'a whole number' }).optional().describe('How many approvals it takes.'),
      prevent_self_approve: flag.optional().describe('Whether authors may approve it.'),
      sticky_policy_approvals: flag.optional().describe('Whether approvals outlive a plan.'),
      policy_item_regex: text.optional().describe('What one item is.'),
    }),
    'a list of policy sets',
  )
    .optional()
    .describe('Policy sets.'),
});

export type AtlantisRequirement = z.infer<typeof requirement>;
export type AtlantisPolicies = z.infer<typeof policies>;
