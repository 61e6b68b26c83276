import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { localBackend, tellStory } from '../support/story.ts';

const files = (state: string) => ({
  'tidegate.yaml': `version: 1
projects:
  - name: network
    dir: network
  - name: database
    dir: database
    requirements: [approved]
`,
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': 'resource "terraform_data" "vpc" {\n  input = "10.0.0.0/16"\n}\n',
  'database/backend.tf': localBackend(state, 'database'),
  'database/main.tf': 'resource "terraform_data" "cluster" {\n  input = "small"\n}\n',
});

const bigger = {
  'network/main.tf': 'resource "terraform_data" "vpc" {\n  input = "10.1.0.0/16"\n}\n',
  'database/main.tf': 'resource "terraform_data" "cluster" {\n  input = "large"\n}\n',
};

const stateOf = (folder: string, name: string) =>
  readFile(path.join(folder, `${name}.tfstate`), 'utf8').catch(() => '');

describe('from pull request to applied', () => {
  it('plans by itself, asks for the approval, applies what was planned, and closes with the merge', async () => {
    await using story = await tellStory({ files });
    const { ada, grace, world } = story;
    await ada.push('bigger', bigger, 'Everything bigger');
    await ada.openPull('bigger', 'Everything bigger');
    await story.settled();
    const withoutCommit = (text: string | null) => text?.replaceAll(/`[0-9a-f]{12}`/g, '`<commit>`') ?? null;
    expect(withoutCommit(await story.board(1))).toMatchInlineSnapshot(`
      "### Plan: 2 to add

      2 projects: 2 to apply.

      | Project | Add | Change | Replace | Destroy | State | Next |
      |:--|--:|--:|--:|--:|:--|:--|
      | \`network\` | 1 | 0 | 0 | 0 | planned | \`/apply -p network\` |
      | \`database\` | 1 | 0 | 0 | 0 | planned | a review by anybody with write permission, then \`/apply -p database\` |

      <details><summary><b><code>network</code></b>: 1 to add</summary>

      Folder \`network\` · terraform \`1.11.4\`

      \`\`\`diff
      + create terraform_data.vpc
      +     input = "10.1.0.0/16"
      +     known after apply: id, output
      \`\`\`

      </details>

      <details><summary><b><code>database</code></b>: 1 to add</summary>

      Folder \`database\` · terraform \`1.11.4\`

      \`\`\`diff
      + create terraform_data.cluster
      +     input = "large"
      +     known after apply: id, output
      \`\`\`

      </details>

      <sub>Commit \`<commit>\` into \`main\` · \`/help\` lists the commands</sub>"
    `);
    expect(await story.checks(1)).toMatchInlineSnapshot(`
      [
        "tidegate/apply: action_required, Waits for what the rules ask for, then /apply of network, database (2 to add)",
        "tidegate/plan: success, 2 projects planned: 2 to add",
        "tidegate: database: success, Planned: 1 to add",
        "tidegate: network: success, Planned: 1 to add",
      ]
    `);

    await ada.comment(1, '/apply');
    await story.settled();
    expect(await stateOf(world.stateFolder, 'network')).toContain('10.1.0.0/16');
    expect(await stateOf(world.stateFolder, 'database')).toBe('');
    expect(
      (await story.replies(1)).map((text) => text.replaceAll(/[0-9a-f]{7}\b/g, '<sha>')),
    ).toMatchInlineSnapshot(`
      [
        "**ada** asked for \`/apply\`. Not done:

      - \`database\`: It waits for a review by anybody with write permission; so far: no approval that counts. Ask anybody with write permission, who has looked at the plan as it is shown now, to approve, then comment \`/apply\` again. Authors of a commit and whoever pushed last do not count.",
      ]
    `);

    await grace.approve(1);
    await ada.comment(1, '/apply');
    await story.settled();
    expect(await stateOf(world.stateFolder, 'database')).toContain('large');
    expect(await story.checks(1)).toMatchInlineSnapshot(`
      [
        "tidegate/apply: success, 2 projects applied: 2 added",
        "tidegate/plan: success, 2 projects planned: 2 to add",
        "tidegate: database: success, Applied: 1 added",
        "tidegate: network: success, Applied: 1 added",
      ]
    `);
    // Planned again, there is nothing to change; that it was applied, and by whom, stays to be seen.
    await grace.comment(1, '/plan');
    await story.settled();
    expect(await story.board(1)).toContain('| `database` | 1 | 0 | 0 | 0 | ✓ applied | merge |');
    expect(await story.board(1)).toMatch(/applied by `ada` \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
    await ada.merge(1);
    await story.settled();
    expect((await story.board(1))?.split('\n')[0]).toMatchInlineSnapshot(`"### Merged. Applied: 2 added"`);
  });

  it('acknowledges a command at once and says with a reaction how an apply ended', async () => {
    await using story = await tellStory({ files });
    const { ada } = story;
    await ada.push('bigger', bigger, 'Everything bigger');
    await ada.openPull('bigger', 'Everything bigger');
    await story.settled();
    const first = await ada.comment(1, '/apply -p network');
    const second = await ada.comment(1, '/apply -p database');
    await story.settled();
    expect(await ada.reactions(first.id)).toEqual(['eyes', 'rocket']);
    expect(await ada.reactions(second.id)).toEqual(['eyes', 'confused']);
    const planned = await ada.comment(1, '/plan -p database');
    const refused = await ada.comment(1, '/plan -p databse');
    await story.settled();
    expect(await ada.reactions(planned.id)).toEqual(['eyes', '+1']);
    expect(await ada.reactions(refused.id)).toEqual(['eyes', 'confused']);
  });

  it('answers /help and /status, and never other slash words, bots or edits', async () => {
    await using story = await tellStory({ files });
    const { ada, world } = story;
    await ada.push('bigger', bigger, 'Everything bigger');
    await ada.openPull('bigger', 'Everything bigger');
    await story.settled();
    for (const text of ['/deploy', '/lgtm', 'please /plan', '> /apply', '```\n/apply\n```', 'atlantis plan'])
      await ada.comment(1, text);
    await story.settled();
    expect(await story.replies(1)).toEqual([]);
    await ada.comment(1, '/help');
    await ada.comment(1, '/status');
    await ada.comment(1, '/aply');
    await story.settled();
    const [help, status, mistake] = await story.replies(1);
    expect(help).toContain('/unlock');
    expect(status).toContain('network');
    expect(mistake).toContain('/apply');
    expect(await stateOf(world.stateFolder, 'network')).toBe('');
  });

  it('plans drafts when asked, and by itself once they are ready', async () => {
    await using story = await tellStory({ files });
    const { ada, world } = story;
    await ada.push('bigger', bigger, 'Everything bigger');
    await world.hub.openPull(world.repository, {
      as: 'ada',
      head: 'bigger',
      base: 'main',
      title: 'Draft',
      draft: true,
    });
    await story.settled();
    expect(await story.board(1)).toBeNull();
    await ada.comment(1, '/plan -p network');
    await story.settled();
    expect(await story.board(1)).toContain('network');
    world.hub.setDraft(world.repository, 1, 'ada', false);
    await story.settled();
    expect(await story.checks(1)).toContain('tidegate/plan: success, 2 projects planned: 2 to add');
  });

  it('reports success where nothing is affected, without a comment', async () => {
    await using story = await tellStory({ files });
    const { ada } = story;
    await ada.push('words', { 'README.md': 'words' }, 'Words');
    await ada.openPull('words', 'Words');
    await story.settled();
    expect(await story.board(1)).toBeNull();
    expect(await story.checks(1)).toMatchInlineSnapshot(`
      [
        "tidegate/apply: success, Nothing to apply",
        "tidegate/plan: success, No project is affected",
      ]
    `);
  });

  it('ends the plans of older commits when a new one is pushed', async () => {
    await using story = await tellStory({ files });
    const { ada, world } = story;
    await ada.push('bigger', bigger, 'Everything bigger');
    const old = await ada.openPull('bigger', 'Everything bigger');
    await world.hub.pushFiles(world.repository, 'bigger', {
      as: 'ada',
      files: { 'network/main.tf': 'resource "terraform_data" "vpc" {\n  input = "10.2.0.0/16"\n}\n' },
    });
    await story.settled();
    await ada.comment(1, '/apply -p network');
    await story.settled();
    expect(await stateOf(world.stateFolder, 'network')).toContain('10.2.0.0/16');
    const runs = [...world.hub.repo(world.repository).checkRuns.values()];
    const onOld = runs.filter((run) => run.headSha === old.head.sha);
    // Nothing waits for a commit that nobody will apply.
    expect(onOld.filter((run) => run.status !== 'completed')).toEqual([]);
    expect(onOld.find((run) => run.name === 'tidegate/apply')?.conclusion ?? 'cancelled').toBe('cancelled');
  });

  it('applies what is ready and says what it left out', async () => {
    await using story = await tellStory({
      files: (state) => ({
        ...files(state),
        'database/main.tf': 'resource "terraform_data" "cluster" {\n  inputt = 1\n}\n',
      }),
    });
    const { ada, world } = story;
    await ada.push(
      'one',
      { 'network/main.tf': bigger['network/main.tf'], 'database/more.tf': '# more\n' },
      'One',
    );
    await ada.openPull('one', 'One');
    await story.settled();
    await ada.comment(1, '/apply');
    await story.settled();
    expect(await stateOf(world.stateFolder, 'network')).toContain('10.1.0.0/16');
    expect(await story.replies(1)).toMatchInlineSnapshot(`
      [
        "**ada** asked for \`/apply\`. Not done:

      - \`database\`: Left out: it could not be planned. Comment \`/apply\` again when its row says that it is ready.",
      ]
    `);
  });
});
