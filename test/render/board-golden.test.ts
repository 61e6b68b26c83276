import { expect, test } from 'vitest';
import { createRenderer } from '../../src/render/renderer.ts';
import { everyState, networkPlan, resource, row, summary, view } from './samples.ts';

const { board } = createRenderer();

test('a plan that waits for its apply', () => {
  const rows = [row('network', 'planned', { summary: networkPlan, next: 'one approval, then `/apply`' })];
  expect(board(view(rows))).toMatchInlineSnapshot(`
    "<!-- tidegate:board:1:7 -->
    ### Plan: 1 to add, 1 to change, 1 to replace, 1 to destroy

    1 project: 1 to apply.

    **1 resource would be destroyed and 1 would be replaced:**

    - destroy \`terraform_data.old_peering\` in \`network\`, because it is no longer in the configuration
    - replace \`module.vpc.terraform_data.gateway\` in \`network\`, because \`triggers_replace\` changes from \`"v1"\` to \`"v2"\`

    | Project | Add | Change | Replace | Destroy | State | Next |
    |:--|--:|--:|--:|--:|:--|:--|
    | \`network\` | 1 | 1 | **1** | **1** | planned | one approval, then \`/apply\` |

    <details><summary><b><code>network</code></b>: 1 to add, 1 to change, 1 to replace, 1 to destroy</summary>

    Folder \`infra/network\` · terraform \`1.11.4\`

    \`\`\`diff
    - destroy terraform_data.old_peering  # it is no longer in the configuration
    -     input = "10.9.0.0/16"
    ! replace module.vpc.terraform_data.gateway  # destroy first, then create
    !     triggers_replace = "v1" → "v2"  # forces replacement
          known after apply: id
    ~ update terraform_data.tags
    ~     input.owner = "web" → "platform"
    ~     input.token = (sensitive value changes)
    + create terraform_data.route["eu-west-1a"]
    +     input = "10.0.1.0/24"
    +     known after apply: id, output
    ~ output gateway_id: "5c1d" → (known after apply)
    \`\`\`

    </details>

    <sub>Commit \`9f2c01e4b1aa\` into \`main\` · \`/help\` lists the commands</sub>
    "
  `);
});

test('one row of each kind', () => {
  expect(board(everyState)).toMatchInlineSnapshot(`
    "<!-- tidegate:board:1:7 -->
    ### Failed: 1 of 8 projects

    To apply: 1 to add, 1 to change, 1 to replace, 1 to destroy.<br>Applied: 1 added.<br>8 projects: 1 failed to plan, 2 being planned, 1 waiting in line, 1 not planned, 1 to apply, 1 applied, 1 without changes.

    **1 resource would be destroyed and 1 would be replaced:**

    - destroy \`terraform_data.old_peering\` in \`network\`, because it is no longer in the configuration
    - replace \`module.vpc.terraform_data.gateway\` in \`network\`, because \`triggers_replace\` changes from \`"v1"\` to \`"v2"\`

    | Project | Add | Change | Replace | Destroy | State | Next |
    |:--|--:|--:|--:|--:|:--|:--|
    | \`network\` | 1 | 1 | **1** | **1** | planned | one approval, then \`/apply -p network\` |
    | \`dns\` | 0 | 0 | 0 | 0 | no changes |  |
    | \`cluster\` | – | – | – | – | waits for [#4](https://github.com/acme/infra/pull/4) | planned by itself when its turn comes |
    | \`database\` | – | – | – | – | ✗ **plan failed** | \`/plan -p database\` once it is mended |
    | \`queue\` | – | – | – | – | planning … |  |
    | \`cache\` | – | – | – | – | queued |  |
    | \`storage\` | 1 | 0 | 0 | 0 | ✓ applied |  |
    | \`legacy\` | – | – | – | – | not planned | \`/plan -p legacy\` |

    <details><summary><b><code>network</code></b>: 1 to add, 1 to change, 1 to replace, 1 to destroy</summary>

    Folder \`infra/network\` · terraform \`1.11.4\`

    \`\`\`diff
    - destroy terraform_data.old_peering  # it is no longer in the configuration
    -     input = "10.9.0.0/16"
    ! replace module.vpc.terraform_data.gateway  # destroy first, then create
    !     triggers_replace = "v1" → "v2"  # forces replacement
          known after apply: id
    ~ update terraform_data.tags
    ~     input.owner = "web" → "platform"
    ~     input.token = (sensitive value changes)
    + create terraform_data.route["eu-west-1a"]
    +     input = "10.0.1.0/24"
    +     known after apply: id, output
    ~ output gateway_id: "5c1d" → (known after apply)
    \`\`\`

    </details>

    <details open><summary><b><code>database</code></b>: the plan failed</summary>

    Folder \`infra/database\`

    \`terraform plan\` ended with exit code 1.

    Mend the configuration and push, or comment \`/plan -p database\` to try again.

    \`\`\`text
    ╷
    │ Error: Reference to undeclared resource
    │ 
    │   on main.tf line 12, in output "id":
    │   12:   value = terraform_data.missing.id
    ╵
    \`\`\`

    </details>

    <details><summary><b><code>storage</code></b>: applied, 1 added</summary>

    Folder \`infra/storage\` · terraform \`1.11.4\`

    \`\`\`text
    terraform_data.bucket: Creating...
    terraform_data.bucket: Creation complete after 0s

    Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
    \`\`\`

    What was planned:

    \`\`\`diff
    + create terraform_data.bucket
    +     input = "logs"
    \`\`\`

    </details>

    <details><summary>2 other projects looked at and not affected</summary>

    - \`docs\`: no file of it changed
    - \`sandbox\`: ignored by \`discovery.ignore\`

    </details>

    <sub>Commit \`9f2c01e4b1aa\` into \`main\` · \`/help\` lists the commands</sub>
    "
  `);
});

