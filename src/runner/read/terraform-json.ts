import { type DangerCatalogue, emptyCatalogue } from '../../domain/danger/catalogue.ts';
import type {
  ChangeAction,
  Counts,
  OutputChange,
  PlanReading,
  PlanSummary,
} from '../../domain/plan-summary.ts';
import type { ReadOptions } from '../port.ts';
import { outputTexts } from './attributes.ts';
import { isRecord, parseExactly } from './canonical.ts';
import { createHiding, type Hiding } from './hiding.ts';
import { sameValuesOf } from './same-values.ts';
import { withoutSecretKeys } from './secret-keys.ts';
import { createSecretTest, secretsOf } from './secrets.ts';
import { checkResults, dataReads, deferredChanges, invocations } from './terraform-beside.ts';
import { relevantDrift } from './terraform-drift.ts';
import { byCodeUnit, type Planned, plannedOf } from './terraform-kinds.ts';
import { meaningOf, sortedChanges } from './terraform-meaning.ts';
import { resourceChanges } from './terraform-resources.ts';
import { type TerraformPlan, terraformPlan } from './terraform-schema.ts';
import { unreadable } from './unreadable.ts';

/** An import or a move that also changes something counts as both, as the tool's own summary does. */
const count = (changes: readonly Planned[]): Omit<Counts, 'read' | 'invoke' | 'deferred'> => {
  const of = (action: ChangeAction) => changes.filter((change) => change.action === action).length;
  return {
    create: of('create'),
    update: of('update'),
    replace: of('replace'),
    delete: of('delete'),
    import: changes.filter(({ imported }) => imported).length,
    move: changes.filter(({ moved }) => moved).length,
    forget: of('forget'),
  };
};

const outputChanges = (plan: TerraformPlan, hiding: Hiding): readonly OutputChange[] =>
  Object.entries(plan.output_changes ?? {})
    .sort(([a], [b]) => byCodeUnit(a, b))
    .flatMap(([name, change]) => {
      const action = change.actions.join(',');
      if (action === 'no-op') return [];
      if (action !== 'create' && action !== 'update' && action !== 'delete')
        throw unreadable(
          `The plan asks for \`${action}\` on the output \`${name}\`, which this version of Tidegate does not know.`,
        );
      return [{ name, action, ...outputTexts(name, change, hiding) }];
    });

const parsePlan = (output: Buffer): TerraformPlan => {
  let content: unknown;
  try {
    content = parseExactly(output.toString('utf8'));
  } catch {
    throw unreadable('The tool did not print a plan as JSON.');
  }
  const version = isRecord(content) ? content['format_version'] : undefined;
  // The promise of the format: minor versions only add. https://developer.hashicorp.com/terraform/internals/json-format
  if (typeof version !== 'string' || !version.startsWith('1.'))
    throw unreadable(
      typeof version === 'string'
        ? `The plan has \`format_version\` \`${version.slice(0, 40)}\`; this version of Tidegate knows 1.`
        : 'The plan has no `format_version`.',
    );
  const parsed = terraformPlan.safeParse(content);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw unreadable(
      `The plan is not what its \`format_version\` \`${version}\` promises: \`${issue?.path.join('.')}\`: ${issue?.message}.`,
    );
  }
  if (parsed.data.errored === true) throw unreadable('The plan says of itself that it ended with an error.');
  return parsed.data;
};

/**
 * Reads `terraform show -json PLAN` (OpenTofu's too).
 *
 * Throws UserError `plan-unreadable` for another major format, an action it does not know, a plan that ended with
 * an error or text that is no plan: counts are exact or absent.
 * @param catalogue what counts as an opening or as a protection that goes; it has no part in the plan's meaning
 */
export const readTerraformPlan = (
  output: Buffer,
  catalogue: DangerCatalogue = emptyCatalogue,
  options: ReadOptions = {},
): PlanReading => {
  const plan = parsePlan(output);
  const sorted = sortedChanges(plan);
  const changes = sorted.map(plannedOf);
  const secrets = secretsOf(plan);
  const hiding = createHiding(createSecretTest(secrets.keys()), options);
  const resources = resourceChanges(changes, hiding, catalogue);
  const outputs = outputChanges(plan, hiding);
  const sameValues = sameValuesOf(resources, outputs, secrets, options.fingerprint ?? (() => null));
  const reads = dataReads(changes);
  const invoked = invocations(plan);
  const deferred = deferredChanges(plan);
  const counts = { ...count(changes), read: reads.count, invoke: invoked.count, deferred: deferred.count };
  const doesSomething =
    plan.applyable ?? (resources.length > 0 || outputs.length > 0 || counts.move > 0 || counts.invoke > 0);
  const summary: PlanSummary = {
    formatVersion: plan.format_version,
    toolVersion: plan.terraform_version,
    hasChanges: doesSomething || counts.deferred > 0,
    facts: 'all',
    complete: plan.complete ?? null,
    applyable: plan.applyable ?? null,
    counts,
    resources,
    outputs,
    reads: reads.list,
    deferred: deferred.list,
    invocations: invoked.list,
    ...checkResults(plan, (text) => hiding.text([], text) ?? hiding.hidden(text)),
    ...relevantDrift(plan, hiding),
    ...(sameValues.length === 0 ? {} : { sameValues }),
  };
  return {
    // What is approved is the plan with its own keys.
    summary: withoutSecretKeys(summary, hiding),
    meaning: meaningOf(plan, sorted),
    secrets: [...secrets.keys()],
  };
};
