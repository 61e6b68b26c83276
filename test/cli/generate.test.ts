import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { WrongUse } from '../../src/arguments.ts';
import { makeCheckout } from '../support/checkout.ts';
import { asking, stacksCommand, stacksProgram } from '../support/generating.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { run } from './command.ts';

const operatorFile = (generate: string): string => {
  const file = path.join(temporaryFolder('operator'), 'operator.yaml');
  writeFileSync(file, `allow: ["*/*"]\nisolation: none\n${generate}`);
  return file;
};

const house = (more: Readonly<Record<string, string>> = {}) =>
  makeCheckout({
    'tools/stacks.mjs': stacksProgram('stack'),
    'live/network/stack.json': '{}',
    'live/network/main.tf': 'terraform {}\n',
    'live/site/stack.json': '{"needs": ["stack-live-network"]}',
    'live/site/main.tf': 'terraform {}\n',
    ...more,
  });

const names = (out: string): readonly string[] => {
  const { projects } = JSON.parse(out) as { projects: readonly { name: string }[] };
  return projects.map(({ name }) => name);
};

const failing = (body: string): readonly string[] => ['sh', '-c', body, 'sh', '{tree}'];

describe('projects that a command says, on a checkout', () => {
  it('are not asked for without the flag, and nobody has to guess it', async () => {
    const checkout = house();
    const config = operatorFile(asking(failing('echo ran >&2; exit 1')));
    for (const role of ['validate', 'projects'] as const) {
      const { code, out } = await run(checkout, role, ['--config', config]);
      expect(code).toBe(0);
      expect(out).toContain('It was not run, and they are not counted: `--generate` runs it.');
    }
    await expect(run(checkout, 'projects', ['--generate'])).rejects.toThrow(WrongUse);
    const without = await run(checkout, 'projects', ['--config', operatorFile(''), '--generate']);
    expect(without.out).not.toContain('operator file has the command');
  });

  it('stand beside those of the file, with what they depend on', { tags: ['long'] }, async () => {
    const checkout = house({
      'tidegate.yaml':
        'version: 1\nprojects: [{name: own, dir: own}]\nrules: [{match: "live/**", labels: [live]}]\n',
      'own/main.tf': 'terraform {}\n',
      'loose/main.tf': 'terraform {}\n',
    });
    const config = operatorFile(asking(stacksCommand));
    const { code, out } = await run(checkout, 'projects', ['--config', config, '--generate', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      generated: { ran: true },
      projects: [
        { name: 'own' },
        { name: 'stack-live-network', labels: ['live'] },
        { name: 'stack-live-site', dependsOn: [{ project: 'stack-live-network' }], labels: ['live'] },
      ],
    });
    const { out: said } = await run(checkout, 'validate', ['--config', config, '--generate']);
    expect(said).toContain('tidegate.yaml is right: 3 projects.');
  });

  it('come from the code of the base branch, over the files of the pull request', {
    tags: ['long'],
  }, async () => {
    const checkout = house();
    const config = operatorFile(asking(stacksCommand));
    checkout.git('checkout', '--quiet', '-b', 'topic');
    checkout.write({
      'tools/stacks.mjs': stacksProgram('mine'),
      'live/new/stack.json': '{}',
      'live/site/stack.json': '{}',
      'live/new/main.tf': 'terraform {}\n',
    });
    checkout.commit();
    const args = ['--config', config, '--generate', '--json', '--why'];
    const { out } = await run(checkout, 'projects', [...args, '--base', 'main', '--head', 'topic']);
    expect(names(out)).toEqual(['stack-live-new', 'stack-live-site']);
    // Its own code counts where it is the base: the branch has it then.
    const later = await run(checkout, 'projects', ['--config', config, '--generate', '--json']);
    expect(names(later.out)).toEqual(['mine-live-network', 'mine-live-new', 'mine-live-site']);
  });

  it('are made without a variable of the person, or anything else to know', async () => {
    const checkout = house();
    const config = operatorFile(asking(failing('env >&2; pwd >&2; ls -A >&2; exit 3')));
    const environment = { AWS_SECRET_ACCESS_KEY: 'correct-horse', TF_VAR_x: 'battery' };
    const { code, out } = await run(checkout, 'validate', ['--config', config, '--generate'], {
      environment,
    });
    expect(code).toBe(1);
    expect(out).toContain('(the checkout) failed: exit code 3.');
    const shown = [...out.matchAll(/^ +([A-Za-z_]+)=/gm)].map(([, name]) => name).sort();
    expect(shown).toEqual(['HOME', 'LANG', 'PATH', 'PWD', 'TIDEGATE_REPOSITORY', 'TMPDIR']);
    expect(out).not.toMatch(/correct-horse|battery/);
  });

  it('know the words of Atlantis where the operator says so', async () => {
    const text =
      'version: 3\nautomerge: true\nprojects:\n- dir: live/site\n- dir: live/network\n  name: net\n';
    const command = failing(`printf '${text.replaceAll('\n', '\\n')}'`);
    const config = operatorFile(asking(command, '    format: atlantis\n'));
    const { out } = await run(house(), 'projects', ['--config', config, '--generate', '--json']);
    expect(names(out)).toEqual(['live/site', 'net']);
  });

  it.each<[string, string, string]>([
    ['has a wrong key', 'echo "version: 1"; echo "projects: [{dri: a}]"', 'line 2, column 13: '],
    ['is empty', 'true', 'it printed nothing'],
  ])('are refused where what it printed %s', (_, body, words) => refused(body, words));

  it.each<[string, string, string]>([
    [
      'is no YAML',
      'echo "version: [1"',
      'printed that says the projects of this repository (the checkout), line',
    ],
    [
      'has a name twice',
      'printf "version: 1\\nprojects: [{name: own, dir: live}]\\n"',
      '`own` is in `tidegate.yaml`',
    ],
    ['is too long', 'yes | head -c 300000', 'it printed more than 256 KB'],
    ['never ends', 'yes', 'it was killed, or printed far too much'],
    ['never comes', 'sleep 60', 'it took too long and was stopped'],
  ])('are refused where what it printed %s, told in full', { tags: ['long'] }, (_, body, words) =>
    refused(body, words),
  );
});

const refused = async (body: string, words: string): Promise<void> => {
  const checkout = house({
    'tidegate.yaml': 'version: 1\nprojects: [{name: own, dir: own}]\n',
    'own/main.tf': 'terraform {}\n',
  });
  const config = operatorFile(asking(failing(body), '    time_limit: 2s\n'));
  const { code, out } = await run(checkout, 'validate', ['--config', config, '--generate']);
  expect(out).toContain(words);
  expect(code).toBe(1);
};
