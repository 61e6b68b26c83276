import type { ChangeAction, ResourceChange } from '../../domain/plan-summary.ts';
import type { TerraformResourceChange } from './terraform-schema.ts';
import { unreadable } from './unreadable.ts';

/** What a change does, in our words. */
export interface Kind {
  readonly action: ChangeAction;
  readonly order: ResourceChange['order'];
  readonly imported: boolean;
  readonly moved: boolean;
}

/** A change of the plan's JSON, with what it does. */
export interface Planned extends Kind {
  readonly json: TerraformResourceChange;
}

/** Every list of actions that Terraform documents; another one is not guessed at. */
const kinds: ReadonlyMap<string, Pick<Kind, 'action' | 'order'>> = new Map([
  ['no-op', { action: 'no-op', order: null }],
  ['create', { action: 'create', order: null }],
  ['read', { action: 'read', order: null }],
  ['update', { action: 'update', order: null }],
  ['delete', { action: 'delete', order: null }],
  ['forget', { action: 'forget', order: null }],
  ['delete,create', { action: 'replace', order: 'delete-first' }],
  ['create,delete', { action: 'replace', order: 'create-first' }],
]);

/** Throws UserError `plan-unreadable` for actions it does not know. */
export const kindOf = (json: TerraformResourceChange): Kind => {
  const actions = json.change.actions.join(',');
  const kind = kinds.get(actions);
  if (kind === undefined)
    throw unreadable(
      `The plan asks for \`${actions}\` on \`${json.address}\`, which this version of Tidegate does not know.`,
    );
  const imported = json.change.importing !== undefined && json.change.importing !== null;
  const moved = json.previous_address !== undefined && json.previous_address !== json.address;
  const action = kind.action !== 'no-op' ? kind.action : imported ? 'import' : moved ? 'move' : 'no-op';
  return { imported, moved, action, order: kind.order };
};

/** Throws as `kindOf` does. */
export const plannedOf = (json: TerraformResourceChange): Planned => ({ ...kindOf(json), json });

export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
