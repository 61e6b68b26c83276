import { readTerraformPlan } from '../support/read-plan.ts';

/*
 * Plans made by hand, from the documented format: https://developer.hashicorp.com/terraform/internals/json-format
 * For what the tool that is installed here, with no provider but its own, cannot make.
 */

type More = Readonly<Record<string, unknown>>;

export const change = (more: More = {}) => ({
  actions: ['update'],
  before: { a: 1 },
  after: { a: 2 },
  after_unknown: {},
  before_sensitive: {},
  after_sensitive: {},
  ...more,
});

export const resource = (address: string, more: More = {}, outer: More = {}) => ({
  address,
  type: 't',
  provider_name: 'p',
  change: change(more),
  ...outer,
});

export const plan = (more: More): Buffer =>
  Buffer.from(JSON.stringify({ format_version: '1.2', terraform_version: '1.11.4', ...more }));

export const summaryOf = (more: More) => readTerraformPlan(plan(more)).summary;

/** What waits for another plan, provider actions, checks and drift: one of each kind that there is. */
export const beside = {
  deferred_changes: [
    {
      reason: 'provider_config_unknown',
      resource_change: resource('t.late[*]', {
        actions: ['create'],
        before: null,
        importing: { unknown: true },
      }),
    },
    {
      reason: 'deferred_prereq',
      resource_change: resource('module.m.t.b', { actions: ['delete', 'create'] }),
    },
  ],
  deferred_action_invocations: [
    {
      reason: 'deferred_prereq',
      action_invocation: { address: 'action.p_wake.b', type: 'p_wake', name: 'b' },
    },
  ],
  action_invocations: [
    {
      address: 'action.p_wake.a',
      type: 'p_wake',
      name: 'a',
      provider_name: 'p',
      config_values: { number: 'ring-this-one' },
      config_sensitive: { number: true },
      lifecycle_action_trigger: {
        triggering_resource_address: 't.a',
        action_trigger_event: 'AfterCreate',
        action_trigger_block_index: 0,
        actions_list_index: 0,
      },
    },
    { address: 'action.p_wake.c', type: 'p_wake', invoke_action_trigger: {} },
  ],
  checks: [
    {
      address: { kind: 'check', name: 'c', to_display: 'check.c' },
      status: 'error',
      instances: [
        { address: { to_display: 'check.c' }, status: 'error', problems: [{ message: 'is down' }] },
      ],
    },
    {
      address: { kind: 'resource', to_display: 't.a' },
      status: 'fail',
      instances: [
        { address: { to_display: 't.a[0]' }, status: 'pass' },
        {
          address: { to_display: 't.a[1]' },
          status: 'fail',
          problems: [{ message: 'ring-this-one is busy' }],
        },
      ],
    },
    { address: { kind: 'output_value', to_display: 'output.o' }, status: 'not thought of yet' },
  ],
  relevant_attributes: [
    { resource: 't.seen', attribute: ['tags', 'owner'] },
    { resource: 't.each', attribute: ['ports', 0] },
    { resource: 't.gone', attribute: ['id'] },
  ],
  resource_drift: [
    resource('t.seen', {
      before: { tags: { owner: 'ada', other: 1 }, size: 1 },
      after: { tags: { owner: 'eve', other: 2 }, size: 2 },
    }),
    resource('t.each["k"]', { before: { ports: [80, 81] }, after: { ports: [8080, 81] } }),
    resource('t.gone', { actions: ['delete'], before: { size: 1 }, after: null }),
    resource('t.beside', {}),
    resource('t.seen2', {}),
  ],
};
