import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byteLength, byteLimit } from '../../src/render/budget.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import type { BoardRow } from '../../src/render/view.ts';
import { hostile } from './hostile.ts';
import { all, linkableText, parse, textOf, toPage } from './parse.ts';
import { attribute, everyState, networkPlan, noCounts, resource, row, summary, view } from './samples.ts';

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

    Folder \`infra/network\` · tool version \`1.11.4\`

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

    Folder \`infra/network\` · tool version \`1.11.4\`

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

    Folder \`infra/storage\` · tool version \`1.11.4\`

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

    To apply: 1 to add, 1 to change, 1 to replace, 1 to destroy.<br>1 project: 1 with an unknown outcome.

    | Project | Add | Change | Replace | Destroy | State | Next |
    |:--|--:|--:|--:|--:|:--|:--|
    | \`network\` | 1 | 1 | **1** | **1** | ⚠ **outcome unknown** |  |

    > [!CAUTION]
    > **The outcome of the apply of \`network\` is not known.** The apply started at 10:04 and the server stopped before it ended. Look at the state, then comment \`/plan\`. The lock is kept until then.

    **1 resource would be destroyed and 1 would be replaced:**

    - destroy \`terraform_data.old_peering\` in \`network\`
    - replace \`module.vpc.terraform_data.gateway\` in \`network\`, because of \`triggers_replace\`

    <details open><summary><b><code>network</code></b>: outcome of the apply unknown</summary>

    Folder \`infra/network\` · tool version \`1.11.4\`

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

describe('numbers', () => {
  test('are absent, not zero, where there is no plan', () => {
    for (const state of ['queued', 'running', 'waiting', 'failed', 'unplanned', 'superseded'] as const) {
      const cells = all(parse(board(view([row('a', state)]))), 'tableCell').map(textOf);
      expect(cells.slice(8, 12)).toEqual(['–', '–', '–', '–']);
    }
  });

  test('all totals stand within the first 25 lines, for any number of projects', () => {
    const rows = Array.from({ length: 100 }, (_, index) =>
      row(`p${index}`, 'planned', { summary: networkPlan }),
    );
    const top = board(view(rows)).split('\n').slice(0, 25).join('\n');
    expect(top).toContain('100 to add, 100 to change, 100 to replace, 100 to destroy');
    expect(top).toContain('100 projects: 100 to apply');
  });

  test('imports, moves and removals from the state are told beside', () => {
    const counts = { ...noCounts, import: 2, move: 1 };
    expect(board(view([row('a', 'planned', { counts })]))).toContain('planned, 2 to import, 1 to move');
  });
});

describe('destroys and replaces', () => {
  const doomed = (many: number) =>
    summary(
      Array.from({ length: many }, (_, index) =>
        resource(index % 2 === 0 ? 'delete' : 'replace', `terraform_data.item[${index}]`),
      ),
    );

  test('are each named', () => {
    const body = board(view([row('a', 'planned', { summary: doomed(50) })]));
    const list = body.slice(0, body.indexOf('<details>'));
    for (let index = 0; index < 50; index += 1) expect(list).toContain(`\`terraform_data.item[${index}]\``);
  });

  test('beyond fifty are counted, destroys first', () => {
    const body = board(view([row('a', 'planned', { summary: doomed(120) })]));
    const list = body.slice(0, body.indexOf('<details>'));
    expect(list).toContain('60 resources would be destroyed and 60 would be replaced:');
    expect(list.match(/^- destroy /gm)).toHaveLength(50);
    expect(list).toContain('- and 70 more');
  });

  test('that are done are no longer ahead', () => {
    expect(board(view([row('a', 'applied', { summary: doomed(2) })]))).not.toContain('would be');
  });
});

describe('size', () => {
  const big = (many: number, attributes: number) =>
    summary(
      Array.from({ length: many }, (_, index) =>
        resource(
          index % 10 === 0 ? 'delete' : 'update',
          `module.region["é${index}"].terraform_data.item`,
          Array.from({ length: attributes }, (_, at) =>
            attribute(`input.key${at}`, `"${'a'.repeat(90)}"`, '"b"'),
          ),
        ),
      ),
    );

  test('attributes go first, and it is said', () => {
    const body = board(view([row('a', 'planned', { summary: big(200, 10) })]));
    expect(byteLength(body)).toBeLessThanOrEqual(byteLimit);
    expect(body).toContain('attributes are left out');
    expect(body).toContain('_Left out, because a comment can only be so long: attributes of `a`._');
    expect(body).toContain('terraform_data.item');
  });

  test('a small project keeps its details beside a large one', () => {
    const rows = [
      row('large', 'planned', { summary: big(5000, 2) }),
      row('small', 'planned', { summary: networkPlan }),
    ];
    const body = board(view(rows));
    expect(byteLength(body)).toBeLessThanOrEqual(byteLimit);
    expect(body).toContain('triggers_replace: "v1" → "v2"');
    expect(body).toContain('most of `large`');
    expect(body).toContain('4,950 more changes left out');
  });

  test('a plan of 100 projects is one whole comment', () => {
    const rows = Array.from({ length: 100 }, (_, index) =>
      row(`project-${index}`, 'planned', { summary: big(60, 5), next: `\`/apply -p project-${index}\`` }),
    );
    const body = board(view(rows));
    expect(byteLength(body)).toBeLessThanOrEqual(byteLimit);
    const tree = toPage(body);
    expect(all(tree, 'tr')).toHaveLength(101);
    expect(body).toContain('would be destroyed');
    expect(body).toContain('Left out');
    expect(body.trimEnd().endsWith('</sub>')).toBe(true);
  });

  test('a thousand projects lose rows of the table, the least urgent ones', () => {
    const rows = Array.from({ length: 1000 }, (_, index) =>
      index === 900
        ? row('broken', 'failed')
        : row(`project-${index}-${'x'.repeat(100)}`, 'planned', { summary: summary([]) }),
    );
    const body = board(view(rows));
    expect(byteLength(body)).toBeLessThanOrEqual(byteLimit);
    expect(body).toContain('| `broken` |');
    expect(body).toMatch(/\d+ more projects not shown in this table/);
  });

  test('output of a failed tool keeps its end', () => {
    const output = Array.from({ length: 100_000 }, (_, index) => `line ${index}`).join('\n');
    const body = board(view([row('a', 'failed', { output })]));
    expect(byteLength(body)).toBeLessThanOrEqual(byteLimit);
    expect(body).toContain('line 99999');
    expect(body).toMatch(/earlier lines left out/);
  });
});

