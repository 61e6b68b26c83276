import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Files } from '../../src/git/memory/objects.ts';
import { createLooker, type Looker, lineOf } from '../support/first-look.ts';

let looker: Looker;
beforeAll(async () => {
  looker = await createLooker();
});
afterAll(() => looker.close());

const data = 'resource "terraform_data" "it" {\n  input = 1\n}\n';
const required = (source: string, name = 'x') =>
  `terraform {\n  required_providers {\n    ${name} = {\n      source = "${source}"\n    }\n  }\n}\n`;
const backend = (type: string, settings = '') =>
  `terraform {\n  backend "${type}" {\n    ${settings}\n  }\n}\n`;
const local = (command: string) =>
  `resource "terraform_data" "it" {\n  input = 1\n  provisioner "local-exec" {\n    command = "${command}"\n  }\n}\n`;
const external = (...program: readonly string[]) =>
  `data "external" "ids" {\n  program = ${JSON.stringify(program)}\n}\n`;
const uses = (source: string, more = '') => `module "m" {\n  source = "${source}"\n${more}}\n`;
const lock = (...providers: readonly (readonly [string, string, readonly string[]])[]) =>
  providers
    .map(
      ([name, version, hashes]) =>
        `provider "registry.terraform.io/${name}" {\n  version = "${version}"\n  hashes = ${JSON.stringify(hashes)}\n}\n`,
    )
    .join('');

const main: Files = { 'live/main.tf': data };

/** What `change` brings on top of `main` and `base`; null takes a file away. */
const brings = async (
  change: Readonly<Record<string, Files[string] | null>>,
  base: Files = {},
  backendFiles: readonly string[] = [],
): Promise<readonly string[]> => {
  const before: Files = { ...main, ...base };
  const after = Object.fromEntries(
    Object.entries({ ...before, ...change }).flatMap(([path, content]) =>
      content === null ? [] : [[path, content] as const],
    ),
  );
  return (await looker.look(before, after, 'live', backendFiles)).map(lineOf);
};

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
    expect(await brings(change, base)).toEqual([]);
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
    expect(await brings({ 'live/main.tf': `${data}\n# changed\n` }, wild)).toEqual([]);
  });
});