test('nothing is affected', () => {
  expect(board(view([]))).toMatchInlineSnapshot(`
    "<!-- tidegate:board:1:7 -->
    ### No project is affected

    This pull request changes no project, so there is nothing to plan and nothing to apply.

    <sub>Commit \`9f2c01e4b1aa\` into \`main\` · \`/help\` lists the commands</sub>
    "
  `);
});

test('nothing could be run', () => {
  const problem = {
    code: 'config-invalid' as const,
    sentence: '`tidegate.yaml`, line 4: `projets` is not a known key.',
    advice: 'Known keys are `projects`, `rules` and `discovery`.',
    details: 'version: 1\nprojets:\n^^^^^^^',
  };
  expect(board(view([], { problem }))).toMatchInlineSnapshot(`
    "<!-- tidegate:board:1:7 -->
    ### Nothing was planned

    \`tidegate.yaml\`, line 4: \`projets\` is not a known key.

    Known keys are \`projects\`, \`rules\` and \`discovery\`.

    \`\`\`text
    version: 1
    projets:
    ^^^^^^^
    \`\`\`

    <sub>Commit \`9f2c01e4b1aa\` into \`main\` · \`/help\` lists the commands</sub>
    "
  `);
});

test('an apply with an unknown outcome is loud', () => {
  const rows = [
    row('network', 'unresolved', {
      summary: networkPlan,
      problem: {
        code: 'outcome-unknown',
        sentence: 'The apply started at 10:04 and the server stopped before it ended.',
        advice: 'Look at the state, then comment `/plan`. The lock is kept until then.',
      },
    }),
  ];
  expect(board(view(rows))).toMatchInlineSnapshot(`
    "<!-- tidegate:board:1:7 -->
    ### Outcome unknown: 1 project

    Not known whether done: 1 to add, 1 to change, 1 to replace, 1 to destroy.<br>1 project: 1 with an unknown outcome.

    **1 resource would be destroyed and 1 would be replaced, or were already:**

    - destroy \`terraform_data.old_peering\` in \`network\`, because it is no longer in the configuration
    - replace \`module.vpc.terraform_data.gateway\` in \`network\`, because \`triggers_replace\` changes from \`"v1"\` to \`"v2"\`

    | Project | Add | Change | Replace | Destroy | State | Next |
    |:--|--:|--:|--:|--:|:--|:--|
    | \`network\` | 1 | 1 | **1** | **1** | ⚠ **outcome unknown** |  |

    > [!CAUTION]
    > **The outcome of the apply of \`network\` is not known.** The apply started at 10:04 and the server stopped before it ended. Look at the state, then comment \`/plan\`. The lock is kept until then.

    <details open><summary><b><code>network</code></b>: outcome of the apply unknown</summary>

    Folder \`infra/network\` · terraform \`1.11.4\`

    The apply started at 10:04 and the server stopped before it ended.

    Look at the state, then comment \`/plan\`. The lock is kept until then.

    What was planned:

    \`\`\`diff
    - destroy terraform_data.old_peering  # it is no longer in the configuration
    -     input = "10.9.0.0/16"
    ! replace module.vpc.terraform_data.gateway  # destroy first, then create
    !     triggers_replace = "v1" → "v2"  # forces replacement
          known after apply: id
    ~ update terraform_data.tags
    ~     input.owner = "web" → "platform"
    ~     input.token = (sensitive value changes)
    + create terraform_data.route["eu-west-1a"]
    +     input = "10.0.1.0/24"
    +     known after apply: id, output
    ~ output gateway_id: "5c1d" → (known after apply)
    \`\`\`

    </details>

    <sub>Commit \`9f2c01e4b1aa\` into \`main\` · \`/help\` lists the commands</sub>
    "
  `);
});

