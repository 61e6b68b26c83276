import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Files } from '../../src/git/memory/objects.ts';
import {
  backend,
  type Change,
  createLooker,
  data,
  external,
  type Looker,
  lineOf,
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

describe('what code brings is found', () => {
  it.each<readonly [string, Change, Files, readonly string[]]>([
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
      'a provider that runs a program',
      { 'live/b.tf': 'provider "kubernetes" {\n  exec {\n    command = "sh"\n  }\n}\n' },
      { 'live/a.tf': 'provider "kubernetes" {}' },
      ['program live/b.tf:1 provider.kubernetes'],
    ],
    [
      'a provider whose file of settings changed',
      { 'live/aws.cfg': 'credential_process = evil' },
      {
        'live/a.tf': 'provider "aws" {\n  shared_config_files = ["@{path.module}/aws.cfg"]\n}\n',
        'live/aws.cfg': '',
      },
      ['program live/a.tf:1 provider.aws'],
    ],
    [
      'a provisioner of what goes',
      {
        'live/b.tf':
          'removed {\n  from = terraform_data.x\n  provisioner "local-exec" {\n    when = destroy\n    command = "make"\n  }\n}\n',
      },
      {},
      ['provisioner live/b.tf:3 removed.terraform_data.x: local-exec'],
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
    const found = (await looker.brings(change, base)).map((line) => line.replaceAll('${', '@{'));
    expect(found).toEqual(expected);
  });

  it('a backend of a new project that is another project’s', async () => {
    const other = { 'other/b.tf': backend('s3', 'key = "one"') };
    const found = await looker.look(other, { ...other, 'live/b.tf': backend('s3', 'key = "one"') });
    expect(found.map(lineOf)).toEqual(['backend live/b.tf:2 s3']);
  });

  it('a file that sets up the backend', async () => {
    const base = { 'live/b.tf': backend('s3'), 'env/live.tfbackend': 'key = "one"' };
    expect(
      await looker.brings({ 'env/live.tfbackend': 'key = "two"' }, base, ['../env/live.tfbackend']),
    ).toEqual(['backend env/live.tfbackend live.tfbackend']);
  });
});
