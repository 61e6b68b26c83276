import { createHash, randomBytes } from 'node:crypto';
import type { Batch } from '../../src/domain/batch.ts';
import {
  artifactDigest,
  batchId,
  inputsDigest,
  planDigest,
  type RunId,
  runId,
  sha,
  treeId,
} from '../../src/domain/ids.ts';
import type { PlanSummary } from '../../src/domain/plan-summary.ts';
import { type Project, projectKey } from '../../src/domain/project.ts';
import type { Actor, PullRef, RepoRef } from '../../src/domain/pull.ts';
import { repoPath } from '../../src/domain/repo-path.ts';
import type { Plan, Run } from '../../src/domain/run.ts';
import type { Delivery } from '../../src/domain/trigger.ts';
import type { PullKey } from '../../src/store/port.ts';

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');

export const repo: RepoRef = { id: 4711, owner: 'acme', name: 'infrastructure', installationId: 7 };
export const ada: Actor = { id: 1, login: 'ada', kind: 'user' };
export const pullRef = (number = 12): PullRef => ({ repo, number });
export const pullKey = (pullNumber = 12): PullKey => ({ repositoryId: repo.id, pullNumber });
export const keyOf = (name: string) => projectKey(repo.id, repoPath(`stacks/${name}`), 'default', name);
export const newRunId = (): RunId => runId(hex(10));

export const project = (name = 'network'): Project => ({
  key: keyOf(name),
  name,
  dir: repoPath(`stacks/${name}`),
  workspace: 'default',
  whenModified: ['**/*.tf', '../../modules/**'],
  dependsOn: [{ name: 'base', outputs: ['vpc_id'] }],
  settings: {
    runner: 'terraform',
    version: null,
    varFiles: ['prod.tfvars'],
    backendFiles: [],
    env: { TF_VAR_region: "o'brien \u{1f30a}" },
    apply: { kind: 'command' },
    workflow: { name: 'checked', plan: ['init', ['tflint', '--recursive'], 'plan', 'show'], apply: null },
    environment: 'production',
    labels: ['team-a'],
    automerge: { method: 'squash' },
    requirements: {
      plan: [{ kind: 'policies', when: null, source: 'operator file, line 3' }],
      apply: [
        {
          kind: 'approved',
          count: 2,
          from: { users: ['ada'], teams: ['acme/database'], permission: 'maintain' },
          codeOwners: false,
          when: 'plan.destroy > 0',
          source: 'tidegate.yaml of the base branch, line 7',
        },
        { kind: 'checks', names: ['ci/test'], when: null, source: 'operator file, line 4' },
        {
          kind: 'window',
          allow: [{ cron: '0 9 * * 1-5', durationMs: 28_800_000, zone: 'Europe/Berlin' }],
          deny: [],
          when: null,
          source: 'operator file, line 5',
        },
        { kind: 'environment', name: 'production', when: null, source: '`environment: production`' },
      ],
    },
    who: { apply: [{ users: [], teams: ['acme/platform'], permission: 'admin' }] },
    bindApprovals: 'commit',
    policies: ['no-public-buckets'],
    reads: [['modules', 'shared/*.tfvars'], []],
    with: { release: 'web', replicas: 3, wait: true, values: ['a.yaml'], labels: { team: 'a' } },
    withPaths: [{ setting: 'values', text: 'a.yaml', kind: 'file' }],
    feeds: [
      {
        name: 'url',
        project: 'network',
        output: 'url',
        from: {
          key: projectKey(1, repoPath('network'), 'default', null),
          dir: repoPath('network'),
          workspace: 'default',
          settings: { runner: 'terraform', version: null, backendFiles: [], env: {}, reads: [] },
        },
      },
    ],
  },
});

