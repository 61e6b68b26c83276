import { createHash } from 'node:crypto';
import { access, chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSettings, startApp } from '../../src/app.ts';
import { eventually, stateOf } from '../support/acts.ts';
import { tellInspected } from '../support/deliver.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { startMain } from '../support/main-process.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

/** PATH with a program called terraform in front of the real one, which is `REAL` in the script. */
const inFront = async (script: string): Promise<string> => {
  const folder = temporaryFolder('tool');
  const real = process.env['PATH'] ?? '';
  const text = script.replaceAll('REAL', `exec env PATH='${real}' terraform`);
  await writeFile(path.join(folder, 'terraform'), `#!/bin/sh\n${text}\n`);
  await chmod(path.join(folder, 'terraform'), 0o755);
  return `${folder}:${real}`;
};

const filesBelow = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

/** Which file below the folder holds which of the words, as `word in file`. */
const holding = async (folder: string, words: readonly string[]): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const file of await filesBelow(folder)) {
    const bytes = await readFile(file);
    for (const word of words) if (bytes.includes(word)) found.push(`${word} in ${file}`);
  }
  return found;
};

const password = 'canary-7f3a-password';
// No list of ours knows this one: only the plan's own marks say that it is secret.
const derived = createHash('sha256').update(`${password}!`).digest('hex');

