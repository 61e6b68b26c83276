import { execFile } from 'node:child_process';
import { access, chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ask, open, push, row, stateOf } from '../support/acts.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { localBackend, type Story, type StoryWish, tellStory } from '../support/story.ts';

const vpc = (input: string) => `resource "terraform_data" "vpc" {\n  input = "${input}"\n}\n`;
const files: StoryWish['files'] = (state) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': vpc('small'),
  'dns/backend.tf': localBackend(state, 'dns'),
  'dns/main.tf': vpc('small'),
  'seed.json': JSON.stringify({ version: 4, serial: 1, lineage: 'l', outputs: {}, resources: [] }),
});
/** Built in, so it needs no registry, and read while the plan is made. */
const remoteState = `data "terraform_remote_state" "dns" {\n  backend = "local"\n  config = {\n    path = "../seed.json"\n  }\n}\n`;
const provisioner = (file: string) =>
  `resource "terraform_data" "made" {\n  provisioner "local-exec" {\n    command = "touch ${file}"\n  }\n}\n`;

const headOf = async (story: Story, number: number): Promise<string> => {
  const pull = await ask(story, 'ada', 'GET', `/pulls/${number}`);
  const head = typeof pull === 'object' && pull !== null && 'head' in pull ? pull.head : null;
  if (typeof head !== 'object' || head === null || !('sha' in head)) throw new Error('no head');
  return String(head.sha);
};

/** As a person would: with git, from a clone. */
const forcePush = async ({ world }: Story, commit: string, branch: string): Promise<void> => {
  const git = promisify(execFile);
  const clone = path.join(temporaryFolder(), 'clone');
  const url = new URL(`${world.repository}.git`, `${world.hub.url}/`);
  url.username = 'ada';
  url.password = world.tokens['ada'] ?? '';
  const env = { PATH: process.env['PATH'], HOME: path.dirname(clone), GIT_CONFIG_NOSYSTEM: '1' };
  await git('git', ['clone', '--quiet', '--bare', url.href, clone], { env });
  await git('git', ['-C', clone, 'fetch', '--quiet', 'origin', commit], { env });
  await git('git', ['-C', clone, 'push', '--quiet', '--force', url.href, `${commit}:refs/heads/${branch}`], {
    env,
  });
};

const says = async (
  story: Story,
  who: 'ada' | 'grace' | 'margaret' | 'mallory',
  number: number,
  text: string,
) => {
  const before = (await story.replies(number)).length;
  await story[who].comment(number, text);
  await story.settled();
  return (await story.replies(number)).slice(before).join('\n');
};

/** Terraform with a list of what it was called for, and in which folder. */
const listening = async () => {
  const folder = temporaryFolder('tool');
  const list = path.join(folder, 'list');
  const real = process.env['PATH'] ?? '';
  await writeFile(list, '');
  await writeFile(
    path.join(folder, 'terraform'),
    `#!/bin/sh\nPATH='${real}'\n[ "$1" = version ] || echo "$1 $(basename "$PWD")" >> '${list}'\nexec terraform "$@"\n`,
  );
  await chmod(path.join(folder, 'terraform'), 0o755);
  return {
    environment: { PATH: `${folder}:${real}` },
    calls: async () => (await readFile(list, 'utf8')).split('\n').filter((line) => line !== ''),
  };
};

