import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Files } from '../../src/git/memory/objects.ts';
import {
  backend,
  type Change,
  createLooker,
  data,
  external,
  type Looker,
  local,
  lock,
  required,
  uses,
} from '../support/first-look.ts';

let looker: Looker;
beforeAll(async () => {
  looker = await createLooker();
});
afterAll(() => looker.close());

describe('an ordinary pull request', () => {
  it.each<readonly [string, Files, Files]>([
    [
      'a resource of a provider that is used',
      { 'live/b.tf': 'resource "aws_s3_bucket" "b" {}\n' },
      { 'live/a.tf': 'resource "aws_s3_bucket" "a" {}\n' },
    ],
    [
      'a data source of it',
      { 'live/b.tf': 'data "aws_ami" "b" {}\n' },
      { 'live/a.tf': 'provider "aws" {}\n' },
    ],
    ['a built-in resource', { 'live/b.tf': 'resource "terraform_data" "b" {}\n' }, {}],
    ['a module of the repository', { 'live/b.tf': uses('../modules/m'), 'modules/m/main.tf': data }, {}],
    [
      'a module behind a link',
      { 'live/b.tf': uses('../modules/m'), modules: { link: 'real' }, 'real/m/main.tf': data },
      {},
    ],
    [
      'a template of the module',
      { 'live/b.tf': 'locals {\n  a = templatefile("@{path.module}/t/@{terraform.workspace}.tpl", {})\n}\n' },
      {},
    ],
    [
      'more of a cluster whose provider runs a program',
      { 'live/b.tf': 'resource "kubernetes_namespace" "b" {}\n' },
      {
        'live/a.tf':
          'provider "kubernetes" {\n  exec {\n    command = "aws"\n    args = ["eks", "get-token", "--cluster-name", var.cluster]\n  }\n}\n',
      },
    ],
    [
      'a file of a sibling',
      { 'live/b.tf': 'locals {\n  a = file("../shared/a.json")\n}\n', 'shared/a.json': '1' },
      {},
    ],
    [
      'an archive of its own folder',
      {
        'live/b.tf':
          'data "archive_file" "z" {\n  type = "zip"\n  source_dir = "@{path.module}/src"\n  output_path = "z.zip"\n}\n',
      },
      { 'live/a.tf': 'provider "archive" {}\n' },
    ],
    ['a link inside', { 'live/notes.md': { link: '../README.md' }, 'README.md': 'words' }, {}],
    [
      'newer versions in the lock file',
      { 'live/.terraform.lock.hcl': lock(['hashicorp/aws', '6.1.0', ['h1:b']]) },
      { 'live/.terraform.lock.hcl': lock(['hashicorp/aws', '6.0.0', ['h1:a']]) },
    ],
    ['attributes that change no bytes', { '.gitattributes': '*.tf text eol=lf\n*.png binary\n' }, {}],
    [
      'a new project with a backend of its own',
      { 'live/backend.tf': backend('s3', 'key = "live"') },
      {
        'live/main.tf': '',
        'other/backend.tf': backend('s3', 'key = "other"'),
        'live/backend.tf': backend('s3', 'key = "live"'),
      },
    ],
    ['hooks of an application', { 'app/hooks/useThing.ts': 'x' }, {}],
  ])('brings nothing: %s', async (_what, change, base) => {
    expect(await looker.brings(change, base)).toEqual([]);
  });

  it('brings nothing that is on the base branch already, however wild', async () => {
    const wild: Files = {
      'live/wild.tf': `${external('sh', '@{path.module}/x.sh')}${local('make')}${required('evil/evil')}${uses('evil/m/aws')}
data "http" "h" {\n  url = "https://x.example"\n}\ndata "terraform_remote_state" "s" {\n  backend = "s3"\n}\nlocals {\n  a = file("/etc/passwd")\n}\n`,
      'live/x.sh': 'echo {}',
      'live/away': { link: '/etc' },
      'live/broken.tf': 'resource "x" {\n',
      'live/override.tf': data,
      '.gitattributes': '* filter=lfs\n',
      '.terraformrc': 'x',
      vendor: { submodule: 'a'.repeat(40) },
    };
    expect(await looker.brings({ 'live/main.tf': `${data}\n# changed\n` }, wild)).toEqual([]);
  });
});

