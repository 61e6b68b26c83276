import { sameValue } from './canonical.ts';
import { maskAlong, tokensOf } from './pointers.ts';
import type { SummaryFile, SummaryItem } from './summary-schema.ts';
import type { TerraformChange, TerraformInvocation, TerraformResourceChange } from './terraform-schema.ts';

/*
 * Items of a summary in the words of Terraform's plans, which everything behind the readers is made for.
 */

const actionsOf = ({ action, before, after }: SummaryItem): TerraformChange['actions'] => {
  switch (action) {
    case 'replace':
      return ['delete', 'create'];
    case 'noop':
      return ['no-op'];
    // What is taken over and changed by that is both.
    case 'import':
      return sameValue(before ?? after, after ?? before) ? ['no-op'] : ['update'];
    default:
      return [action];
  }
};

const isWhole = (sensitive: SummaryItem['sensitive']): sensitive is true => sensitive === true;

/** @param tool its name stands where Terraform has a provider's */
export const changeOf = (item: SummaryItem, tool: string): TerraformResourceChange => {
  const { address, action, before = null, after = null, sensitive } = item;
  const hidden = isWhole(sensitive) ? [[]] : sensitive.map(tokensOf);
  const parts = address.split('/');
  return {
    address,
    mode: 'managed',
    type: item.type ?? parts[0] ?? address,
    name: item.name ?? parts.at(-1) ?? address,
    provider_name: tool,
    change: {
      actions: actionsOf(item),
      before,
      after,
      after_unknown: maskAlong(after ?? before, item.unknown.map(tokensOf), true),
      before_sensitive: maskAlong(before, hidden),
      after_sensitive: maskAlong(after, hidden),
      ...(action === 'import' ? { importing: { id: address } } : {}),
    },
  };
};

export const outputChangeOf = ({
  before,
  after,
  sensitive,
}: SummaryFile['outputs'][number]): TerraformChange => ({
  actions: [
    sameValue(before, after) ? 'no-op' : before === null ? 'create' : after === null ? 'delete' : 'update',
  ],
  before,
  after,
  after_unknown: false,
  before_sensitive: sensitive,
  after_sensitive: sensitive,
});

export const invocationOf = ({
  address,
  type,
  event,
  trigger,
}: SummaryFile['runs'][number]): TerraformInvocation => ({
  address,
  type,
  lifecycle_action_trigger: {
    ...(trigger === null ? {} : { triggering_resource_address: trigger }),
    ...(event === null ? {} : { action_trigger_event: event }),
  },
});