describe('code that has to be trusted first', () => {
  it('waits, says what it brings and where, and is planned by itself once somebody else trusts the commit', async () => {
    const tool = await listening();
    await using story = await tellStory({ files, environment: tool.environment });
    await open(story, 'change', {
      'network/dns.tf': `# the zone\n${remoteState}`,
      'network/main.tf': vpc('large'),
      'dns/main.tf': vpc('large'),
    });
    await story.settled();
    const head = (await headOf(story, 1)).slice(0, 12);
    expect(await story.board(1)).toContain(`### Waits for trust: 1 of 2 projects`);
    expect(await story.board(1)).toContain(
      `> [!WARNING]\n> **Waits for trust: \`network\`.** This commit brings what the base branch does not have, and none of it has run. Somebody else who may write to the repository looks at it and comments \`/trust ${head}\`; then it is planned by itself.\n\n- \`network/dns.tf:2\` reads the state of another project: \`data.terraform_remote_state.dns\`.\n`,
    );
    expect(await row(story, 1, 'network')).toBe(
      `| \`network\` | – | – | – | – | ⚠ **waits for trust** | \`/trust ${head}\` |`,
    );
    expect(await story.checks(1)).toEqual([
      'tidegate/apply: action_required, Waits for /apply -p dns (1 to add)',
      `tidegate/plan: action_required, Waits for /trust ${head}: network`,
      'tidegate: dns: success, Planned: 1 to add',
      'tidegate: network: action_required, Waits for trust: nothing of it was run',
    ]);
    const checks = await ask(story, 'ada', 'GET', `/commits/${await headOf(story, 1)}/check-runs`);
    expect(JSON.stringify(checks)).toContain('`network/dns.tf:2` reads the state of another project');
    expect(await says(story, 'ada', 1, '/plan -p network')).toContain(`comments \`/trust ${head}\``);
    expect(await says(story, 'ada', 1, '/apply -p network')).toContain('waits for `/trust`');
    // The other project was planned as ever; of this one no tool was even asked.
    expect((await tool.calls()).filter((call) => call.endsWith(' network'))).toEqual([]);

    await story.grace.comment(1, `/trust ${head}`);
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('| 1 | 0 | 0 | 0 | planned | `/apply -p network` |');
    expect(await story.board(1)).toContain(`\`${head}\` into \`main\`, trusted by \`grace\` ·`);
    expect(await story.board(1)).not.toContain('Waits for trust');
    expect(await story.checks(1)).toContain('tidegate/plan: success, 2 projects planned: 2 to add');
    // What was planned already was not planned again.
    expect((await tool.calls()).filter((call) => call.startsWith('plan'))).toEqual([
      'plan dns',
      'plan network',
    ]);
    expect(await says(story, 'margaret', 1, `/trust ${head}`)).toContain('is trusted already');
    await story.ada.comment(1, '/apply');
    await story.settled();
    expect(await stateOf(story, 'network')).toContain('"large"');
  });

  it('waits again with the next push, also with one that brings the trusted commit back', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files });
    await open(story, 'change', { 'network/dns.tf': remoteState });
    await story.settled();
    const first = await headOf(story, 1);
    await story.grace.comment(1, `/trust ${first}`);
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('| planned |');
    await push(story, 'change', { 'network/main.tf': vpc('larger') });
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('waits for trust');
    expect(await says(story, 'ada', 1, '/apply')).toContain('There is no plan to apply');
    await forcePush(story, first, 'change');
    await story.settled();
    expect(await headOf(story, 1)).toBe(first);
    expect(await row(story, 1, 'network')).toContain('waits for trust');
    expect(await story.board(1)).not.toContain('trusted by');
    expect(await stateOf(story, 'network')).toBe('');
  });

  it('takes the word of nobody but somebody else who may write, for nothing but the newest commit', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files });
    await open(story, 'change', { 'network/dns.tf': remoteState });
    await story.settled();
    const old = await headOf(story, 1);
    await push(story, 'change', { 'network/main.tf': vpc('larger') });
    await story.settled();
    const head = await headOf(story, 1);
    expect(await says(story, 'ada', 1, `/trust ${head}`)).toContain('does not trust it for others');
    expect(await says(story, 'mallory', 1, `/trust ${head}`)).toContain('needs write permission');
    expect(await says(story, 'grace', 1, `/trust ${old}`)).toContain(
      `The newest commit of this pull request is \`${head.slice(0, 12)}\`, not \`${old}\`.`,
    );
    expect(await says(story, 'grace', 1, `/trust ${head.slice(0, 11)}`)).toContain('too short');
    expect(await says(story, 'grace', 1, '/trust')).toContain('needs the commit');
    expect(await row(story, 1, 'network')).toContain('waits for trust');
    // Of one that brings nothing there is nothing to trust.
    await open(story, 'plain', { 'dns/main.tf': vpc('large') });
    await story.settled();
    const plain = await headOf(story, 2);
    expect(await says(story, 'grace', 2, `/trust ${plain}`)).toContain(
      'Nothing of this commit waits for trust',
    );
    expect(await row(story, 2, 'dns')).toContain('| planned |');
  });

  it('lets authors trust their own where the operator does', { tags: ['long'] }, async () => {
    await using story = await tellStory({ files, operator: 'trust: { by_author: true }\n' });
    await open(story, 'change', { 'network/dns.tf': remoteState });
    await story.settled();
    await story.ada.comment(1, `/trust ${await headOf(story, 1)}`);
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('| planned |');
  });

  it('is asked by the rule of the server alone, which can let it pass, and by nothing in the repository', {
    tags: ['long'],
  }, async () => {
    const canary = path.join(temporaryFolder(), 'ran');
    await using story = await tellStory({ files, operator: 'trust: { remote_state: allow }\n' });
    await open(story, 'change', { 'network/dns.tf': remoteState });
    await open(story, 'own', {
      'dns/made.tf': provisioner(canary),
      'tidegate.yaml': 'version: 1\ntrust: { provisioners: allow }\n',
    });
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('| planned |');
    expect(await story.board(2)).toContain('`trust`');
    expect(await story.checks(2)).toContainEqual(expect.stringMatching(/^tidegate\/plan: action_required/));
    await push(story, 'own', {}, ['tidegate.yaml']);
    await story.settled();
    expect(await row(story, 2, 'dns')).toContain('waits for trust');
    await story.ada.comment(2, '/apply');
    await story.settled();
    await expect(access(canary)).rejects.toThrow('ENOENT');
  });
});

