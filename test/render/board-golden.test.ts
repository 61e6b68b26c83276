import { expect, test } from 'vitest';
import { createRenderer } from '../../src/render/renderer.ts';
import { everyState, networkPlan, row, view } from './samples.ts';

const { board } = createRenderer();

test('a plan that waits for its apply', () => {
  const rows = [row('network', 'planned', { summary: networkPlan, next: 'one approval, then `/apply`' })];
  expect(board(view(rows))).toMatchInlineSnapshot(`
    "<!-- tidegate:board:1:7 -->
    ### Plan: 1 to add, 1 to change, 1 to replace, 1 to destroy

    1 project: 1 to apply.

    | Project | Add | Change | Replace | Destroy | State | Next |
    |:--|--:|--:|--:|--:|:--|:--|
    | \`network\` | 1 | 1 | **1** | **1** | planned | one approval, then \`/apply\` |

    **1 resource would be destroyed and 1 would be replaced:**

    - destroy \`terraform_data.old_peering\` in \`network\`
    - replace \`module.vpc.terraform_data.gateway\` in \`network\`, because of \`triggers_replace\`

    <details><summary><b><code>network</code></b>: 1 to add, 1 to change, 1 to replace, 1 to destroy</summary>

    Folder \`infra/network\` · terraform \`1.11.4\`

    \`\`\`diff
    - destroy terraform_data.old_peering  # no longer in the configuration
    -     input = "10.9.0.0/16"
    ! replace module.vpc.terraform_data.gateway  # destroy first, then create
    !     triggers_replace: "v1" → "v2"  # forces replacement
          id: "5c1d" → (known after apply)
    ~ update terraform_data.tags
          input.owner: "web" → "platform"
          input.token: (sensitive value changes)
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

    **1 resource would be destroyed and 1 would be replaced:**

    - destroy \`terraform_data.old_peering\` in \`network\`
    - replace \`module.vpc.terraform_data.gateway\` in \`network\`, because of \`triggers_replace\`

    <details><summary><b><code>network</code></b>: 1 to add, 1 to change, 1 to replace, 1 to destroy</summary>

    Folder \`infra/network\` · terraform \`1.11.4\`

    \`\`\`diff
    - destroy terraform_data.old_peering  # no longer in the configuration
    -     input = "10.9.0.0/16"
    ! replace module.vpc.terraform_data.gateway  # destroy first, then create
    !     triggers_replace: "v1" → "v2"  # forces replacement
          id: "5c1d" → (known after apply)
    ~ update terraform_data.tags
          input.owner: "web" → "platform"
          input.token: (sensitive value changes)
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

    | Project | Add | Change | Replace | Destroy | State | Next |
    |:--|--:|--:|--:|--:|:--|:--|
    | \`network\` | 1 | 1 | **1** | **1** | ⚠ **outcome unknown** |  |

    > [!CAUTION]
    > **The outcome of the apply of \`network\` is not known.** The apply started at 10:04 and the server stopped before it ended. Look at the state, then comment \`/plan\`. The lock is kept until then.

    **1 resource would be destroyed and 1 would be replaced, or were already:**

    - destroy \`terraform_data.old_peering\` in \`network\`
    - replace \`module.vpc.terraform_data.gateway\` in \`network\`, because of \`triggers_replace\`

    <details open><summary><b><code>network</code></b>: outcome of the apply unknown</summary>

    Folder \`infra/network\` · terraform \`1.11.4\`

    The apply started at 10:04 and the server stopped before it ended.

    Look at the state, then comment \`/plan\`. The lock is kept until then.

    What was planned:

    \`\`\`diff
    - destroy terraform_data.old_peering  # no longer in the configuration
    -     input = "10.9.0.0/16"
    ! replace module.vpc.terraform_data.gateway  # destroy first, then create
    !     triggers_replace: "v1" → "v2"  # forces replacement
          id: "5c1d" → (known after apply)
    ~ update terraform_data.tags
          input.owner: "web" → "platform"
          input.token: (sensitive value changes)
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

test('all applied and merged', () => {
  const rows = [row('network', 'applied', { summary: networkPlan, output: 'Apply complete!' })];
  expect(board(view(rows, { pullState: 'merged' })).split('\n')[1]).toMatchInlineSnapshot(
    `"### Merged. Applied: 1 added, 1 changed, 1 replaced, 1 destroyed"`,
  );
});
