import { describe, expect, it } from 'vitest';
import { unreadTools } from '../../src/domain/unread-tools.ts';

const nobody = () => false;
const found = (changed: readonly string[], there: readonly string[] = [], isRead = nobody) =>
  unreadTools(changed, [...there, ...changed], isRead).map(
    ({ tool, files, first }) => `${tool} ${files} ${first}`,
  );

describe('files of tools that nothing reads', () => {
  it.each([
    ['live/prod/terragrunt.hcl', 'Terragrunt'],
    ['live/terragrunt.stack.hcl', 'Terragrunt'],
    ['stacks/a/stack.tm.hcl', 'Terramate'],
    ['stacks/a/globals.tm', 'Terramate'],
    ['Pulumi.yaml', 'Pulumi'],
    ['infra/Pulumi.prod.yml', 'Pulumi'],
    ['cdk/cdktf.json', 'CDKTF'],
    ['apps/web/kustomization.yaml', 'kustomize'],
    ['apps/web/Kustomization', 'kustomize'],
    ['helmfile.yaml', 'Helmfile'],
    ['deploy/helmfile.yaml.gotmpl', 'Helmfile'],
    ['ansible.cfg', 'Ansible'],
    ['dns/dnsconfig.js', 'DNSControl'],
  ])('are known by a name that nothing else has: %s', (path, tool) => {
    expect(found([path])).toEqual([`${tool} 1 ${path}`]);
    // Its twin: where a runner reads it nothing is said.
    expect(unreadTools([path], [path], () => true)).toEqual([]);
  });

  it.each([
    ['its sources below its folder', ['cdk/src/main.ts'], ['cdk/cdktf.json'], ['CDKTF 1 cdk/src/main.ts']],
    ['what units share', ['live/env.hcl'], ['live/prod/terragrunt.hcl'], ['Terragrunt 1 live/env.hcl']],
    [
      'a file that goes',
      ['live/b/terragrunt.hcl', 'live/a/terragrunt.hcl'],
      [],
      ['Terragrunt 2 live/a/terragrunt.hcl'],
    ],
    [
      'each of several tools',
      ['a/kustomization.yaml', 'b/Pulumi.yaml', 'b/index.ts'],
      [],
      ['kustomize 1 a/kustomization.yaml', 'Pulumi 2 b/Pulumi.yaml'],
    ],
    ['nothing of the docs beside it', ['cdk/README.md', 'cdk/.gitignore'], ['cdk/cdktf.json'], []],
    ['nothing of another folder', ['app/main.ts'], ['cdk/cdktf.json'], []],
    [
      'no file of another tool in HCL',
      ['a/.terraform.lock.hcl', 'a/image.pkr.hcl', 'a/job.nomad.hcl', 'a/x.tftest.hcl'],
      ['live/terragrunt.hcl'],
      [],
    ],
    ['no HCL where there is no Terragrunt', ['consul/agent.hcl'], [], []],
    ['nothing where there is nothing', ['main.tf', 'README.md'], [], []],
  ])('%s', (_, changed, there, expected) => {
    expect(found(changed, there)).toEqual(expected);
  });

  it('in the folder of a project are read with it, but for those that only another tool has', () => {
    const inProject = (path: string, isMark: boolean) => !isMark && path.startsWith('live/');
    const all = ['live/terragrunt.hcl', 'live/env.hcl', 'other/env.hcl'];
    expect(unreadTools(all, all, inProject)).toEqual([
      { tool: 'Terragrunt', files: 2, first: 'live/terragrunt.hcl' },
    ]);
  });
});
