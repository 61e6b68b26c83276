import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { lastWords } from '../../src/observe/last-words.ts';
import { secretForms } from '../../src/observe/secret-forms.ts';
import { open, row, stateOf } from '../support/acts.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Given to runs by the operator, each another way out. */
const given = {
  TF_VAR_password: 'canary-of-a-variable-0x1',
  TF_VAR_plainly: 'canary"of <no> mark/+&2',
  CLOUD_TOKEN: 'canary-of-an-apply-3q7',
  PLAN_TOKEN: 'canary-of-a-plan-z4',
} as const;
/** In a file that one of them names. */
const inFile = 'canary-of-a-file-k2';
/** No list has it: only the plan's own marks say that it is secret. */
const derived = createHash('sha256').update(`${given.TF_VAR_password}!`).digest('hex');
const canaries = [...Object.values(given), inFile, derived];
/** Whatever any of them looks like in JSON, addresses and base64. */
const forms = [...new Set(canaries.flatMap((canary) => [...secretForms(canary)]))].filter(
  (form) => form.length >= 6,
);

/** As terraform would, but with what it prints cut at every place, and with ways to die. */
const fakeIn = async (folder: string): Promise<string> => {
  const real = process.env['PATH'] ?? '';
  const seams = [given.PLAN_TOKEN, Buffer.from(`x${given.PLAN_TOKEN}`).toString('base64')].flatMap((text) =>
    Array.from({ length: text.length - 1 }, (_, at) => [text.slice(0, at + 1), text.slice(at + 1)] as const),
  );
  const pieces = seams.map(([one, other]) => `printf %s '${one}'; sleep 0.02; echo '${other} said'`);
  await writeFile(
    path.join(folder, 'terraform'),
    [
      '#!/bin/sh',
      `if [ "$1" = plan ]; then case "$PWD" in`,
      `*/crash) echo "panic: $PLAN_TOKEN at $TF_VAR_plainly" >&2; kill -SEGV $$;;`,
      `*/pieces) ${pieces.join('; ')};;`,
      'esac; fi',
      `PATH='${real}' exec terraform "$@"`,
      '',
    ].join('\n'),
  );
  await chmod(path.join(folder, 'terraform'), 0o755);
  return `${folder}:${real}`;
};

const files = (state: string) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': `variable "password" {
  sensitive = true
}
variable "plainly" {}
resource "terraform_data" "secret" {
  input = sha256("\${var.password}!")
}
resource "terraform_data" "plain" {
  input = { value = var.plainly, url = "https://x/?q=\${urlencode(var.plainly)}", b64 = base64encode("ab\${var.plainly}") }
  provisioner "local-exec" {
    command = "printf %s canary-of-an; sleep 0.3; echo -apply-3q7; echo $CLOUD_TOKEN; cat $CLOUD_FILE; echo \${terraform_data.secret.output}"
  }
}
output "all" {
  sensitive = true
  value     = terraform_data.secret.output
}
output "shown" {
  value = var.plainly
}
`,
  'pieces/backend.tf': localBackend(state, 'pieces'),
  'pieces/main.tf': 'resource "terraform_data" "it" {}\n',
  'broken/backend.tf': localBackend(state, 'broken'),
  'broken/main.tf': `variable "plainly" {}
