import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { WrongUse } from '../../src/arguments.ts';
import { makeCheckout } from '../support/checkout.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { run } from './command.ts';

const lines = (...text: readonly string[]): string => `${text.join('\n')}\n`;

const house = () =>
  makeCheckout({
    'tidegate.yaml': lines(
      'version: 1',
      'projects:',
      '  - {name: net, dir: network, when_modified: ["**/*.tf", "../shared/**", "!../shared/*.md"]}',
      '  - {name: db, dir: database, workspace: prod, depends_on: [net], var_files: [../vars/prod.tfvars]}',
      '  - {name: site, dir: site}',
    ),
    'network/main.tf': 'module "m" {\n  source = "../modules/m"\n}\n',
    'database/main.tf': 'terraform {}\n',
    'site/main.tf': 'terraform {}\n',
    'modules/m/main.tf': 'module "deep" {\n  source = "../deep"\n}\n',
    'modules/deep/main.tf': '\n',
    'vars/prod.tfvars': 'a = 1\n',
    'shared/a': '1',
  });

describe('tidegate projects', () => {
  it('lists what lies in the checkout', async () => {
    const checkout = house();
    const { code, out } = await run(checkout, 'projects');
    expect(code).toBe(0);
    expect(out).toContain('3 projects\n  net  (network)\n  db  (database, workspace prod)\n  site  (site)\n');
    const json: unknown = JSON.parse((await run(checkout, 'projects', ['--json', '-p', 'd*'])).out);
    expect(json).toMatchObject({
      projects: [
        {
          name: 'db',
          dir: 'database',
          workspace: 'prod',
          dependsOn: [{ project: 'net' }],
          runner: 'terraform',
        },
      ],
    });
  });

  it('says which a change affects, by which file, and why; uncommitted and new ones as well', {
    tags: ['long'],
  }, async () => {
    const checkout = house();
    checkout.git('checkout', '--quiet', '-b', 'topic');
    checkout.write({ 'modules/deep/new.tf': '\n', 'shared/b': '2', 'shared/b.md': '2' });
    checkout.commit();
    checkout.write({ 'vars/prod.tfvars': 'a = 2\n', 'network/README.md': 'words' });
    const { code, out } = await run(checkout, 'projects', ['--why', '--all']);
    expect(code).toBe(0);
    expect(out.replaceAll(/\b[0-9a-f]{12}\b/g, 'SHA')).toBe(
      lines(
        '2 projects affected by the checkout (SHA and what is not committed) into main (SHA)',
        '  net  (network)',
        '    modules/deep/new.tf: in the module modules/deep, which it uses',
        '    network/README.md: in its dir network',
        '    shared/b: matches ../shared/** of when_modified',
        '  db  (database, workspace prod)',
        '    vars/prod.tfvars: a variable or backend file of it',
        '',
        '1 not affected',
        '  site  (site)',
        '    none of its files, modules or watched paths changed',
        '',
        'No operator file was asked; see `--config FILE`.',
      ),
    );
    const committed = await run(checkout, 'projects', [
      '--base',
      'main',
      '--head',
      'topic',
      '--json',
      '--why',
    ]);
    expect(JSON.parse(committed.out)).toMatchObject({
      base: { ref: 'main' },
      head: { ref: 'topic', uncommitted: false },
      projects: [
        {
          name: 'net',
          new: false,
          why: [
            { path: 'modules/deep/new.tf', by: 'module', module: 'modules/deep' },
            { path: 'shared/b', by: 'when_modified', glob: '../shared/**' },
          ],
        },
      ],
    });
    // Named, so told of, though nothing affects it.
    expect((await run(checkout, 'projects', ['--base=main', '-p', 'site'])).out).toMatch(
      /^0 projects affected .*\n\n1 not affected\n {2}site/,
    );
    expect((await run(checkout, 'projects', ['-p', 'siet'])).said).toContain('Did you mean `-p site`?');
  });

  it('goes by the rules of the base branch, and tells what is new', async () => {
    const checkout = house();
    checkout.git('checkout', '--quiet', '-b', 'topic');
    checkout.write({
      'tidegate.yaml': 'version: 1\nprojects: [{name: queue, dir: queue}, {name: site, dir: site}]\n',
      'queue/main.tf': '\n',
    });
    const { out } = await run(checkout, 'projects', ['--base', 'main', '--why', '--all']);
    expect(out).toContain(
      '  queue  (queue)\n    queue/main.tf: in its dir queue\n'.replace(
        '\n    q',
        '\n    new: the base branch does not have it\n    q',
      ),
    );
    expect(out).toContain('  net  (network)\n    is removed by this pull request: its code stays,');
  });

  it('tells of what is removed without an end, whatever else was asked', async () => {
    const checkout = makeCheckout({
      'old/main.tf': 'provider "null" {}\n',
      'stays/main.tf': lines('terraform {', '  backend "s3" {}', '}'),
    });
    checkout.git('checkout', '--quiet', '-b', 'topic');
    checkout.git('rm', '--quiet', '-r', 'old');
    const { out } = await run(checkout, 'projects', ['--base', 'main']);
    expect(out).toContain(
      lines(
        '',
        '1 removed, and nothing of it is planned',
        '  old  (old)',
        '    is removed by this pull request: it has no backend, so no state of it is known',
      ),
    );
    const { out: json } = await run(checkout, 'projects', ['--base', 'main', '--json']);
    expect(JSON.parse(json)).toMatchObject({ projects: [], removed: [{ name: 'old', dir: 'old' }] });
  });

  it('tells what comes from other repositories, and what of it may change by itself', async () => {
    const layout = fileURLToPath(new URL('../fixtures/layouts/remote-modules', import.meta.url));
    const folder = temporaryFolder('checkout');
    cpSync(layout, folder, { recursive: true });
    const checkout = makeCheckout({}, folder);
    for (const name of ['vpc', 'queue']) checkout.write({ [`${name}/more.tf`]: '\n' });
    const { out } = await run(checkout, 'projects', ['--base', 'main', '--why']);
    const told = out.split('\n').filter((line) => line.includes('takes'));
    expect(
      told.filter((line) => !line.includes('not pinned')).map((line) => /\((\w+)/.exec(line)?.[1]),
    ).toEqual(['vpc', 'vpc', 'vpc']);
    expect(told.filter((line) => line.includes('not pinned'))).toHaveLength(5);
    expect(out).toContain(
      'takes terraform-aws-modules/sqs/aws ~> 4.0 from elsewhere (queue/main.tf:20); not pinned: `~> 4.0` is more than one version',
    );
    expect(out).toContain(
      'takes https://example.com/modules.zip from elsewhere (inner/main.tf:1); not pinned',
    );
  });

  it('tells of a folder that goes that its end is planned', { tags: ['long'] }, async () => {
    const checkout = makeCheckout({
      'old/main.tf': lines('terraform {', '  backend "s3" {', '    key = "old"', '  }', '}'),
      'stays/main.tf': 'terraform {}\n',
    });
    checkout.git('checkout', '--quiet', '-b', 'topic');
    checkout.git('rm', '--quiet', '-r', 'old');
    const { out } = await run(checkout, 'projects', ['--base', 'main', '--why', '--all']);
    expect(out).toMatch(
      /^1 project affected .*\n {2}old {2}\(old\)\n {4}is deleted: .* Their end is planned, from the base branch\n {4}old\/main\.tf: in its dir old\n/,
    );
    expect(out.match(/old {2}\(old\)/g)).toHaveLength(1);
    const { out: json } = await run(checkout, 'projects', ['--base', 'main', '--json', '--all']);
    expect(JSON.parse(json)).toMatchObject({
      projects: [{ name: 'old', ends: expect.stringContaining('is deleted') }],
    });
  });

  it('says why nothing can be said, and fails', async () => {
    const checkout = house();
    checkout.git('checkout', '--quiet', '-b', 'topic');
    checkout.write({ 'site/main.tf': 'one\n' });
    checkout.commit();
    checkout.git('checkout', '--quiet', 'main');
    checkout.write({ 'site/main.tf': 'two\n' });
    checkout.commit();
    const conflict = await run(checkout, 'projects', ['--base', 'main', '--head', 'topic']);
    expect(conflict).toMatchObject({ code: 1, out: '' });
    expect(conflict.said).toContain('does not merge cleanly');
    const missing = await run(checkout, 'projects', ['--base', 'origin/none']);
    expect(missing).toMatchObject({ code: 1, out: '' });
    expect(missing.said).toContain('There is no commit `origin/none` in this checkout.');
    checkout.write({ 'tidegate.yaml': 'version: 2\n' });
    expect(await run(checkout, 'projects', ['--base', 'main'])).toMatchObject({ code: 1, out: '' });
    await expect(run(checkout, 'projects', ['--base=-x'])).rejects.toBeInstanceOf(WrongUse);
    await expect(run(checkout, 'projects', ['-d', '../x'])).rejects.toBeInstanceOf(WrongUse);
    checkout.git('checkout', '--quiet', '--force', '--detach');
    checkout.git('branch', '--delete', '--force', 'main');
    await expect(run(checkout, 'projects', ['--why'])).rejects.toThrow('name it with `--base REF`');
  });

  it('says that the history is cut off, and what brings it', async () => {
    const whole = house();
    whole.git('checkout', '--quiet', '-b', 'topic');
    whole.write({ 'site/main.tf': 'one\n' });
    whole.commit();
    whole.git('checkout', '--quiet', 'main');
    whole.write({ 'network/main.tf': 'two\n' });
    whole.commit();
    const checkout = makeCheckout({});
    checkout.git('remote', 'add', 'origin', `file://${whole.folder}`);
    checkout.git('fetch', '--quiet', '--depth', '1', 'origin');
    checkout.git('checkout', '--quiet', '--force', 'origin/topic');
    const cut = await run(checkout, 'projects', ['--base', 'origin/main']);
    expect(cut).toMatchObject({ code: 1, out: '' });
    expect(cut.said).toContain('The history of this checkout is cut off');
    expect(cut.said).toContain('`git fetch --unshallow`');
    checkout.git('fetch', '--quiet', '--unshallow', 'origin');
    expect(await run(checkout, 'projects', ['--base', 'origin/main'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 project affected'),
    });
  });

  it('says where a project goes whose environment follows another branch, and ends nothing that is its', {
    tags: ['long'],
  }, async () => {
    const backend = 'terraform {\n  backend "s3" {\n    key = "one"\n  }\n}\n';
    const file = (dir: string): string =>
      lines(
        'version: 1',
        `projects: [{dir: ${dir}}, {dir: "live/*"}]`,
        'rules: [{match: "live/**", environment: {name: production, branch: "release/*"}}]',
      );
    const checkout = makeCheckout({
      'tidegate.yaml': file('one'),
      'one/main.tf': backend,
      'live/eu/main.tf': 'terraform {}\n',
    });
    checkout.git('checkout', '--quiet', '-b', 'topic');
    checkout.git('rm', '-r', '--quiet', 'one');
    // What `one` was is moved to where another branch plans it.
    checkout.write({ 'live/one/main.tf': backend, 'live/eu/main.tf': 'terraform {\n}\n' });
    checkout.write({ 'tidegate.yaml': 'version: 1\nprojects: [{dir: "live/*"}]\n' });
    checkout.commit();
    const { out } = await run(checkout, 'projects', ['--base', 'main', '--head', 'topic', '--all', '--why']);
    const why = 'its environment `production` follows `release/*`, and this goes into `main`';
    expect(out).toContain('0 projects affected');
    for (const dir of ['live/eu', 'live/one']) expect(out).toContain(`  ${dir}  (${dir})\n    ${why}\n`);
    expect(out).toContain('`live/one` keeps its state in the very same place: nothing ends');
    checkout.git('branch', 'release/1', 'main');
    const there = await run(checkout, 'projects', ['--base', 'release/1', '--head', 'topic']);
    expect(there.out).toContain('2 projects affected');
  });
});