export const summary: PlanSummary = {
  formatVersion: '1.2',
  toolVersion: '1.11.4',
  hasChanges: true,
  facts: 'all',
  complete: false,
  applyable: true,
  counts: {
    create: 1,
    update: 0,
    replace: 1,
    delete: 0,
    import: 0,
    move: 0,
    forget: 0,
    read: 1,
    invoke: 1,
    deferred: 2,
  },
  resources: [
    {
      address: 'terraform_data.gate["a b"]',
      previousAddress: null,
      module: null,
      mode: 'managed',
      type: 'terraform_data',
      name: 'gate',
      index: 'a b',
      deposed: null,
      provider: 'terraform.io/builtin/terraform',
      action: 'replace',
      order: 'delete-first',
      reason: 'replace_by_triggers',
      importing: null,
      replacePaths: ['triggers_replace'],
      sensitive: [],
      unknown: ['input'],
      attributes: [
        { path: 'input', before: '"old"', after: '(known after apply)', forcesReplacement: true },
        {
          path: 'policy',
          before: '"{\\"a\\":1}"',
          after: '"{\\"a\\":2}"',
          forcesReplacement: false,
          inner: {
            kind: 'json',
            changes: [{ path: 'a', before: '1', after: '2', forcesReplacement: false }],
          },
        },
        {
          path: 'script',
          before: '"one\\ntwo"',
          after: '"one\\nthree"',
          forcesReplacement: false,
          inner: {
            kind: 'lines',
            lines: [
              { sign: ' ', text: 'one' },
              { sign: '-', text: 'two' },
              { sign: '+', text: 'three' },
            ],
            more: 0,
          },
        },
      ],
      unchanged: 3,
      exposures: {
        found: [
          {
            kind: 'protection-off',
            says: 'it is off',
            path: 'safe',
            before: 'true',
            after: 'false',
            about: [{ path: 'port', value: '22' }],
          },
        ],
        more: { opening: 2, 'protection-off': 0 },
      },
    },
    {
      address: 'module.a[0].terraform_data.old[1] (deposed 00ab)',
      previousAddress: 'terraform_data.old[1]',
      module: 'module.a[0]',
      mode: 'data',
      type: 'terraform_data',
      name: 'old',
      index: 0,
      deposed: '00ab',
      provider: 'terraform.io/builtin/terraform',
      action: 'create',
      order: null,
      reason: null,
      importing: { id: null },
      replacePaths: [],
      sensitive: ['input.a'],
      unknown: [],
      attributes: [],
      unchanged: 0,
    },
  ],
  outputs: [{ name: 'id', action: 'create', before: null, after: '(sensitive value)' }],
  reads: [{ address: 'data.a.b', type: 'a', reason: null }],
  deferred: [
    { address: 'a.late', type: 'a', action: 'create', reason: 'instance_count_unknown' },
    { address: 'action.a.late', type: 'a', action: 'invoke', reason: 'deferred_prereq' },
  ],
  invocations: [{ address: 'action.a.b', type: 'a', trigger: 'a.b', event: 'AfterCreate' }],
  checkCounts: { pass: 0, fail: 1, error: 0, unknown: 0 },
  checks: [{ address: 'check.c', kind: 'check', status: 'fail', problems: ['it is down'] }],
  driftCounts: { relevant: 1, all: 2 },
  drift: [
    {
      address: 'a.moved',
      type: 'a',
      action: 'update',
      attributes: [{ path: 'size', before: '1', after: '2', forcesReplacement: false }],
    },
  ],
  content: 'c0ffee',
  places: [
    {
      address: 'a.b',
      path: 'live/main.tf',
      line: 3,
      endLine: 5,
      on: 'argument',
      argument: 'size',
      policies: [{ name: 'opa', because: 'it says `a.b is public`' }],
    },
    { address: 'a.c', path: 'live/main.tf', line: 7, endLine: 7, on: 'removed', argument: null },
  ],
  lifted: [
    {
      address: 'a.d',
      type: 'a',
      more: 2,
      now: 'gone',
      place: { path: 'live/main.tf', line: 9, commit: 'd'.repeat(40) },
    },
    { address: 'live/x.tf', type: '', more: 0, now: 'unread', place: null },
  ],
};

export const plan = (): Plan => ({
  artifact: artifactDigest(hex(32)),
  inputs: inputsDigest(hex(32)),
  digest: planDigest(hex(32)),
  toolVersion: '1.11.4',
  summary,
  policies: [
    { name: 'opa', definition: hex(32), outcome: 'failed', because: 'it says `a bucket is public`' },
    { name: 'cost', definition: hex(32), outcome: 'unknown', because: 'it was killed' },
  ],
});

export const run = (changes: Partial<Run> = {}): Run => ({
  id: newRunId(),
  batchId: batchId(hex(10)),
  repositoryId: repo.id,
  pullNumber: 12,
  project: project(),
  verb: 'plan',
  state: 'queued',
  headSha: sha('a'.repeat(40)),
  baseSha: sha('b'.repeat(40)),
  tree: treeId('c'.repeat(40)),
  actor: ada,
  extra: ['-target=terraform_data.gate'],
  planRunId: null,
  plan: null,
  spent: false,
  problem: null,
  output: null,
  createdAt: 1_000,
  startedAt: null,
  endedAt: null,
  isolation: null,
  ...changes,
});

export const planned = (changes: Partial<Run> = {}): Run =>
  run({ state: 'planned', plan: plan(), startedAt: 1_100, endedAt: 1_200, ...changes });

export const batch = (changes: Partial<Batch> = {}): Batch => ({
  id: batchId(hex(10)),
  repositoryId: repo.id,
  repo,
  pullNumber: 12,
  verb: 'plan',
  headSha: sha('a'.repeat(40)),
  baseSha: sha('b'.repeat(40)),
  tree: treeId('c'.repeat(40)),
  actor: ada,
  commentId: null,
  cause: 'command',
  affected: [project('network'), project('cluster')],
  selected: [keyOf('network')],
  skipped: [
    { name: 'dns', dir: 'stacks/dns', workspace: 'default', reason: 'no file of it changed', removed: false },
  ],
  notTaken: [{ name: 'network', keys: ['requirements'] }],
  notes: {
    moving: [{ path: 'network/main.tf', line: 3, source: 'git::https://x/y', moves: 'it names no `ref`' }],
    moreMoving: 2,
    usedBy: { projects: 3, repositories: 2 },
    unread: { tools: [{ tool: 'Terragrunt', files: 2, first: 'live/terragrunt.hcl' }], answer: 'tell' },
  },
  rulesAfterMerge: 2,
  held: [
    {
      project: keyOf('cluster'),
      answer: 'trust',
      findings: [
        {
          kind: 'program',
          path: 'stacks/cluster/main.tf',
          line: 3,
          subject: 'data.external.ids',
          place: null,
          answer: 'trust',
        },
      ],
      more: 2,
    },
  ],
  left: [],
  problem: null,
  createdAt: 1_000,
  ...changes,
});

/** One comment is one delivery, whatever that is called. */
const commentOf = (id: string): number => createHash('sha256').update(id).digest().readUIntBE(0, 6);

export const delivery = (id: string, changes: Partial<Delivery> = {}): Delivery => ({
  id,
  event: 'issue_comment',
  action: 'created',
  repository: 'acme/infrastructure',
  trigger: {
    kind: 'comment',
    pull: pullRef(),
    sender: ada,
    commentId: commentOf(id),
    body: '/plan\0',
    viaAppId: null,
  },
  receivedAt: 1_000,
  ...changes,
});
