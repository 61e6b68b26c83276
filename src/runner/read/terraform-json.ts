import type {
  AttributeChange,
  ChangeAction,
  Counts,
  OutputChange,
  PlanReading,
  ResourceChange,
} from '../../domain/plan-summary.ts';
import { UserError } from '../../domain/problem.ts';
import { attributeChanges, outputTexts, printPath } from './attributes.ts';
import { canonical, isRecord, parseExactly } from './canonical.ts';
import { createSecretTest, sensitiveTexts } from './secrets.ts';
import { type TerraformPlan, type TerraformResourceChange, terraformPlan } from './terraform-schema.ts';

/** Rows of one resource, and of a whole plan: the summary is stored and sent, it must stay small. */
const rowsPerResource = 60;
const rowsPerPlan = 3000;
/** Stands where the plan has more rows than that. */
const leftOut: readonly AttributeChange[] = [
  { path: '… left out', before: null, after: null, forcesReplacement: false },
];

const unreadable = (sentence: string): UserError =>
  new UserError({
    code: 'plan-unreadable',
    sentence,
    advice:
      'Nothing was counted and nothing can be applied. Use a version of the tool that this Tidegate knows, or update Tidegate.',
  });

interface Kind {
  readonly action: ChangeAction;
  readonly order: ResourceChange['order'];
}

/** Every list of actions that Terraform documents; another one is not guessed at. */
const kinds: Readonly<Record<string, Kind>> = {
  'no-op': { action: 'no-op', order: null },
  create: { action: 'create', order: null },
  read: { action: 'read', order: null },
  update: { action: 'update', order: null },
  delete: { action: 'delete', order: null },
  forget: { action: 'forget', order: null },
  'delete,create': { action: 'replace', order: 'delete-first' },
  'create,delete': { action: 'replace', order: 'create-first' },
};

const isImport = (change: TerraformResourceChange): boolean =>
  change.change.importing !== undefined && change.change.importing !== null;

const isMove = (change: TerraformResourceChange): boolean =>
  change.previous_address !== undefined && change.previous_address !== change.address;

const kindOf = (change: TerraformResourceChange): Kind => {
  const actions = change.change.actions.join(',');
  const kind = Object.hasOwn(kinds, actions) ? kinds[actions] : undefined;
  if (kind === undefined)
    throw unreadable(
      `The plan asks for \`${actions}\` on \`${change.address}\`, which this version of Tidegate does not know.`,
    );
  if (kind.action !== 'no-op') return kind;
  if (isImport(change)) return { action: 'import', order: null };
  return isMove(change) ? { action: 'move', order: null } : kind;
};

/** An import or a move that also changes something counts as both, as the tool's own summary does. */
const count = (changes: readonly TerraformResourceChange[]): Counts => {
  const of = (action: ChangeAction) => changes.filter((change) => kindOf(change).action === action).length;
  return {
    create: of('create'),
    update: of('update'),
    replace: of('replace'),
    delete: of('delete'),
    import: changes.filter(isImport).length,
    move: changes.filter(isMove).length,
    forget: of('forget'),
  };
};

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const sorted = (plan: TerraformPlan): readonly TerraformResourceChange[] =>
  [...(plan.resource_changes ?? [])].sort(
    (a, b) =>
      byCodeUnit(a.address, b.address) ||
      byCodeUnit(a.deposed ?? '', b.deposed ?? '') ||
      byCodeUnit(canonical(a.change), canonical(b.change)),
  );

/** What people must see first has first call on the rows: what is taken away, then what changes, then the new. */
const urgency = (change: TerraformResourceChange): number =>
  ['delete', 'replace', 'update'].indexOf(kindOf(change).action) + 1 || 4;

const attributesOf = (
  changes: readonly TerraformResourceChange[],
  isSecret: (text: string) => boolean,
): ReadonlyMap<TerraformResourceChange, readonly AttributeChange[]> => {
  let rows = rowsPerPlan;
  const found = new Map<TerraformResourceChange, readonly AttributeChange[]>();
  for (const one of [...changes].sort((a, b) => urgency(a) - urgency(b))) {
    const attributes =
      rows === 0 ? leftOut : attributeChanges(one.change, Math.min(rowsPerResource, rows), isSecret);
    rows = Math.max(0, rows - attributes.length);
    found.set(one, attributes);
  }
  return found;
};

const resourceChanges = (
  all: readonly TerraformResourceChange[],
  isSecret: (text: string) => boolean,
): readonly ResourceChange[] => {
  const changes = all.filter((one) => !['no-op', 'read'].includes(kindOf(one).action));
  const attributes = attributesOf(changes, isSecret);
  return changes.map((one) => ({
    address: one.deposed === undefined ? one.address : `${one.address} (deposed ${one.deposed})`,
    previousAddress: isMove(one) ? (one.previous_address ?? null) : null,
    type: one.type,
    provider: one.provider_name ?? '',
    ...kindOf(one),
    reason: one.action_reason ?? null,
    replacePaths: (one.change.replace_paths ?? []).map(printPath),
    attributes: attributes.get(one) ?? [],
  }));
};

const outputChanges = (plan: TerraformPlan, isSecret: (text: string) => boolean): readonly OutputChange[] =>
  Object.entries(plan.output_changes ?? {})
    .sort(([a], [b]) => byCodeUnit(a, b))
    .flatMap(([name, change]) => {
      const action = change.actions.join(',');
      if (action === 'no-op') return [];
      if (action !== 'create' && action !== 'update' && action !== 'delete')
        throw unreadable(
          `The plan asks for \`${action}\` on the output \`${name}\`, which this version of Tidegate does not know.`,
        );
      return [{ name, action, ...outputTexts(change, isSecret) }];
    });

/**
 * What the plan would do, as one text: the same for the same doing, whatever order the tool wrote it in.
 * Not in it: timestamps, prior state, drift, configuration.
 */
const meaningOf = (plan: TerraformPlan, changes: readonly TerraformResourceChange[]): string =>
  // Keys in order: text that needs no sorting is written at once.
  canonical({
    invocations: (plan.action_invocations ?? []).map(canonical).sort(byCodeUnit),
    outputs: plan.output_changes ?? {},
    resources: changes.map((one) => ({
      actions: one.change.actions,
      address: one.address,
      after: one.change.after ?? null,
      afterSensitive: one.change.after_sensitive ?? null,
      before: one.change.before ?? null,
      beforeSensitive: one.change.before_sensitive ?? null,
      deposed: one.deposed ?? null,
      importing: one.change.importing ?? null,
      previous: one.previous_address ?? null,
      replacePaths: (one.change.replace_paths ?? []).map(canonical).sort(byCodeUnit),
      unknown: one.change.after_unknown ?? null,
    })),
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
 * Throws UserError `plan-unreadable` for another major format, an action it does not know or text that is no plan:
 * counts are exact or absent.
 */
export const readTerraformPlan = (output: Buffer): PlanReading => {
  const plan = parsePlan(output);
  const changes = sorted(plan);
  const secrets = sensitiveTexts(plan);
  const isSecret = createSecretTest(secrets);
  const resources = resourceChanges(changes, isSecret);
  const outputs = outputChanges(plan, isSecret);
  const counts = count(changes);
  return {
    summary: {
      formatVersion: plan.format_version,
      toolVersion: plan.terraform_version,
      hasChanges:
        plan.applyable ??
        (resources.length > 0 || outputs.length > 0 || counts.import > 0 || counts.move > 0),
      counts,
      resources,
      outputs,
    },
    meaning: meaningOf(plan, changes),
    secrets,
  };
};