test('an outcome that is not known, looked at: what is done, what is not, who holds the lock, what can be done', () => {
  const rows = [
    row('network', 'unresolved', {
      summary: summary([
        resource('create', 'terraform_data.first'),
        resource('create', 'terraform_data.second'),
        resource('delete', 'terraform_data.old'),
        resource('update', 'terraform_data.tags'),
      ]),
      next: 'a person: what was done is not known, `/recover -p network`',
      problem: {
        code: 'outcome-unknown',
        sentence: '`terraform apply` was killed.',
        advice: 'Compare the state with the plan before anything else.',
      },
      recovery: {
        look: {
          at: Date.UTC(2026, 10, 21, 11, 40),
          state: { lineage: 'a', serial: 4 },
          why: null,
          counts: { done: 1, open: 2, unclear: 1 },
          names: {
            done: [{ address: 'terraform_data.first', action: 'create' }],
            open: [
              { address: 'terraform_data.second', action: 'create' },
              { address: 'terraform_data.old', action: 'delete' },
            ],
            unclear: [{ address: 'terraform_data.tags', action: 'update' }],
          },
          lock: {
            id: 'b6b08093-46a8-bb3d-8fa9-f03dc493c798',
            who: 'tidegate@server',
            operation: 'OperationTypeApply',
            created: '2026-11-21 11:26:27.678977527 +0000 UTC',
            ours: true,
          },
          lockKnown: true,
          rescued: null,
        },
        again: null,
        offers: [
          '`/recover acknowledge -p network` says that you have looked.',
          '`/recover -p network` looks again.',
        ],
      },
    }),
  ];
  expect(board(view(rows))).toMatchInlineSnapshot(`
    "<!-- tidegate:board:1:7 -->
    ### Outcome unknown: 1 project

    Not known whether done: 2 to add, 1 to change, 1 to destroy.<br>1 project: 1 with an unknown outcome.

    **1 resource would be destroyed, or were already:**

    - destroy \`terraform_data.old\` in \`network\`

    | Project | Add | Change | Replace | Destroy | State | Next |
    |:--|--:|--:|--:|--:|:--|:--|
    | \`network\` | 2 | 1 | 0 | **1** | ⚠ **outcome unknown** | a person: what was done is not known, \`/recover -p network\` |

    > [!CAUTION]
    > **The outcome of the apply of \`network\` is not known.** \`terraform apply\` was killed. 1 of 4 changes is in the state as planned; what is not, and what can be done, stands below.

    <details open><summary><b><code>network</code></b>: outcome of the apply unknown</summary>

    Folder \`infra/network\` · terraform \`1.11.4\`

    \`terraform apply\` was killed.

    The state at 2026-11-21 11:40 UTC (serial 4), address by address against the plan:

    **2 not in the state as planned:**

    - create \`terraform_data.second\`
    - destroy \`terraform_data.old\`

    **1 cannot be told:**

    - update \`terraform_data.tags\`

    **1 in the state as planned:**

    - create \`terraform_data.first\`

    What the tool did in its last seconds may be missing: one that was killed had no time to write it down.

    This apply, which is over, still holds the tool's own lock on the state, since 2026-11-21 11:26:27 UTC: id \`b6b08093-46a8-bb3d-8fa9-f03dc493c798\`.

    What can be done:

    - \`/recover acknowledge -p network\` says that you have looked.
    - \`/recover -p network\` looks again.

    What was planned:

    \`\`\`diff
    - destroy terraform_data.old
    ~ update terraform_data.tags
    + create terraform_data.first
    + create terraform_data.second
    \`\`\`

    </details>

    <sub>Commit \`9f2c01e4b1aa\` into \`main\` · \`/help\` lists the commands</sub>
    "
  `);
});

test('all applied and merged', () => {
  const rows = [row('network', 'applied', { summary: networkPlan, output: 'Apply complete!' })];
  expect(board(view(rows, { pullState: 'merged' })).split('\n')[1]).toMatchInlineSnapshot(
    `"### Merged. Applied: 1 added, 1 changed, 1 replaced, 1 destroyed"`,
  );
});
