import { expect, test } from 'vitest';
import { answersOf, boardOf, rowOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld, people, repo } from '../support/memory-world.ts';
import { createSummaryTool } from '../support/summary-tool.ts';

const main = {
  'tidegate.yaml': `version: 1
projects:
  - { dir: network }
  - { dir: staff, runner: things, depends_on: [network], with: { team: ops, extra: [../shared.txt] } }
`,
  'network/backend.tf': 'terraform {\n  backend "http" {}\n}\n',
  'network/main.tf': 'small',
  'staff/wish.json': '{}',
  'shared.txt': 'a',
};
const operator = `policies:
  - name: nobody-new
    rule: 'plan.resources.all(r, r.kind != "thing" || r.action != "create")'
    owners: { users: [grace] }
rules:
  - { match: "**", requirements: [policies] }
`;

const says = async (world: MemoryWorld, body: string): Promise<void> => {
  await world.comment(1, body);
  await world.settled();
  await world.advance(2_000);
};

/** A pull request that changes a Terraform project and one of another tool. */
const told = async (
  files: Readonly<Record<string, string>>,
  work: (world: MemoryWorld, tool: ReturnType<typeof createSummaryTool>) => Promise<void>,
) => {
  const tool = createSummaryTool({
    with: 'with: { team: { kind: name, required: true, says: x }, extra: { kind: files, says: x }, note: { kind: text, from: head, says: x } }',
  });
  const world = await createMemoryWorld({ main, operator, runners: tool.runners, script: tool.script });
  try {
    world.open(1, files);
    await world.event(1, 'opened');
    await world.settled();
    await world.advance(2_000);
    await work(world, tool);
  } finally {
    await world.close();
  }
};

test('projects of two kinds have one comment, one lock table and one set of rules, and stages across both', async () => {
  await told({ 'network/main.tf': 'large', 'staff/wish.json': '{"ada": "admin"}' }, async (world, tool) => {
    expect(world.tool.journal).toEqual(['plan network']);
    expect(tool.journal()).toEqual([]);
    expect(rowOf(world, 'staff')).toContain('| waits for `network` |');
    await says(world, '/apply');
    // The policy is about what the tool creates, so Terraform's plan went through.
    expect(world.tool.journal).toEqual(['plan network', 'apply network']);
    expect(tool.journal().map(({ phase }) => phase)).toEqual(['prepare', 'plan']);
    expect(tool.journal().at(-1)?.told['TIDEGATE_WITH']).toBe('{"team":"ops","extra":["../shared.txt"]}');
    expect(boardOf(world)).toContain('thing/ada');
    await says(world, '/apply');
    expect(tool.world.get()).toEqual({});
    expect(answersOf(world)).toContain('nobody-new');
    const locks = await world.ports.store.locks.all();
    expect(locks.map((lock) => lock.project)).toEqual([
      `${repo.id}:network:default:*`,
      `${repo.id}:staff:default:*`,
    ]);
    await world.comment(1, '/approve nobody-new we know her', people.grace);
    await world.settled();
    await says(world, '/apply');
    expect(tool.world.get()).toEqual({ ada: 'admin' });
  });
});

test('a file that only its settings name plans it, and what a pull request says of where it acts does not count', async () => {
  const file = main['tidegate.yaml'].replace('team: ops', 'team: evil, note: hello');
  await told({ 'shared.txt': 'b', 'tidegate.yaml': file }, async (world, tool) => {
    expect(world.tool.journal).toEqual([]);
    expect(tool.journal().at(-1)?.told['TIDEGATE_WITH']).toBe(
      '{"team":"ops","extra":["../shared.txt"],"note":"hello"}',
    );
    expect(boardOf(world)).toContain('`with`');
  });
});

test('a new project with settings of its own waits for somebody to trust them', async () => {
  const file = `${main['tidegate.yaml']}  - { dir: more, runner: things, with: { team: dev } }\n`;
  await told({ 'more/wish.json': '{}', 'tidegate.yaml': file }, async (world, tool) => {
    expect(tool.journal()).toEqual([]);
    expect(boardOf(world)).toContain('with.team: dev');
    expect(boardOf(world)).toContain('/trust');
  });
});

test('what its runner is told in a pull request plans a project, though no file of it changes', async () => {
  const file = main['tidegate.yaml'].replace('team: ops', 'team: ops, note: hello');
  await told({ 'tidegate.yaml': file }, async (world, tool) => {
    expect(world.tool.journal).toEqual([]);
    expect(tool.journal().map(({ phase }) => phase)).toEqual(['prepare', 'plan']);
    expect(rowOf(world, 'staff')).not.toBeNull();
  });
});

test('a chart of elsewhere that the base branch does not use waits for trust, and so does one in another version', async () => {
  const said = (version: string, more = '') =>
    `version: 1\nprojects:\n  - { dir: shop, runner: things, with: { chart: "oci://h.example/web", version: ${version} } }\n${more}`;
  const tool = createSummaryTool({
    inputs: 'inputs: chart',
    with: 'with: { chart: { kind: source, says: x }, repo: { kind: text, says: x }, version: { kind: version, from: head, says: x } }',
  });
  const files = { 'tidegate.yaml': said('1.0.0'), 'shop/wish.json': '{}' };
  for (const [change, finding, rule] of [
    [{ 'tidegate.yaml': said('1.1.0') }, 'oci://h.example/web 1.1.0', ''],
    [{ 'tidegate.yaml': said('1.1.0') }, null, 'trust: { charts: { allow: ["h.example/*"] } }\n'],
    [{ 'shop/wish.json': '{"a": "b"}' }, null, ''],
  ] as const) {
    const world = await createMemoryWorld({
      main: files,
      operator: rule,
      runners: tool.runners,
      script: tool.script,
    });
    try {
      const before = tool.journal().length;
      world.open(1, change);
      await world.event(1, 'opened');
      await world.settled();
      await world.advance(2_000);
      expect(tool.journal().length > before).toBe(finding === null);
      if (finding === null) continue;
      expect(boardOf(world)).toContain(finding);
      expect(boardOf(world)).toContain('/trust');
    } finally {
      await world.close();
    }
  }
});
