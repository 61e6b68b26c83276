import type { DataRead, PlanSummary } from '../../domain/plan-summary.ts';
import { createSecretSearch, type PlanSecrets } from './secrets.ts';
import { hasDifferences } from './sides.ts';
import { type Kind, kindOf } from './terraform-kinds.ts';
import { type Doing, type Meant, meantBy } from './terraform-meaning.ts';
import type { PartTakers } from './terraform-parts.ts';
import type { TerraformChange, TerraformParts, TerraformResourceChange } from './terraform-schema.ts';
import { unreadable } from './unreadable.ts';

/** A change that does something, without its values. */
export interface Outlined extends Kind, Meant {
  /** Where in the plan's own list it is. */
  readonly ordinal: number;
  readonly hasRows: boolean;
}

type List<Name extends keyof TerraformParts> = TerraformParts[Name][];

/** What a plan says, but for the values of its changes. */
export interface FirstLook {
  readonly head: Pick<PlanSummary, 'formatVersion' | 'toolVersion' | 'complete' | 'applyable'>;
  readonly secrets: PlanSecrets;
  readonly doing: Doing;
  readonly changes: readonly Outlined[];
  readonly reads: readonly DataRead[];
  readonly checks: List<'check'>;
  readonly relevant: List<'relevant_attribute'>;
  readonly drifted: number;
  /** Managed resources without a change. */
  readonly same: number;
  /** By their place in the plan's own lists, those that memory is kept for. */
  readonly kept: {
    readonly changes: ReadonlyMap<number, TerraformResourceChange>;
    readonly drift: ReadonlyMap<number, TerraformResourceChange>;
  };
}

/**
 * Goes through a whole plan once. What may be shown of a value nobody knows before the end: a secret may be told anywhere.
 *
 * @param keepBytes so much of its text is kept, as values, so that a plan which is not larger need not be read again
 */
export const createFirstLook = (
  keepBytes: number,
): { readonly takers: PartTakers; readonly look: () => FirstLook } => {
  const search = createSecretSearch();
  const head: {
    formatVersion?: string;
    toolVersion?: string;
    complete?: boolean;
    applyable?: boolean;
    errored?: boolean;
  } = {};
  const variables = new Map<string, unknown>();
  const sensitive = new Set<string>();
  const meant: Meant[] = [];
  const changes: Outlined[] = [];
  const reads: DataRead[] = [];
  const outputs = new Map<string, TerraformChange>();
  const deferred: List<'deferred_change'> = [];
  const invocations: List<'action_invocation'> = [];
  const deferredInvocations: List<'deferred_action_invocation'> = [];
  const checks: List<'check'> = [];
  const relevant: List<'relevant_attribute'> = [];
  const kept = {
    changes: new Map<number, TerraformResourceChange>(),
    drift: new Map<number, TerraformResourceChange>(),
  };
  let drifted = 0;
  let same = 0;
  let room = keepBytes;

  const keep = (
    list: Map<number, TerraformResourceChange>,
    ordinal: number,
    json: TerraformResourceChange,
    bytes: number,
  ): void => {
    room -= bytes;
    if (room >= 0) list.set(ordinal, json);
  };

  const takers: PartTakers = {
    format_version: (version) => {
      head.formatVersion = version;
    },
    terraform_version: (version) => {
      head.toolVersion = version;
    },
    applyable: (word) => {
      head.applyable = word;
    },
    complete: (word) => {
      head.complete = word;
    },
    errored: (word) => {
      head.errored = word;
    },
    variables: (all) => {
      for (const [name, { value }] of Object.entries(all)) variables.set(name, value);
    },
    declared_variables: (all) => {
      for (const [name, one] of Object.entries(all)) if (one.sensitive === true) sensitive.add(name);
    },
    resource_change: (json, { ordinal, text }) => {
      search.change(json.address, json.change);
      const one = meantBy(json);
      meant.push(one);
      const kind = kindOf(json);
      if (kind.action === 'no-op') {
        if (json.mode !== 'data') same += 1;
        return;
      }
      if (kind.action === 'read') {
        reads.push({ address: json.address, type: json.type, reason: json.action_reason ?? null });
        return;
      }
      changes.push({ ...one, ...kind, ordinal, hasRows: hasDifferences(json.change) });
      keep(kept.changes, ordinal, json, text.length);
    },
    resource_drift: (json, { ordinal, text }) => {
      drifted += 1;
      search.change(json.address, json.change);
      keep(kept.drift, ordinal, json, text.length);
    },
    deferred_change: (one) => {
      search.change(one.resource_change.address, one.resource_change.change);
      deferred.push(one);
    },
    output_change: (change, { key }) => {
      search.change(`output.${key}`, change);
      outputs.set(key, change);
    },
    relevant_attribute: (one) => {
      relevant.push(one);
    },
    action_invocation: (one) => {
      search.value(one.address, one.config_values, one.config_sensitive);
      invocations.push(one);
    },
    deferred_action_invocation: (one) => {
      const { address, config_values, config_sensitive } = one.action_invocation;
      search.value(address, config_values, config_sensitive);
      deferredInvocations.push(one);
    },
    check: (one) => {
      checks.push(one);
    },
    state_resource: (one) => search.value(one.address, one.values, one.sensitive_values),
    state_output: (one, { key }) => search.value(`output.${key}`, one.value, one.sensitive),
  };

  return {
    takers,
    look: () => {
      const { formatVersion, toolVersion, complete = null, applyable = null, errored } = head;
      if (formatVersion === undefined) throw unreadable('The plan has no `format_version`.');
      if (toolVersion === undefined)
        throw unreadable('The plan does not say which version of the tool made it.');
      if (errored === true) throw unreadable('The plan says of itself that it ended with an error.');
      for (const [name, value] of variables) search.variable(name, value, sensitive.has(name));
      return {
        head: { formatVersion, toolVersion, complete, applyable },
        secrets: search.found(),
        doing: { changes: meant, outputs, deferred, invocations, deferredInvocations },
        changes,
        reads,
        checks,
        relevant,
        drifted,
        same,
        kept,
      };
    },
  };
};