describe('what code brings is found', () => {
  it.each<readonly [string, Readonly<Record<string, Files[string] | null>>, Files, readonly string[]]>([
    ['a provider', { 'live/b.tf': required('evil/evil') }, {}, ['provider live/b.tf:3 evil/evil']],
    [
      'a provider by its resource alone',
      { 'live/b.tf': '\nresource "random_id" "r" {}\n' },
      {},
      ['provider live/b.tf:2 hashicorp/random'],
    ],
    [
      'a provider of another registry',
      { 'live/b.tf': required('evil.example/hashicorp/aws', 'aws') },
      { 'live/a.tf': required('hashicorp/aws', 'aws') },
      ['provider live/b.tf:3 evil.example/hashicorp/aws'],
    ],
    [
      'a provider under the name of a built-in one',
      { 'live/b.tf': required('evil/terraform', 'terraform') },
      {},
      ['provider live/b.tf:3 evil/terraform'],
    ],
    [
      'a provider in the lock file alone',
      { 'live/.terraform.lock.hcl': lock(['evil/evil', '1.0.0', ['h1:a']]) },
      {},
      ['provider live/.terraform.lock.hcl:1 evil/evil'],
    ],
    [
      'a provider in a local module',
      { 'live/b.tf': uses('../m'), 'm/v.tf': required('evil/evil') },
      {},
      ['provider m/v.tf:3 evil/evil'],
    ],
    [
      'a module of a registry',
      { 'live/b.tf': uses('acme/vpc/aws', '  version = "1.2.3"\n') },
      {},
      ['module live/b.tf:1 acme/vpc/aws 1.2.3'],
    ],
    [
      'another version of one',
      { 'live/b.tf': uses('acme/vpc/aws', '  version = "1.2.4"\n') },
      { 'live/b.tf': uses('acme/vpc/aws', '  version = "1.2.3"\n') },
      ['module live/b.tf:1 acme/vpc/aws 1.2.4'],
    ],
    [
      'a module of git',
      { 'live/b.tf': uses('git::https://evil.example/m.git?ref=v1') },
      {},
      ['module live/b.tf:1 git::https://evil.example/m.git?ref=v1'],
    ],
    [
      'a module outside the repository',
      { 'live/b.tf': uses('../../../etc') },
      {},
      ['module live/b.tf:1 ../../../etc'],
    ],
    [
      'a module by an absolute path',
      { 'live/b.tf': uses('/etc/modules') },
      {},
      ['module live/b.tf:1 /etc/modules'],
    ],
    [
      'a module whose source is an expression',
      { 'live/b.tf': uses('@{var.x}') },
      {},
      ['module live/b.tf:1 "@{var.x}"'],
    ],
    [
      'a program',
      { 'live/b.tf': `\n${external('id')}` },
      { 'live/a.tf': 'provider "external" {}' },
      ['program live/b.tf:2 data.external.ids'],
    ],
    [
      'a program in a check',
      { 'live/b.tf': `check "c" {\n${external('id')}}\n` },
      { 'live/a.tf': 'provider "external" {}' },
      ['program live/b.tf:2 data.external.ids'],
    ],
    [
      'a program behind a link that is called like configuration',
      { 'live/b.tf': { link: '../notes.txt' }, 'notes.txt': external('id') },
      { 'live/a.tf': 'provider "external" {}' },
      ['program live/b.tf:1 data.external.ids'],
    ],
    [
      'a program in a module behind a link',
      { 'live/b.tf': uses('../modules/m'), modules: { link: 'real' }, 'real/m/main.tf': external('id') },
      { 'live/a.tf': 'provider "external" {}' },
      ['program real/m/main.tf:1 data.external.ids'],
    ],
    [
      'a program in JSON',
      { 'live/b.tf.json': '{"data": [{"external": {"ids": {"program": ["id"]}}}]}' },
      { 'live/a.tf': 'provider "external" {}' },
      ['program live/b.tf.json:1 data.external.ids'],
    ],
    [
      'another program',
      { 'live/b.tf': external('id', '-u') },
      { 'live/b.tf': external('id') },
      ['program live/b.tf:1 data.external.ids'],
    ],
    [
      'a provisioner',
      { 'live/main.tf': local('make') },
      {},
      ['provisioner live/main.tf:3 terraform_data.it: local-exec'],
    ],
    [
      'another one',
      { 'live/main.tf': local('make') },
      { 'live/main.tf': local('true') },
      ['provisioner live/main.tf:3 terraform_data.it: local-exec'],
    ],
    [
      'a second one of two',
      {
        'live/main.tf': `${local('a').slice(0, -2)}  provisioner "remote-exec" {\n    inline = ["b"]\n  }\n  connection {\n    host = "c"\n  }\n}\n`,
      },
      { 'live/main.tf': local('a') },
      [
        'provisioner live/main.tf:6 terraform_data.it: remote-exec',
        'provisioner live/main.tf:9 terraform_data.it: connection',
      ],
    ],
    [
      'an address',
      { 'live/b.tf': 'data "http" "h" {\n  url = "http://169.254.169.254"\n}\n' },
      { 'live/a.tf': 'provider "http" {}' },
      ['http live/b.tf:1 data.http.h'],
    ],
    [
      "another project's state",
      { 'live/b.tf': 'data "terraform_remote_state" "s" {\n  backend = "s3"\n}\n' },
      {},
      ['remote_state live/b.tf:1 data.terraform_remote_state.s'],
    ],
    [
      'a file of the server',
      { 'live/b.tf': 'locals {\n  a = file("/etc/passwd")\n}\n' },
      {},
      ['server_file live/b.tf:2 file("/etc/passwd")'],
    ],
    [
      'one through a comment',
      { 'live/b.tf': 'locals {\n  a = file/* */("/etc/passwd")\n}\n' },
      {},
      ['server_file live/b.tf:2 file/* */("/etc/passwd")'],
    ],
    [
      'one by climbing',
      { 'live/b.tf': 'locals {\n  a = file("@{path.module}/../../etc/passwd")\n}\n' },
      {},
      ['server_file live/b.tf:2 file("@{path.module}/../../etc/passwd")'],
    ],
    [
      'one that is not known',
      { 'live/b.tf': 'locals {\n  a = file(var.x)\n}\n' },
      {},
      ['server_file live/b.tf:2 file(var.x)'],
    ],
    [
      'one that is handed to a module',
      { 'live/b.tf': `${uses('../m').slice(0, -2)}  path = "../../../etc/passwd"\n}\n`, 'm/main.tf': data },
      {},
      ['server_file live/b.tf:3 ../../../etc/passwd'],
    ],
    [
      'one by a data source',
      { 'live/b.tf': 'data "local_file" "f" {\n  filename = "/proc/self/environ"\n}\n' },
      { 'live/a.tf': 'provider "local" {}' },
      ['server_file live/b.tf:1 data.local_file.f'],
    ],
    [
      'another type of backend',
      { 'live/b.tf': backend('http') },
      { 'live/b.tf': backend('s3') },
      ['backend live/b.tf:2 http'],
    ],
    [
      'other settings of it',
      { 'live/b.tf': backend('s3', 'key = "other"') },
      { 'live/b.tf': backend('s3', 'key = "live"') },
      ['backend live/b.tf:2 s3'],
    ],
    [
      'no backend any more',
      { 'live/b.tf': data },
      { 'live/b.tf': backend('s3') },
      ['backend live/b.tf s3 (removed)'],
    ],
    [
      'a second backend',
      { 'live/c_override.tf': backend('http') },
      { 'live/b.tf': backend('s3') },
      ['override_file live/c_override.tf c_override.tf', 'backend live/c_override.tf:2 http'],
    ],
    [
      'a lock file that goes',
      { 'live/.terraform.lock.hcl': null },
      { 'live/.terraform.lock.hcl': lock(['hashicorp/aws', '6.0.0', ['h1:a']]) },
      ['lock_file live/.terraform.lock.hcl the file is removed'],
    ],
    [
      'other hashes of one version',
      { 'live/.terraform.lock.hcl': lock(['hashicorp/aws', '6.0.0', ['h1:b']]) },
      { 'live/.terraform.lock.hcl': lock(['hashicorp/aws', '6.0.0', ['h1:a']]) },
      ['lock_file live/.terraform.lock.hcl:1 registry.terraform.io/hashicorp/aws 6.0.0'],
    ],
    [
      'more hashes of one version',
      { 'live/.terraform.lock.hcl': lock(['hashicorp/aws', '6.0.0', ['h1:a', 'h1:b']]) },
      { 'live/.terraform.lock.hcl': lock(['hashicorp/aws', '6.0.0', ['h1:a']]) },
      ['lock_file live/.terraform.lock.hcl:1 registry.terraform.io/hashicorp/aws 6.0.0'],
    ],
    [
      'a provider that is used and not locked any more',
      { 'live/.terraform.lock.hcl': '' },
      {
        'live/a.tf': 'provider "aws" {}',
        'live/.terraform.lock.hcl': lock(['hashicorp/aws', '6.0.0', ['h1:a']]),
      },
      ['lock_file live/.terraform.lock.hcl registry.terraform.io/hashicorp/aws is removed'],
    ],
    [
      'a lock file that does not parse',
      { 'live/.terraform.lock.hcl': 'provider "x" {' },
      {},
      ['lock_file live/.terraform.lock.hcl:1 the file cannot be read'],
    ],
    [
      'variables that nobody named',
      { 'live/terraform.tfvars': 'a = 1', 'live/b.auto.tfvars.json': '{}' },
      {},
      [
        'variable_file live/b.auto.tfvars.json b.auto.tfvars.json',
        'variable_file live/terraform.tfvars terraform.tfvars',
      ],
    ],
    [
      'what does not parse',
      { 'live/b.tf': 'a = 1\nresource "x" {\n' },
      {},
      [expect.stringMatching(/^unreadable live\/b\.tf:\d live\/b\.tf:\d: /)],
    ],
    [
      'a key that Terraform reads twice and we once',
      { 'live/b.tf.json': '{"data": {"external": {"a": {"program": ["id"]}}},\n "d\\u0061ta": {}}' },
      {},
      ['unreadable live/b.tf.json:2 live/b.tf.json:2: the key "data" is there twice'],
    ],
    [
      'a link called like configuration that leads nowhere',
      { 'live/b.tf': { link: 'gone.txt' } },
      {},
      ['unreadable live/b.tf what is in it is not known here'],
    ],
  ])('%s', async (_what, change, base, expected) => {
    const found = (await brings(change, base)).map((line) => line.replaceAll('${', '@{'));
    expect(found).toEqual(expected);
  });

  it('a backend of a new project that is another project’s', async () => {
    const other = { 'other/b.tf': backend('s3', 'key = "one"') };
    const found = await looker.look(other, { ...other, 'live/b.tf': backend('s3', 'key = "one"') });
    expect(found.map(lineOf)).toEqual(['backend live/b.tf:2 s3']);
  });

  it('a file that sets up the backend', async () => {
    const base = { 'live/b.tf': backend('s3'), 'env/live.tfbackend': 'key = "one"' };
    expect(await brings({ 'env/live.tfbackend': 'key = "two"' }, base, ['../env/live.tfbackend'])).toEqual([
      'backend env/live.tfbackend live.tfbackend',
    ]);
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
    expect(await brings(change, before)).toEqual(expected);
  });

  it('and one whose provisioner says what its resource is called is left alone', async () => {
    const same = local('echo @{self.id}');
    expect(await brings({ 'live/b.tf': data.replace('it', 'b') }, { 'live/main.tf': same })).toEqual([]);
  });
});

describe('what lies in the tree is found, for every project', () => {
  it.each<readonly [string, Readonly<Record<string, Files[string] | null>>, Files, readonly string[]]>([
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
    expect([...(await brings(change, base))].sort()).toEqual([...expected].sort());
  });
});
