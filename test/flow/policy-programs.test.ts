import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { eventually, open, stateOf } from '../support/acts.ts';
import { runLogs } from '../support/deliver.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { localBackend, type Story, type StoryWish, tellStory } from '../support/story.ts';

const secret = 'correct-horse-battery';
const vpc = (input: string) =>
  `variable "password" {\n  default   = "${secret}"\n  sensitive = true\n}\nresource "terraform_data" "vpc" {\n  input = ${input}\n}\nresource "terraform_data" "login" {\n  input = var.password\n}\n`;

const files: StoryWish['files'] = (state) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': vpc('"one"'),
  'tidegate.yaml':
    'version: 1\nprojects:\n  - dir: network\n    requirements: [policies]\n    env: { PROJECT_TOKEN: project-secret-value }\n',
});

/** A policy program in a folder of its own, which is not on PATH. */
const program = (body: string): string => {
  const file = path.join(temporaryFolder('policy'), 'check');
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
};

const node = (script: string): string => {
  const file = path.join(temporaryFolder('policy'), 'check.mjs');
  writeFileSync(file, script);
  return file;
};

const policy = (name: string, command: readonly string[], more = ''): string =>
  `  - name: ${name}\n    command: ${JSON.stringify(command)}\n${more}`;

const tell = (policies: string, more: Partial<StoryWish> = {}): Promise<Story> =>
  tellStory({ files, operator: `policies:\n${policies}`, ...more });

const say = async (story: Story, text: string, by = story.ada): Promise<string> => {
  await by.comment(1, text);
  await story.settled();
  return (await story.replies(1)).at(-1) ?? '';
};

const planned = async (story: Story, more: Readonly<Record<string, string>> = {}): Promise<void> => {
  await open(story, 'change', { 'network/main.tf': vpc('"two"'), ...more });
  await story.settled();
};

/** Forges tell whole seconds. */
const read = () => createSystemClock().sleep(1_100);

const counts = `
import { readFileSync } from 'node:fs';
const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const made = plan.resource_changes.filter(({ change }) => change.actions.includes('create'));
console.log('FAIL - ' + made.map(({ address }) => address).join(', ') + ' is new');
process.exit(made.length > Number(process.argv[3]) ? 1 : 0);
`;