describe('a chart', () => {
  const head = 'apiVersion: v2\nname: web\nversion: 1.0.0\n';
  const uses = (from: string, version = '1.0.0') =>
    `dependencies: [{name: redis, version: "${version}", repository: "${from}"}]\n`;
  const away = 'https://charts.example';
  it.each<readonly [string, Files, Files, readonly string[]]>([
    [
      'of elsewhere that nothing uses',
      { 'live/Chart.yaml': `${head}${uses(away)}` },
      { 'live/Chart.yaml': head },
      ['chart live/Chart.yaml:4 https://charts.example/redis 1.0.0'],
    ],
    [
      'in another version, which the lock brings as well',
      { 'live/Chart.yaml': `${head}${uses(away, '1.1.0')}`, 'live/Chart.lock': uses(away, '1.1.0') },
      { 'live/Chart.yaml': `${head}${uses(away)}`, 'live/Chart.lock': uses(away) },
      [
        'chart live/Chart.lock:1 https://charts.example/redis 1.1.0',
        'chart live/Chart.yaml:4 https://charts.example/redis 1.1.0',
      ],
    ],
    [
      'that a chart beside it takes',
      { 'common/Chart.yaml': `${head}${uses('oci://h/x')}` },
      {
        'live/Chart.yaml': `${head}dependencies: [{name: common, version: 1.0.0, repository: "file://../common"}]\n`,
        'common/Chart.yaml': head,
      },
      ['chart common/Chart.yaml:4 oci://h/x/redis 1.0.0'],
    ],
    [
      'of an old form',
      { 'live/requirements.yaml': uses(away) },
      { 'live/Chart.yaml': head },
      ['chart live/requirements.yaml:1 https://charts.example/redis 1.0.0'],
    ],
    [
      'that is used already, in a chart of others',
      { 'live/Chart.yaml': `${head}${uses(away)}`, 'other/Chart.yaml': `${head}${uses('oci://h/y')}` },
      { 'live/Chart.yaml': head, 'more/Chart.yaml': `${head}${uses(away)}` },
      [],
    ],
    ['of the repository', { 'live/Chart.yaml': `${head}home: ${away}\n` }, { 'live/Chart.yaml': head }, []],
  ])('%s', async (_what, change, base, found) => {
    expect([...(await looker.brings(change, base))].sort()).toEqual(found);
  });
});