describe('code that is refused', () => {
  it('is not planned, says what and where, and cannot be trusted; what it holds goes to who waits', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files, operator: 'trust: { provisioners: refuse }\n' });
    const { hub, repository } = story.world;
    await open(story, 'first', { 'network/main.tf': vpc('large') });
    await story.settled();
    await open(story, 'second', { 'network/main.tf': vpc('larger') });
    await story.settled();
    expect(await row(story, 2, 'network')).toContain('waits for [#1]');
    await hub.pushFiles(repository, 'first', {
      as: 'ada',
      files: {
        'network/made.tf': provisioner('/tmp/x'),
        'network/state.tf': remoteState,
        'dns/main.tf': vpc('large'),
        'docs/away': { content: '/etc/passwd', mode: '120000' },
      },
    });
    await story.settled();
    expect((await story.board(1))?.split('\n')[0]).toBe('### Refused: 2 projects');
    expect(await story.board(1)).toContain(
      '> [!CAUTION]\n> **Refused: `network`.** The people who run Tidegate let no code run that does this. Take it out and push.\n\n- `docs/away` is a link that leads out of the repository: `/etc/passwd`. **Refused.**\n- `network/made.tf:2` runs something of its own in an apply: `terraform_data.made: local-exec`. **Refused.**\n- `network/state.tf:1` reads the state of another project: `data.terraform_remote_state.dns`.\n',
    );
    expect(await story.checks(1)).toEqual([
      'tidegate/apply: failure, Cannot be applied, it is refused: dns, network',
      'tidegate/plan: failure, Refused, nothing of it was run: dns, network',
      'tidegate: dns: failure, Refused: nothing of it was run',
      'tidegate: network: failure, Refused: nothing of it was run',
    ]);
    expect(await says(story, 'grace', 1, `/trust ${await headOf(story, 1)}`)).toContain(
      'nobody can trust it',
    );
    // Its lock went with its plan.
    expect(await row(story, 2, 'network')).toContain('| planned |');
  });
});

describe('a pull request from a fork', () => {
  const fromFork = async (story: Story, change: Readonly<Record<string, string>>): Promise<void> => {
    const { hub, repository } = story.world;
    await hub.fork(repository, 'grace');
    await hub.pushFiles('grace/infrastructure', 'theirs', { as: 'grace', from: 'main', files: change });
    await hub.openPull(repository, { as: 'grace', head: 'grace:theirs', base: 'main', title: 'From a fork' });
    await story.settled();
  };

  it('is planned only where the operator lets it, commit by commit, after somebody trusted it; and is not applied', {
    tags: ['long'],
  }, async () => {
    const tool = await listening();
    await using story = await tellStory({
      files,
      environment: tool.environment,
      operator: 'trust: { forks: { plan: trust } }\n',
    });
    await fromFork(story, { 'network/main.tf': vpc('large') });
    const head = await headOf(story, 1);
    expect(await row(story, 1, 'network')).toContain('waits for trust');
    expect(await story.board(1)).toContain('- The head branch lives in another repository');
    expect(await says(story, 'ada', 1, '/plan')).toContain('somebody has to trust');
    expect(await says(story, 'grace', 1, `/trust ${head}`)).toContain('does not trust it for others');
    expect(await tool.calls()).toEqual([]);
    await story.ada.comment(1, `/trust ${head}`);
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('| 1 | 0 | 0 | 0 | planned |');
    expect(await says(story, 'ada', 1, '/apply')).toContain('another repository');
    expect(await stateOf(story, 'network')).toBe('');
    await story.world.hub.pushFiles('grace/infrastructure', 'theirs', {
      as: 'grace',
      files: { 'network/main.tf': vpc('larger') },
    });
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('waits for trust');
    expect((await tool.calls()).filter((call) => call.startsWith('plan'))).toEqual(['plan network']);
  });

  it('is applied where the operator lets that too', { tags: ['long'] }, async () => {
    await using story = await tellStory({
      files,
      operator: 'trust: { forks: { plan: trust, apply: allow } }\n',
    });
    await fromFork(story, { 'network/main.tf': vpc('large') });
    await story.ada.comment(1, `/trust ${await headOf(story, 1)}`);
    await story.settled();
    await story.ada.comment(1, '/apply');
    await story.settled();
    expect(await stateOf(story, 'network')).toContain('"large"');
  });
});
