import { z } from 'zod';

/** The part of Terraform's plan representation that is read: https://developer.hashicorp.com/terraform/internals/json-format */

const change = z.object({
  actions: z.array(z.string()),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  // Not optional: without them nobody knows which values may be shown.
  after_unknown: z.unknown(),
  before_sensitive: z.unknown(),
  after_sensitive: z.unknown(),
  replace_paths: z.array(z.array(z.union([z.string(), z.number()]))).optional(),
  importing: z.unknown().optional(),
});

const resourceChange = z.object({
  address: z.string(),
  previous_address: z.string().optional(),
  type: z.string(),
  provider_name: z.string().optional(),
  deposed: z.string().optional(),
  action_reason: z.string().optional(),
  change,
});

export const terraformPlan = z.object({
  format_version: z.string(),
  terraform_version: z.string(),
  resource_changes: z.array(resourceChange).optional(),
  output_changes: z.record(z.string(), change).optional(),
  /** Of the root module, with the values that were given. */
  variables: z.record(z.string(), z.object({ value: z.unknown().optional() })).optional(),
  configuration: z
    .object({
      root_module: z
        .object({
          variables: z.record(z.string(), z.object({ sensitive: z.boolean().optional() })).optional(),
        })
        .optional(),
    })
    .optional(),
  action_invocations: z.array(z.unknown()).optional(),
  applyable: z.boolean().optional(),
  errored: z.boolean().optional(),
});

export type TerraformPlan = z.infer<typeof terraformPlan>;
export type TerraformChange = z.infer<typeof change>;
export type TerraformResourceChange = z.infer<typeof resourceChange>;
