import { isRecord } from './canonical.ts';
import type { TerraformPlan } from './terraform-schema.ts';

/** A text equal to a secret of this length is one; shorter ones are words like `on` and `eu`. */
const equalFrom = 4;
/** A secret of this length is found inside longer texts too. */
const insideFrom = 8;
/** A number of fewer digits is one like any other: a port, a count. */
const numberFrom = 6;

/** All that is in a value which is marked as a whole. */
const collectAll = (value: unknown, found: Set<string>): void => {
  if (typeof value === 'string') {
    if (value.length >= equalFrom) found.add(value);
  } else if (typeof value === 'number') {
    if (String(value).length >= numberFrom) found.add(String(value));
  } else if (Array.isArray(value)) for (const one of value) collectAll(one, found);
  else if (isRecord(value)) for (const one of Object.values(value)) collectAll(one, found);
};

/** Along the mask, which is small as a rule, and not along the value. */
const collect = (value: unknown, mask: unknown, found: Set<string>): void => {
  if (mask === true) collectAll(value, found);
  else if (Array.isArray(mask)) {
    if (Array.isArray(value))
      mask.forEach((one, index) => {
        collect(value[index], one, found);
      });
  } else if (isRecord(mask) && isRecord(value))
    for (const key of Object.keys(mask)) if (Object.hasOwn(value, key)) collect(value[key], mask[key], found);
};

const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const collectModule = (module: unknown, found: Set<string>): void => {
  if (!isRecord(module)) return;
  for (const one of listIn(module['resources']))
    if (isRecord(one)) collect(one['values'], one['sensitive_values'], found);
  for (const child of listIn(module['child_modules'])) collectModule(child, found);
};

/**
 * All that is in a state as plans show it: what a data source reads while planning stands nowhere else.
 * https://developer.hashicorp.com/terraform/internals/json-format#values-representation
 */
const collectValues = (values: unknown, found: Set<string>): void => {
  if (!isRecord(values)) return;
  collectModule(values['root_module'], found);
  const outputs = isRecord(values['outputs']) ? values['outputs'] : {};
  for (const one of Object.values(outputs)) if (isRecord(one)) collect(one['value'], one['sensitive'], found);
};

/**
 * Every text that the plan marks as sensitive somewhere, longest first. The tool loses the mark where a
 * provider computes with the value: `terraform_data.output` repeats a sensitive `input` in clear.
 */
export const sensitiveTexts = (plan: TerraformPlan): readonly string[] => {
  const found = new Set<string>();
  const changes = [
    ...(plan.resource_changes ?? []).map((one) => one.change),
    ...(plan.deferred_changes ?? []).map((one) => one.resource_change.change),
    ...(plan.resource_drift ?? []).map((one) => one.change),
    ...Object.values(plan.output_changes ?? {}),
  ];
  for (const change of changes) {
    collect(change.before, change.before_sensitive, found);
    collect(change.after, change.after_sensitive, found);
  }
  if (isRecord(plan.prior_state)) collectValues(plan.prior_state['values'], found);
  collectValues(plan.planned_values, found);
  const invocations = [
    ...(plan.action_invocations ?? []),
    ...(plan.deferred_action_invocations ?? []).map((one) => one.action_invocation),
  ];
  for (const one of invocations) collect(one.config_values, one.config_sensitive, found);
  // What a variable was given comes out wherever it is used, and the tool forgets the mark where a provider computes.
  const declared = plan.configuration?.root_module?.variables ?? {};
  for (const [name, { value }] of Object.entries(plan.variables ?? {}))
    if (Object.hasOwn(declared, name)) collect(value, declared[name]?.sensitive, found);
  return [...found].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
};

/** Does a text hold one of them? */
export const createSecretTest = (texts: readonly string[]): ((text: string) => boolean) => {
  if (texts.length === 0) return () => false;
  const equal = new Set(texts);
  const inside = texts.filter((text) => text.length >= insideFrom);
  return (text) => equal.has(text) || inside.some((secret) => text.includes(secret));
};