const states = [
  'queued',
  'running',
  'planned',
  'applied',
  'failed',
  'cancelled',
  'superseded',
  'unresolved',
  'waiting',
  'unplanned',
  'applying',
] as const;

const hostileRow: fc.Arbitrary<BoardRow> = fc
  .record({
    name: hostile(),
    dir: hostile(),
    workspace: hostile(),
    state: fc.constantFrom(...states),
    next: hostile(),
    planned: fc.boolean(),
    addresses: fc.array(hostile(), { maxLength: 4 }),
    value: hostile(),
    action: fc.constantFrom(
      'create' as const,
      'update' as const,
      'delete' as const,
      'replace' as const,
      'move' as const,
    ),
    output: fc.option(hostile(30)),
    words: fc.option(hostile()),
    url: hostile(),
  })
  .map((raw) => {
    const plan = summary(
      raw.addresses.map((address) =>
        resource(raw.action, address, [attribute(raw.value, raw.value, address, true)], {
          previousAddress: address,
        }),
      ),
      [{ name: raw.value, action: 'update', before: raw.value, after: null }],
    );
    return row(raw.name, raw.state, {
      dir: raw.dir,
      workspace: raw.workspace,
      next: raw.next,
      ...(raw.planned ? { summary: plan } : {}),
      output: raw.output,
      problem:
        raw.words === null
          ? null
          : { code: 'tool-failed', sentence: raw.words, advice: raw.value, details: raw.output ?? '' },
      holder: { pullNumber: 4, url: `https://forge.example/${raw.url}` },
    });
  });

test('whatever users and tools write, the comment keeps its shape', () => {
  fc.assert(
    fc.property(fc.array(hostileRow, { maxLength: 4 }), hostile(), hostile(), (rows, baseRef, reason) => {
      const body = board(view(rows, { baseRef, skipped: [{ name: reason, reason }] }));
      expect(byteLength(body)).toBeLessThanOrEqual(byteLimit);
      const tree = toPage(body);
      const top = (tree.children ?? []).filter(({ type }) => type === 'element');
      const allowed = new Set(['h3', 'p', 'table', 'blockquote', 'ul', 'details']);
      expect(top.filter(({ tagName }) => !allowed.has(tagName ?? ''))).toEqual([]);
      // Every fold stands on the outermost level, so none was closed early or left open.
      expect(all(tree, 'details')).toHaveLength(top.filter(({ tagName }) => tagName === 'details').length);
      for (const tr of all(tree, 'tr'))
        expect(tr.children?.filter(({ type }) => type === 'element')).toHaveLength(7);
      if (rows.length > 0) expect(all(tree, 'tr')).toHaveLength(rows.length + 1);
      expect(top.at(-1) && textOf(top.at(-1) ?? tree)).toContain('lists the commands');
      for (const tag of ['script', 'img', 'h1', 'h2', 'input', 'svg']) expect(all(tree, tag)).toHaveLength(0);
      expect(all(tree, 'a').every((one) => textOf(one) === '#4')).toBe(true);
      expect(linkableText(tree)).not.toMatch(/@[a-z\d]|#\d|GH-\d|:\/\/|www\./i);
    }),
    { numRuns: 80 },
  );
});

test('however long everything is, the comment fits', () => {
  const long = fc
    .constantFrom('|', '`', '<', 'é', '🙂', '@a', 'x\n', '\u202e')
    .map((part) => part.repeat(2000));
  fc.assert(
    fc.property(
      fc.array(long, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 120 }),
      (texts, many) => {
        const at = (index: number) => texts[index % texts.length] ?? '';
        const one = row(at(0), 'failed', {
          dir: at(1),
          workspace: at(2),
          next: at(0),
          output: at(1),
          problem: { code: 'tool-failed', sentence: at(2), advice: at(0), details: at(1) },
          summary: summary([resource('delete', at(2), [attribute(at(0), at(1), at(2))])]),
        });
        const rows = Array.from({ length: many }, (_, index) => ({
          ...one,
          state: index % 2 === 0 ? ('failed' as const) : ('unresolved' as const),
        }));
        const body = board(
          view(rows, {
            baseRef: at(0),
            problem: { code: 'internal', sentence: at(0), advice: at(1), details: at(2) },
            skipped: Array.from({ length: many }, () => ({ name: at(0), reason: at(1) })),
          }),
        );
        expect(byteLength(body)).toBeLessThanOrEqual(byteLimit);
      },
    ),
    { numRuns: 8 },
  );
});
