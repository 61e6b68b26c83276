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

const deferredChange = z.object({ reason: z.string(), resource_change: resourceChange });
const deferredInvocation = z.object({ reason: z.string(), action_invocation: invocation });

/** Of the root module, with the values that were given. */
const variables = z.record(z.string(), z.object({ value: z.unknown().optional() }));
/** What the root module's configuration says of them. */
const declaredVariables = z.record(z.string(), z.object({ sensitive: z.boolean().optional() }));
/** An attribute outside of what is planned that the plan was made from; without a resource: of all. */
const relevantAttribute = z.object({ resource: z.string().optional(), attribute: path.nullish() });

/** In `prior_state` and `planned_values`: a resource of a module. It is searched for secrets only. */
const stateResource = z.looseObject({
  address: z.unknown().optional(),
  values: z.unknown().optional(),
  sensitive_values: z.unknown().optional(),
});
const stateOutput = z.looseObject({ value: z.unknown().optional(), sensitive: z.unknown().optional() });

/** Each part that a plan is read in, see `terraform-parts.ts`. */
export const terraformParts = {
  format_version: z.string(),
  terraform_version: z.string(),
  applyable: z.boolean(),
  complete: z.boolean(),
  errored: z.boolean(),
  variables,
  declared_variables: declaredVariables,
  resource_change: resourceChange,
  resource_drift: resourceChange,
  deferred_change: deferredChange,
  output_change: change,
  relevant_attribute: relevantAttribute,
  action_invocation: invocation,
  deferred_action_invocation: deferredInvocation,
  check,
  state_resource: stateResource,
  state_output: stateOutput,
} as const;

export type TerraformParts = {
  readonly [Name in keyof typeof terraformParts]: z.infer<(typeof terraformParts)[Name]>;
};
export type TerraformChange = TerraformParts['output_change'];
export type TerraformResourceChange = TerraformParts['resource_change'];
export type TerraformInvocation = TerraformParts['action_invocation'];