describe('whatever the base branch has', () => {
  const pool: Files = {
    'live/program.tf': external('id'),
    'live/http.tf': 'data "http" "h" {\n  url = "https://x.example"\n}\n',
    'live/read.tf': 'locals {\n  a = file("/etc/passwd")\n}\n',
    'live/module.tf': uses('evil/m/aws'),
    'live/provider.tf': required('evil/evil'),
    'live/state.tf': backend('s3', 'key = "live"'),
    'live/broken.tf': 'resource "x" {\n',
    'live/a_override.tf': local('make'),
    'live/.terraform.lock.hcl': lock(['acme/x', '1.0.0', ['h1:a']]),
    'live/away': { link: '/etc' },
    vendor: { submodule: 'a'.repeat(40) },
    '.gitattributes': '* filter=x\n',
    '.netrc': 'x',
  };
  const some = fc
    .subarray(Object.keys(pool))
    .map((names) =>
      Object.fromEntries(names.flatMap((name) => (pool[name] === undefined ? [] : [[name, pool[name]]]))),
    );

  it('passes, and each thing that it has not is found', async () => {
    await fc.assert(
      fc.asyncProperty(some, some, async (there, more) => {
        expect(await looker.brings({}, there)).toEqual([]);
        const found = await looker.brings(more, there);
        const places = found.map((line) => line.split(/[ :]/)[1]);
        const added = Object.keys(more).filter((name) => !(name in there));
        for (const name of added) expect(places, name).toContain(name);
        for (const place of places) expect(added).toContain(place);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a program that did not change itself', () => {
  const script = external('bash', '@{path.module}/bin/get.sh');
  const base: Files = { 'live/a.tf': script, 'live/bin/get.sh': '. ./lib.sh', 'live/bin/lib.sh': 'echo {}' };
  const found = ['program live/a.tf:1 data.external.ids'];
  it.each<readonly [string, Files, Files, readonly string[]]>([
    ['its script changed', { 'live/bin/get.sh': 'curl evil' }, base, found],
    ['what lies beside its script changed', { 'live/bin/lib.sh': 'curl evil' }, base, found],
    ['its script became a link', { 'live/bin/get.sh': { link: 'lib.sh' } }, base, found],
    [
      'a script beside the configuration changed',
      { 'live/get.py': 'evil' },
      { 'live/a.tf': external('python3', 'get.py'), 'live/get.py': 'print()' },
      found,
    ],
    [
      'a module beside that one changed',
      { 'live/helper.py': 'evil' },
      { 'live/a.tf': external('python3', 'get.py'), 'live/get.py': 'import helper', 'live/helper.py': '' },
      found,
    ],
    [
      'a script in another folder changed',
      { 'scripts/get.sh': 'evil' },
      { 'live/a.tf': external('../scripts/get.sh'), 'scripts/get.sh': '' },
      found,
    ],
    [
      'who runs is chosen by a variable',
      { 'live/main.tf': `${data}# other\n` },
      { 'live/a.tf': external('@{var.program}') },
      found,
    ],
    ['only configuration beside it changed', { 'live/main.tf': `${data}# other\n` }, base, []],
    ['only a file elsewhere changed', { 'docs/a.md': 'x' }, base, []],
  ])('%s', async (_what, change, before, expected) => {
    expect(await looker.brings(change, before)).toEqual(expected);
  });

  it('and one whose provisioner says what its resource is called is left alone', async () => {
    const same = local('echo @{self.id}');
    expect(await looker.brings({ 'live/b.tf': data.replace('it', 'b') }, { 'live/main.tf': same })).toEqual(
      [],
    );
  });
});

describe('what lies in the tree is found, for every project', () => {
  it.each<readonly [string, Change, Files, readonly string[]]>([
    ['a link to the top', { 'docs/l': { link: '/etc/passwd' } }, {}, ['link docs/l /etc/passwd']],
    ['a link that climbs', { 'docs/l': { link: '../../x' } }, {}, ['link docs/l ../../x']],
    [
      'links that climb together',
      { 'a/b/up': { link: '../../top' }, 'top/x': 'x', 'a/b/l': { link: 'up/../../out' } },
      {},
      ['link a/b/l up/../../out'],
    ],
    ['a link that goes in circles', { 'docs/l': { link: 'l' } }, {}, ['link docs/l l']],
    [
      'a link of the base branch that another one bends',
      { up: { link: '.' }, 'up/y': null },
      { l: { link: 'up/../x' }, 'up/y': 'y', x: 'x' },
      ['link l up/../x'],
    ],
    [
      'a submodule',
      { vendor: { submodule: 'b'.repeat(40) }, '.gitmodules': '[submodule "v"]' },
      {},
      ['submodule .gitmodules .gitmodules', 'submodule vendor vendor'],
    ],
    [
      'another commit of one',
      { vendor: { submodule: 'b'.repeat(40) } },
      { vendor: { submodule: 'a'.repeat(40) } },
      ['submodule vendor vendor'],
    ],
    [
      'a filter',
      { 'live/.gitattributes': '# words\n*.tf filter=evil\n' },
      {},
      ['git_attributes live/.gitattributes:2 *.tf filter=evil'],
    ],
    [
      'LFS',
      { '.gitattributes': '*.a text\n*.zip filter=lfs diff=lfs merge=lfs -text\n' },
      { '.gitattributes': '*.a text\n' },
      ['git_attributes .gitattributes:2 *.zip filter=lfs diff=lfs merge=lfs -text'],
    ],
    [
      'settings of tools',
      {
        '.terraformrc': 'x',
        'a/terraform.rc': 'x',
        '.netrc': 'x',
        'b/.gitconfig': 'x',
        '.terraform.d/plugins/x': 'x',
      },
      {},
      [
        'tool_settings .netrc .netrc',
        'tool_settings .terraformrc .terraformrc',
        'tool_settings .terraform.d/plugins/x x',
        'tool_settings a/terraform.rc terraform.rc',
        'tool_settings b/.gitconfig .gitconfig',
      ],
    ],
    [
      'a .terraform of a module',
      { 'm/.terraform/modules/modules.json': '{}' },
      {},
      ['tool_settings m/.terraform/modules/modules.json modules.json'],
    ],
    [
      'hooks',
      { '.githooks/pre-commit': 'x', 'a/hooks/post-checkout': 'x' },
      {},
      ['hook .githooks/pre-commit pre-commit', 'hook a/hooks/post-checkout post-checkout'],
    ],
    [
      'a repository in the tree',
      { 'a/HEAD': 'ref: x', 'a/config': '[core]\nfsmonitor = evil', 'a/objects/x': '', 'a/refs/x': '' },
      {},
      ['hook a a repository'],
    ],
  ])('%s', async (_what, change, base, expected) => {
    expect([...(await looker.brings(change, base))].sort()).toEqual([...expected].sort());
  });
});
