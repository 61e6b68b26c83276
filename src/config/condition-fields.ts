/* What a condition may look at, with the type of each in CEL: the same of every tool. */
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
  pin: 'string',
  verified: 'bool',
  resources: 'list<Resource>',
  outputs: 'list<Output>',
  target: 'list<Target>',
} as const;

export const resourceFields = {
  address: 'string',
  type: 'string',
  kind: 'string',
  namespace: 'string',
  name: 'string',
  module: 'string',
  mode: 'string',
  provider: 'string',
  action: 'string',
  previous_address: 'string',
  reason: 'string',
} as const;

export const targetFields = { name: 'string', value: 'string' } as const;

export const outputFields = { name: 'string', action: 'string' } as const;
