import { z } from 'zod';

/** The part of Terraform's plan representation that is read: https://developer.hashicorp.com/terraform/internals/json-format */

const path = z.array(z.union([z.string(), z.number()]));

const change = z.object({
  actions: z.array(z.string()),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  // Not optional: without them nobody knows which values may be shown.
  after_unknown: z.unknown(),
  before_sensitive: z.unknown(),
  after_sensitive: z.unknown(),
  replace_paths: z.array(path).optional(),
  importing: z.unknown().optional(),
});

const resourceChange = z.object({
  address: z.string(),
  previous_address: z.string().optional(),
  module_address: z.string().optional(),
  mode: z.enum(['managed', 'data']).optional(),
  type: z.string(),
  name: z.string().optional(),
  index: z.union([z.string(), z.number()]).nullish(),
  provider_name: z.string().optional(),
  deposed: z.string().optional(),
  action_reason: z.string().optional(),
  change,
});

// Loose: all of it is in the meaning of the plan, whatever else a version adds.
const invocation = z.looseObject({
  address: z.string(),
  type: z.string().optional(),
  config_values: z.unknown().optional(),
  config_sensitive: z.unknown().optional(),
  lifecycle_action_trigger: z
    .looseObject({
      triggering_resource_address: z.string().optional(),
      action_trigger_event: z.string().optional(),
    })
    .nullish(),
});

const checkedObject = z.object({
  address: z.object({ to_display: z.string() }),
  status: z.string(),
  problems: z.array(z.object({ message: z.string() })).nullish(),
});

const check = checkedObject.extend({
  address: z.object({ to_display: z.string(), kind: z.string() }),
  instances: z.array(checkedObject).nullish(),
});

export const terraformPlan = z.object({
  format_version: z.string(),
  terraform_version: z.string(),
  resource_changes: z.array(resourceChange).optional(),
  deferred_changes: z.array(z.object({ reason: z.string(), resource_change: resourceChange })).optional(),
  resource_drift: z.array(resourceChange).optional(),
  /** Attributes outside of what is planned that the plan was made from; without a resource: of all. */
  relevant_attributes: z
    .array(z.object({ resource: z.string().optional(), attribute: path.nullish() }))
    .optional(),
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
  /** With what was read while planning; searched for secrets only, and by hand, since it is most of the plan. */
  prior_state: z.unknown().optional(),
  planned_values: z.unknown().optional(),
  action_invocations: z.array(invocation).optional(),
  deferred_action_invocations: z
    .array(z.object({ reason: z.string(), action_invocation: invocation }))
    .optional(),
  checks: z.array(check).optional(),
  applyable: z.boolean().optional(),
  complete: z.boolean().optional(),
  errored: z.boolean().optional(),
});

export type TerraformPlan = z.infer<typeof terraformPlan>;
export type TerraformChange = z.infer<typeof change>;
export type TerraformResourceChange = z.infer<typeof resourceChange>;
export type TerraformInvocation = z.infer<typeof invocation>;