const secretive = (state: string) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': `variable "password" {
  sensitive = true
}
resource "terraform_data" "vpc" {
  input = sha256("\${var.password}!")
  provisioner "local-exec" {
    command = "echo \${self.input}"
  }
}
output "all" {
  sensitive = true
  value     = terraform_data.vpc.output
}
`,
});

const propose = async (story: Story): Promise<void> => {
  await story.ada.push('change', { 'network/more.tf': 'resource "terraform_data" "more" {}\n' }, 'More');
  await story.ada.openPull('change', 'More');
};

/** What the server may not be without, and no tool may have. */
const ownSecrets = ['PRIVATE_KEY', 'WEBHOOK_SECRET', 'TIDEGATE_SECRET_KEY'];

describe('secrets', () => {
  it('are in no comment, no check, no log and no file after a story, and the server’s own in no tool', async () => {
    const lines: string[] = [];
    const seen = path.join(temporaryFolder('seen'), 'env');
    const told = await tellInspected({
      files: secretive,
      // The most an operator can allow.
      operator: 'env: {plan: ["*"], apply: ["*"]}\n',
      environment: {
        PATH: await inFront(`{ tr '\\0' '\\n' < /proc/self/environ; echo "$@"; } >> '${seen}'; REAL "$@"`),
        TF_VAR_password: password,
      },
      logLevel: 'trace',
      app: { logDestination: { write: (line: string) => void lines.push(line) } },
    });
    await using story = told.story;
    await propose(story);
    await story.settled();
    const data = path.join(story.folder, 'data');
    const own = ownSecrets.map((name) => told.environment[name] ?? '');
    expect(await holding(data, [password, derived, ...own])).toEqual([]);
    await story.ada.comment(1, '/apply');
    await story.settled();
    expect(await stateOf(story, 'network')).toContain(derived);
    expect(await holding(data, [password, derived, ...own])).toEqual([]);
    const said = [...lines, JSON.stringify([await story.ada.comments(1), await story.checks(1)])].join('\n');
    for (const secret of [password, derived, ...own]) expect(said).not.toContain(secret);
    expect(said).not.toMatch(/ghs_/);
    const inTools = await readFile(seen, 'utf8');
    expect(inTools).toContain(`TF_VAR_password=${password}`);
    expect(inTools).not.toMatch(/PRIVATE_KEY|WEBHOOK_SECRET|TIDEGATE_/);
    for (const secret of own) expect(inTools).not.toContain(secret);
    const open = await Promise.all(
      (await filesBelow(data))
        .filter((file) => !/\/(?:mirrors|checkouts)\//.test(file))
        .map(async (file) => [file, (await stat(file)).mode & 0o077] as const),
    );
    expect((await stat(data)).mode & 0o077).toBe(0);
    expect(open.filter(([file, mode]) => mode !== 0 && /blobs|runs/.test(file))).toEqual([]);
  });

  it('that are keys of for_each are in no comment, no check, no mark on a line and no file', {
    tags: ['long'],
    timeout: 240_000,
  }, async () => {
    const main = (version: string) => `variable "password" {
  sensitive = true
}
resource "terraform_data" "given" {
  for_each         = toset([nonsensitive(var.password)])
  triggers_replace = "${version}"
}
resource "terraform_data" "marked" {
  for_each         = toset([nonsensitive(sha256("\${var.password}!"))])
  triggers_replace = "${version}"
}
output "all" {
  sensitive = true
  value     = sha256("\${var.password}!")
}
`;
    const told = await tellInspected({
      files: (state) => ({
        'network/backend.tf': localBackend(state, 'network'),
        'network/main.tf': '# nothing yet\n',
      }),
      operator: 'env: {plan: ["TF_VAR_*"], apply: ["TF_VAR_*"]}\n',
      environment: { PATH: process.env['PATH'], TF_VAR_password: password },
    });
    await using story = told.story;
    await story.ada.push('change', { 'network/main.tf': main('one') }, 'One');
    await story.ada.openPull('change', 'One');
    await story.settled();
    await story.ada.comment(1, '/apply');
    await story.settled();
    expect(await stateOf(story, 'network')).toContain(password);
    await story.ada.push('change', { 'network/main.tf': main('two') }, 'Two');
    await story.settled();
    const board = (await story.board(1)) ?? '';
    expect(board).toMatch(/- replace `terraform_data\.given\["\(sensitive, [a-z2-7]{8}\)"\]` in `network`/);
    expect(board).toMatch(/- replace `terraform_data\.marked\["\(sensitive, [a-z2-7]{8}\)"\]` in `network`/);
    const checks = [...story.world.hub.repo(story.world.repository).checkRuns.values()];
    expect(checks.flatMap(({ annotations }) => annotations)).toHaveLength(2);
    const said = JSON.stringify([await story.ada.comments(1), checks]);
    for (const secret of [password, derived]) expect(said).not.toContain(secret);
    expect(await holding(path.join(story.folder, 'data'), [password, derived])).toEqual([]);
  });

  it('of a plan that a killed server left in clear are gone when the next one is up', {
    tags: ['long'],
  }, async () => {
    const gate = temporaryFolder('gate');
    const waits = path.join(gate, 'waits');
    const go = path.join(gate, 'go');
    let servers = 0;
    await using story = await tellStory({
      files: secretive,
      operator: 'env: {plan: ["TF_VAR_*"], apply: ["TF_VAR_*"]}\n',
      environment: {
        PATH: await inFront(
          `if [ "$1" = show ]; then touch '${waits}'; while [ ! -e '${go}' ]; do sleep 0.05; done; fi; REAL "$@"`,
        ),
        TF_VAR_password: password,
      },
      logLevel: 'silent',
      launch: async (environment) => {
        servers += 1;
        if (servers === 1) {
          const main = startMain(['serve'], { ...environment, LOG_LEVEL: 'info' }, '/');
          await main.said('tidegate is ready');
          return {
            url: /"url":"([^"]+)"/.exec(main.text())?.[1] ?? '',
            pagesUrl: /"metrics":"([^"]+)\/metrics"/.exec(main.text())?.[1] ?? '',
            pagesLink: null,
            idle: async () => undefined,
            stop: async () => {
              main.signal('SIGKILL');
              await main.ended;
              return 'closed';
            },
          };
        }
        const read = await readSettings(environment, { folder: '/', home: '/', warn: () => {} });
        if ('problems' in read) throw new Error(JSON.stringify(read.problems));
        return startApp(read.config, read.secrets, environment);
      },
    });
    await propose(story);
    await eventually(() => access(waits));
    const runs = path.join(story.folder, 'data', 'runs');
    const plans = async () => (await filesBelow(runs)).filter((file) => file.endsWith('plan.bin'));
    expect(await plans()).toHaveLength(1);
    await story.world.restart();
    await writeFile(go, '');
    await story.settled();
    expect(await plans()).toEqual([]);
    expect(await story.board(1)).toContain('| `network` | 2 | 0 | 0 | 0 | planned |');
  });
});
