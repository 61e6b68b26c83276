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
import { createHiding, type Hiding } from './hiding.ts';
import { sameValuesOf } from './same-values.ts';
import { withoutSecretKeys } from './secret-keys.ts';
import { createSecretTest } from './secrets.ts';
import { checkResults, dataReads, deferredChanges, invocations } from './terraform-beside.ts';
import { createFirstLook, type FirstLook } from './terraform-first.ts';
import { byCodeUnit, type Kind } from './terraform-kinds.ts';
import { meaningOf } from './terraform-meaning.ts';
import { createPartReader } from './terraform-parts.ts';
import type { TerraformChange } from './terraform-schema.ts';
import { createSecondLook, type SecondLook } from './terraform-second.ts';
import { unreadable } from './unreadable.ts';

/** An import or a move that also changes something counts as both, as the tool's own summary does. */
export const countChanges = (changes: readonly Kind[]): Omit<Counts, 'read' | 'invoke' | 'deferred'> => {
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

export const outputChanges = (
  changes: ReadonlyMap<string, TerraformChange>,
  hiding: Hiding,
): readonly OutputChange[] =>
  [...changes]
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

/** Text of a plan is kept up to so many bytes, as values; one that has more changes is gone through twice. */
const keepUpTo = 4 * 1024 * 1024;

/** Takes a plan as it comes in. */
export interface PlanReader {
  push(chunk: Uint8Array): void;
  /** Called at the end of the text: what was read, or null where all of it has to be pushed once more. */
  end(): PlanReading | null;
}

/**
 * Reads `terraform show -json PLAN` (OpenTofu's too), of any size.
 *
 * Throws UserError `plan-unreadable` for another major format, an action it does not know, a plan that ended with
 * an error or text that is no plan: counts are exact or absent.
 * @param catalogue what counts as an opening or as a protection that goes; it has no part in the plan's meaning
 */
export const createTerraformReader = (
  catalogue: DangerCatalogue = emptyCatalogue,
  options: ReadOptions & { readonly keepBytes?: number } = {},
): PlanReader => {
  const first = createFirstLook(options.keepBytes ?? keepUpTo);
  let parts = createPartReader(first.takers);
  let begun: { readonly look: FirstLook; readonly hiding: Hiding; readonly second: SecondLook } | null = null;
  return {
    push: (chunk) => parts.push(chunk),
    end: () => {
      parts.end();
      if (begun !== null) return readingOf(begun.look, begun.second, begun.hiding, options);
      const look = first.look();
      const hiding = createHiding(createSecretTest(look.secrets.keys()), options);
      const second = createSecondLook(look, hiding, catalogue);
      if (second.isOver) return readingOf(look, second, hiding, options);
      begun = { look, hiding, second };
      parts = createPartReader(second.takers, second.wants);
      return null;
    },
  };
};

const readingOf = (
  look: FirstLook,
  second: SecondLook,
  hiding: Hiding,
  { fingerprint = () => null }: ReadOptions,
): PlanReading => {
  const { head, secrets, doing } = look;
  const { resources, ...drift } = second.look();
  const outputs = outputChanges(doing.outputs, hiding);
  const sameValues = sameValuesOf(resources, outputs, secrets, fingerprint);
  const reads = dataReads(look.reads);
  const invoked = invocations(doing.invocations);
  const deferred = deferredChanges(doing.deferred, doing.deferredInvocations);
  const counts = {
    ...countChanges(look.changes),
    read: reads.count,
    invoke: invoked.count,
    deferred: deferred.count,
  };
  const doesSomething =
    head.applyable ?? (resources.length > 0 || outputs.length > 0 || counts.move > 0 || counts.invoke > 0);
  const summary: PlanSummary = {
    formatVersion: head.formatVersion,
    toolVersion: head.toolVersion,
    hasChanges: doesSomething || counts.deferred > 0,
    facts: 'all',
    complete: head.complete,
    applyable: head.applyable,
    counts,
    resources,
    kept: look.same,
    outputs,
    reads: reads.list,
    deferred: deferred.list,
    invocations: invoked.list,
    ...checkResults(look.checks, (text) => hiding.text([], text) ?? hiding.hidden(text)),
    ...drift,
    ...(sameValues.length === 0 ? {} : { sameValues }),
  };
  return {
    // What is approved is the plan with its own keys.
    summary: withoutSecretKeys(summary, hiding),
    meaning: meaningOf(doing),
    secrets: [...secrets.keys()],
  };
};