describe('a policy that is a program', () => {
  it('reads the plan, stands in the way, is shown in /why, and is let pass by an owner for that plan alone', async () => {
    const command = [process.execPath, node(counts), '{plan}', '1'];
    await using story = await tell(
      policy('few', command, '    message: Not so many.\n    owners: { users: [grace] }\n'),
    );
    await planned(story);
    // The plan is there, whatever is said of it.
    expect(await story.checks(1)).toContainEqual(expect.stringContaining('tidegate/plan: success'));
    expect(await story.board(1)).toContain('`/approve few` by `grace`');
    const said = await say(story, '/apply');
    expect(said).toContain('Not so many.');
    expect(said).toContain('`FAIL - terraform_data.login, terraform_data.vpc is new`');
    expect(await stateOf(story, 'network')).toBe('');
    const why = await say(story, '/why');
    expect(why).toContain('policy few');
    expect(why).toContain('operator file, line');
    expect(runLogs(story)).toContain('terraform_data.vpc is new');

    await read();
    expect(await say(story, '/approve few the office opens today', story.grace)).toContain('may pass `few`');
    expect(await say(story, '/why')).toContain('grace lets it pass: the office opens today');
    await story.ada.push('change', { 'network/main.tf': vpc('"three"') }, 'Another one');
    await story.settled();
    expect(await story.board(1)).toContain('`/approve few` by `grace`');
    await read();
    await say(story, '/approve few that one too', story.grace);
    await say(story, '/apply');
    expect(await stateOf(story, 'network')).toContain('"three"');
  });

  it('is asked in the order of the file, and one that says yes lets it be applied', {
    tags: ['long'],
  }, async () => {
    const order = path.join(temporaryFolder('order'), 'order');
    const note = (name: string) => [program(`echo ${name} "$TIDEGATE_PROJECT" >> ${order}`), '{plan}'];
    await using story = await tell(
      policy('second', note('second')) +
        policy('first', note('first')) +
        policy('elsewhere', note('elsewhere'), '    match: "other/**"\n'),
    );
    await planned(story);
    expect(readFileSync(order, 'utf8')).toBe('second network\nfirst network\n');
    await say(story, '/apply');
    expect(await stateOf(story, 'network')).toContain('"two"');
    // Nobody was asked again, by the apply either.
    expect(readFileSync(order, 'utf8')).toBe('second network\nfirst network\n');
  });

  it.each<[string, () => readonly string[], string]>([
    ['exits with 2', () => [program('echo "no policies found"; exit 2'), '{plan}'], 'exit code 2'],
    ['hangs', () => [program('exec sleep 600'), '{plan}'], 'it took too long and was stopped'],
    ['is killed', () => [program('kill -9 $$'), '{plan}'], 'it was killed'],
    ['is missing', () => ['no-such-program', '{plan}'], 'could not be started on the server'],
  ])('that %s says neither yes nor no, and blocks', { tags: ['long'] }, async (_, command, words) => {
    await using story = await tell(
      policy('opa', command(), '    time_limit: 2s\n') +
        policy('after', [program('echo "asked all the same"; exit 1'), '{plan}']),
    );
    await planned(story);
    expect(await story.checks(1)).toContainEqual(expect.stringContaining('tidegate/plan: success'));
    const said = await say(story, '/apply');
    expect(said).toContain('could not be asked');
    expect(said).toContain(words);
    expect(await say(story, '/why')).toContain('asked all the same');
    expect(await stateOf(story, 'network')).toBe('');
  });

  it('repeats what a pull request says as code, and no secret', { tags: ['long'] }, async () => {
    const text = '@acme/everybody [approve me](https://evil.example) `x`';
    const body = `printf '%s\\n' '${text}' '/apply' "$(cat "$1")" '${secret}' >&2; exit 1`;
    await using story = await tell(policy('echo', [program(body), '{plan}']));
    await planned(story);
    const said = await say(story, '/apply');
    const why = await say(story, '/why');
    for (const all of [said, why]) {
      expect(all).toContain('@acme');
      // All of it is in one span of code: nobody is called, and nothing is a link or a command.
      const prose = all.replaceAll(/`[^`\n]*`/g, '');
      expect(prose).not.toMatch(/everybody|evil|approve me|\/apply/);
    }
    for (const all of [said, why, await story.board(1), runLogs(story)]) expect(all).not.toContain(secret);
    expect(runLogs(story)).toContain('approve me');
  });

  it('repeats no secret that a data source was read with, which only the state before the plan has', {
    tags: ['long'],
  }, async () => {
    const hush = 'battery-of-another-horse';
    const script = program(`grep -o '[^"]*tfstate' "$1" | sort -u; echo "was asked"; exit 1`);
    const reads = {
      'network/data.tf': `data "terraform_remote_state" "other" {\n  backend = "local"\n  config = { path = sensitive("./${hush}.tfstate") }\n}\n`,
      [`network/${hush}.tfstate`]:
        '{"version":4,"terraform_version":"1.9.0","serial":1,"lineage":"x","outputs":{},"resources":[]}',
    };
    await using story = await tell(policy('echo', [script, '{plan}']), {
      files: (state) => ({ ...files(state), ...reads }),
    });
    await planned(story);
    const why = await say(story, '/why');
    expect(why).toContain('was asked');
    for (const all of [why, await story.board(1), runLogs(story)])
      expect(all).not.toContain(`${hush}.tfstate`);
  });

  it('sees neither the head’s files nor the credentials of tools, and starts where nothing is', {
    tags: ['long'],
  }, async () => {
    const out = path.join(temporaryFolder('seen'), 'seen');
    const look = program(`{ pwd; ls -A; ls -A "$HOME"; echo --; env; stat -c %a "$1"; } > ${out}`);
    await using story = await tell(policy('look', [look, '{plan}']), {
      environment: {
        PATH: process.env['PATH'],
        PLAN_TOKEN: 'plan-token-value',
        APPLY_TOKEN: 'apply-token-value',
      },
      operator: `env: { plan: [PLAN_TOKEN], apply: [APPLY_TOKEN] }\npolicies:\n${policy('look', [look, '{plan}'])}`,
    });
    await planned(story, {
      'conftest.toml': 'policy = "mine"\n',
      'network/conftest.toml': 'policy = "mine"\n',
      'policy/allow.rego': 'package main\n',
    });
    const [cwd = '', separator, ...rest] = readFileSync(out, 'utf8').trim().split('\n');
    expect(separator).toBe('--');
    expect(path.relative(path.join(story.folder, 'data', 'runs'), cwd)).toMatch(/^[^.].*\/apart\//);
    const all = rest.join('\n');
    expect(all).toContain('TIDEGATE_DIR=network');
    expect(all).toContain('TIDEGATE_REPOSITORY=');
    expect(rest.at(-1)).toBe('600');
    expect(all).not.toMatch(/plan-token|apply-token|project-secret|PRIVATE_KEY|WEBHOOK_SECRET/);
    // The plan went with its run.
    expect(
      readdirSync(path.join(story.folder, 'data', 'runs')).filter((one) => !one.startsWith('.')),
    ).toEqual([]);
  });

  it('is asked anew by the server that comes after one which went while it was asked', {
    tags: ['long'],
  }, async () => {
    const begun = path.join(temporaryFolder('begun'), 'begun');
    const once = `if [ -e ${begun} ]; then exit 0; fi; echo $$ > ${begun}; exec sleep 600`;
    await using story = await tell(policy('slow', [program(once), '{plan}'], '    time_limit: 5m\n'));
    await open(story, 'change', { 'network/main.tf': vpc('"two"') });
    const pid = await eventually(() => Number(readFileSync(begun, 'utf8').trim()));
    await story.world.restart();
    await story.settled();
    expect(() => process.kill(pid, 0)).toThrow();
    await say(story, '/apply');
    expect(await stateOf(story, 'network')).toContain('"two"');
  });

  it('is cancelled with its run', { tags: ['long'] }, async () => {
    const begun = path.join(temporaryFolder('begun'), 'begun');
    await using story = await tell(policy('slow', [program(`echo $$ > ${begun}; exec sleep 600`), '{plan}']));
    await open(story, 'change', { 'network/main.tf': vpc('"two"') });
    const pid = await eventually(() => Number(readFileSync(begun, 'utf8').trim()));
    await story.ada.comment(1, '/cancel');
    await story.settled();
    expect(() => process.kill(pid, 0)).toThrow();
    expect(await story.board(1)).toContain('cancelled');
  });
});

describe('an answer', () => {
  it('counts for the program that gave it: another one was not asked about this plan', {
    tags: ['long'],
  }, async () => {
    const yes = program('exit 0');
    await using story = await tell(policy('opa', [yes, '{plan}']));
    await planned(story);
    const file = path.join(story.folder, 'operator.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"{plan}"', '"{plan}","--strict"'));
    await story.world.restart();
    const said = await say(story, '/apply');
    expect(said).toContain('it was changed or added since this plan');
    expect(await stateOf(story, 'network')).toBe('');
    await say(story, '/plan');
    await say(story, '/apply');
    expect(await stateOf(story, 'network')).toContain('"two"');
  });

  it('is let pass for what it says: a word about a program that was broken is none about its no', {
    tags: ['long'],
  }, async () => {
    const script = program('exit 2');
    const owned = '    owners: { users: [grace] }\n';
    await using story = await tell(policy('conftest', [script, '{plan}'], owned));
    await planned(story);
    await read();
    expect(await say(story, '/approve conftest it is broken today', story.grace)).toContain('may pass');
    expect(await story.board(1)).not.toContain('/approve');
    writeFileSync(script, '#!/bin/sh\necho "no such thing"; exit 1\n');
    await say(story, '/plan');
    expect(await say(story, '/apply')).toContain('no such thing');
    expect(await stateOf(story, 'network')).toBe('');
    await read();
    await say(story, '/approve conftest it is needed all the same', story.grace);
    await say(story, '/apply');
    expect(await stateOf(story, 'network')).toContain('"two"');
  });
});
