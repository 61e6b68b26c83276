/*
 * What a condition may look at, with the type of each in CEL. A later tool adds a list of its own here
 * (`changes` of Helm) and a field of `PlanView`, and nothing else.
 */
export const planFields = {
  create: 'int',
  update: 'int',
  replace: 'int',
  delete: 'int',
  import: 'int',
  move: 'int',
  forget: 'int',
  read: 'int',
  destroy: 'int',
  has_changes: 'bool',
  only_moves: 'bool',
  resources: 'list<Resource>',
  outputs: 'list<Output>',
} as const;

export const resourceFields = {
  address: 'string',
  type: 'string',
  name: 'string',
  module: 'string',
  mode: 'string',
  provider: 'string',
  action: 'string',
  previous_address: 'string',
  reason: 'string',
} as const;

export const outputFields = { name: 'string', action: 'string' } as const;
