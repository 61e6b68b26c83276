import { addressParts } from '../../src/domain/address-parts.ts';
import type {
  AttributeChange,
  ChangeAction,
  Counts,
  PlanSummary,
  ResourceChange,
} from '../../src/domain/plan-summary.ts';
import type { BoardRow, BoardView } from '../../src/render/view.ts';

export const noCounts: Counts = {
  create: 0,
  update: 0,
  replace: 0,
  delete: 0,
  import: 0,
  move: 0,
  forget: 0,
  read: 0,
  invoke: 0,
  deferred: 0,
};

export const attribute = (
  path: string,
  before: string | null,
  after: string | null,
  forcesReplacement = false,
): AttributeChange => ({ path, before, after, forcesReplacement });

export const resource = (
  action: ChangeAction,
  address: string,
  attributes: readonly AttributeChange[] = [],
  more: Partial<ResourceChange> = {},
): ResourceChange => ({
  address,
  previousAddress: null,
  ...addressParts(address),
  type: 'terraform_data',
  provider: 'terraform.io/builtin/terraform',
  action,
  order: action === 'replace' ? 'delete-first' : null,
  reason: null,
  importing: null,
  sensitive: [],
  unknown: [],
  replacePaths: attributes.filter(({ forcesReplacement }) => forcesReplacement).map(({ path }) => path),
  attributes,
  unchanged: 0,
  ...more,
});

const counted = { create: 'create', update: 'update', replace: 'replace', delete: 'delete' } as const;

export const summary = (
  resources: readonly ResourceChange[],
  outputs: PlanSummary['outputs'] = [],
): PlanSummary => {
  const many = (action: ChangeAction) => resources.filter((one) => one.action === action).length;
  return {
    formatVersion: '1.2',
    toolVersion: '1.11.4',
    hasChanges: resources.length > 0 || outputs.some(({ action }) => action !== 'no-op'),
    facts: 'all',
    complete: true,
    applyable: null,
    counts: {
      ...noCounts,
      create: many(counted.create),
      update: many(counted.update),
      replace: many(counted.replace),
      delete: many(counted.delete),
      import: many('import'),
      move: many('move'),
      forget: many('forget'),
    },
    resources,
    outputs,
    reads: [],
    deferred: [],
    invocations: [],
    checkCounts: { pass: 0, fail: 0, error: 0, unknown: 0 },
    checks: [],
    driftCounts: { relevant: 0, all: 0 },
    drift: [],
  };
};

export const row = (name: string, state: BoardRow['state'], more: Partial<BoardRow> = {}): BoardRow => ({
  name,
  dir: `infra/${name}`,
  workspace: 'default',
  runner: 'terraform',
  state,
  counts: more.summary?.counts ?? null,
  next: '',
  summary: null,
  problem: null,
  output: null,
  applied: null,
  holder: null,
  ...more,
});

export const view = (rows: readonly BoardRow[], more: Partial<BoardView> = {}): BoardView => ({
  marker: 'tidegate:board:1:7',
  headSha: '9f2c01e4b1aa7a8d1f0c5d2e3b4a596877665544',
  baseRef: 'main',
  pullState: 'open',
  problem: null,
  rows,
  skipped: [],
  trustedBy: null,
  notTaken: [],
  rulesAfterMerge: 0,
  ...more,
});

export const networkPlan = summary(
  [
    resource('create', 'terraform_data.route["eu-west-1a"]', [
      attribute('input', null, '"10.0.1.0/24"'),
      attribute('id', null, '(known after apply)'),
      attribute('output', null, '(known after apply)'),
    ]),
    resource(
      'replace',
      'module.vpc.terraform_data.gateway',
      [attribute('triggers_replace', '"v1"', '"v2"', true), attribute('id', '"5c1d"', '(known after apply)')],
      { reason: 'replace_because_cannot_update' },
    ),
    resource('update', 'terraform_data.tags', [
      attribute('input.owner', '"web"', '"platform"'),
      attribute('input.token', '(sensitive value)', '(sensitive value)'),
    ]),
    resource('delete', 'terraform_data.old_peering', [attribute('input', '"10.9.0.0/16"', null)], {
      reason: 'delete_because_no_resource_config',
    }),
  ],
  [{ name: 'gateway_id', action: 'update', before: '"5c1d"', after: '(known after apply)' }],
);

/** A board with one row of each kind. */
export const everyState: BoardView = view(
  [
    row('network', 'planned', { summary: networkPlan, next: 'one approval, then `/apply -p network`' }),
    row('dns', 'planned', { summary: summary([]) }),
    row('cluster', 'waiting', {
      holder: { pullNumber: 4, url: 'https://github.com/acme/infra/pull/4' },
      next: 'planned by itself when its turn comes',
    }),
    row('database', 'failed', {
      next: '`/plan -p database` once it is mended',
      problem: {
        code: 'tool-failed',
        sentence: '`terraform plan` ended with exit code 1.',
        advice: 'Mend the configuration and push, or comment `/plan -p database` to try again.',
        details:
          '╷\n│ Error: Reference to undeclared resource\n│ \n│   on main.tf line 12, in output "id":\n│   12:   value = terraform_data.missing.id\n╵',
      },
    }),
    row('queue', 'running'),
    row('cache', 'queued'),
    row('storage', 'applied', {
      summary: summary([resource('create', 'terraform_data.bucket', [attribute('input', null, '"logs"')])]),
      output:
        'terraform_data.bucket: Creating...\nterraform_data.bucket: Creation complete after 0s\n\nApply complete! Resources: 1 added, 0 changed, 0 destroyed.',
    }),
    row('legacy', 'unplanned', { next: '`/plan -p legacy`' }),
  ],
  {
    skipped: [
      { name: 'docs', reason: 'no file of it changed' },
      { name: 'sandbox', reason: 'ignored by `discovery.ignore`' },
    ],
  },
);