resource "terraform_data" "it" {
  lifecycle {
    precondition {
      condition     = var.plainly == "other"
      error_message = "not \${var.plainly}, nor \${jsonencode(var.plainly)}"
    }
  }
}
`,
  'crash/backend.tf': localBackend(state, 'crash'),
  'crash/main.tf': 'resource "terraform_data" "it" {}\n',
  'odd/backend.tf': localBackend(state, 'odd'),
  'odd/main.tf': 'resource "terraform_data" "it" {}\n',
});

const filesBelow = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

const formsIn = (text: string): readonly string[] => forms.filter((form) => text.includes(form));

/** Every page about runs, locks and their logs, as who started the server sees it. */
const pagesOf = async (story: Story): Promise<readonly string[]> => {
  const { pagesUrl, pagesLink } = story.world.app;
  const entered = await fetch(pagesLink ?? '', { redirect: 'manual', headers: { accept: 'text/html' } });
  const cookie = (entered.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const visit = async (address: string) =>
    (await fetch(`${pagesUrl}${address}`, { headers: { cookie } })).text();
  const lists = await Promise.all(['/', '/runs', '/locks'].map(visit));
  const runs = new Set(lists.flatMap((page) => page.match(/\/runs\/[\w-]{10,}/g) ?? []));
  const pages = await Promise.all([...runs].flatMap((run) => [visit(run), visit(`${run}/log.txt`)]));
  return [...lists, ...pages];
};

/** Every body that was sent to the forge, while it went its way. */
const recordSent = (): readonly string[] => {
  const sent: string[] = [];
  const real = globalThis.fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const { method = 'GET', body } = init ?? {};
    // Of people there is nothing to be found in what they say themselves.
    const isOurs = new Headers(init?.headers).get('user-agent')?.includes('tidegate') === true;
    if (method !== 'GET' && isOurs)
      sent.push(`${method} ${String(input)} ${typeof body === 'string' ? body : ''}`);
    return real(input, init);
  });
  return sent;
};

describe('what runs were given', () => {
  it('comes out nowhere: not in files, rows, bodies, numbers or lines, however it is said and cut', async () => {
    const lines: string[] = [];
    const toolFolder = temporaryFolder('tool');
    await writeFile(path.join(toolFolder, 'credentials'), `[default]\nsession_token = ${inFile}\n`);
    const sent = recordSent();
    await using story: Story = await tellStory({
      files,
      operator:
        'env: {plan: ["TF_VAR_*", PLAN_TOKEN], apply: ["TF_VAR_*", CLOUD_TOKEN, CLOUD_FILE]}\ntrust: {unreadable: allow}\n',
      // As they are since 2026; every other story has the short ones.
      hub: { tokenShape: 'long' },
      environment: {
        ...given,
        CLOUD_FILE: path.join(toolFolder, 'credentials'),
        PATH: await fakeIn(toolFolder),
      },
      logLevel: 'trace',
      app: { logDestination: { write: (line: string) => void lines.push(line) } },
    });
    const names = ['network', 'pieces', 'broken', 'crash'];
    await open(story, 'all', {
      ...Object.fromEntries(
        names.map((name) => [`${name}/more.tf`, 'resource "terraform_data" "more" {}\n'] as const),
      ),
      // Its name is one of the values, and its text does not parse.
      [`odd/${given.PLAN_TOKEN}.tf`]: 'resource "terraform_data" {\n',
    });
    await story.settled();
    for (const name of ['broken', 'crash', 'odd']) expect(await row(story, 1, name)).toContain('failed');
    expect(await row(story, 1, 'pieces')).toContain('planned');
    await story.ada.comment(1, '/apply -p network');
    await story.settled();
    expect(await stateOf(story, 'network')).toContain(derived);
    await open(story, 'settings', { 'tidegate.yaml': `version: ${JSON.stringify(given.PLAN_TOKEN)}\n` });
    await story.settled();
    expect(await story.board(2)).toContain('`version` is');

    const metrics = await (await fetch(`${story.world.app.pagesUrl}/metrics`)).text();
    const thread = JSON.stringify([
      await story.ada.comments(1),
      await story.ada.checks(1),
      await story.ada.checks(2),
    ]);
    // That the routes were taken at all.
    expect(thread).toContain('not ***, nor');
    expect(thread).toContain('panic: *** at ***');
    const pages = await pagesOf(story);
    expect(pages.length).toBeGreaterThan(12);
    let logs = '';
    for (const file of await filesBelow(path.join(story.folder, 'data/logs')))
      logs += await readFile(file, 'utf8');
    expect(logs).toContain('session_token = ***');
    expect(logs.match(/\*\*\*\w{0,2}=* said/g)?.length).toBeGreaterThan(40);
    expect(sent.length).toBeGreaterThan(10);
    expect({
      sent: sent.flatMap(formsIn),
      pages: pages.flatMap(formsIn),
      metrics: formsIn(metrics),
      lines: lines.flatMap(formsIn),
    }).toEqual({ sent: [], pages: [], metrics: [], lines: [] });
    // All that this test made, the data folder and every temporary file among it: but for what the tool of the test says, the
    // state that the tool wrote, and the repository of the branch that has such a name.
    const theirs = [
      toolFolder,
      ...['hub', 'state', 'data/mirrors', 'data/checkouts'].map((name) => path.join(story.folder, name)),
    ];
    for (const each of [...sent, ...pages, metrics, ...lines, thread, logs])
      expect(each).not.toContain('ghs_');
    const found: string[] = [];
    for (const file of await filesBelow(os.tmpdir())) {
      if (theirs.some((folder) => file.startsWith(`${folder}/`))) continue;
      const text = await readFile(file, 'latin1');
      if (/ghs_\d/.test(text)) found.push(`a token in ${file}`);
      for (const form of formsIn(text)) found.push(`${form} in ${file}`);
    }
    expect(found).toEqual([]);
  });

  it('is masked where it names a thing, too, which is kept by its name', { tags: ['long'] }, async () => {
    await using story = await tellStory({
      files: (state) => ({
        'network/backend.tf': localBackend(state, 'network'),
        'network/main.tf': 'variable "plainly" {}\n',
      }),
      operator: 'env: {plan: ["TF_VAR_*"], apply: []}\n',
      // Without a letter that a page writes otherwise.
      environment: { TF_VAR_plainly: given.PLAN_TOKEN, PATH: process.env['PATH'] },
      logLevel: 'silent',
    });
    await open(story, 'each', {
      'network/each.tf': 'resource "terraform_data" "it" {\n  for_each = toset([var.plainly])\n}\n',
    });
    await story.settled();
    const pages = await pagesOf(story);
    expect(pages.join('')).toContain('terraform_data.it[');
    const said = JSON.stringify([await story.ada.comments(1), await story.ada.checks(1), pages]);
    expect(said).toContain('terraform_data.it[');
    expect(said).toContain('***');
    expect(formsIn(said)).toEqual([]);
  });

  it('is not in the last words of a server either', () => {
    const password = encodeURIComponent('pa/ss word');
    const error = new Error(`cannot reach postgres://bob:${password}@db with wbhk-secret`);
    const said = lastWords(error, {
      DATABASE_URL: `postgres://bob:${password}@db`,
      WEBHOOK_SECRET: 'wbhk-secret',
      HOME: '/root',
      PRIVATE_KEY: undefined,
    });
    expect(said).toContain('cannot reach postgres://bob:***@db with ***');
    expect(said).toContain('canaries.test.ts');
    expect(lastWords('no Error', {})).toBe('no Error');
  });
});
