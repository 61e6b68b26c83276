/** What a project needs and the operator does not let it read. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProjectSettings } from '../../src/domain/project.ts';
import { leftOutProblem } from '../../src/flow/left-out.ts';
import type { Files } from '../../src/git/memory/objects.ts';
import { createLooker, data, type Looker, uses } from '../support/first-look.ts';
import { sampleProject } from '../support/samples.ts';

let looker: Looker;
beforeAll(async () => {
  looker = await createLooker();
});
afterAll(() => looker.close());

const base: Files = {
  'live/main.tf': data,
  'live/calls.tf': `\n${uses('../modules/vpc')}`,
  'modules/vpc/main.tf': uses('../label'),
  'modules/vpc/README.md': 'words',
  'modules/label/main.tf': 'variable "a" {}\n',
  'shared/common.tfvars': 'a = 1\n',
  'shared/provider.tf': 'provider "x" {}\n',
};

const said = async (
  reads: readonly string[],
  more: Files = {},
  settings: Partial<ProjectSettings> = {},
): Promise<string | null> => {
  const head = await looker.snapshot({ ...base, ...more });
  const project = sampleProject('live', { settings: { reads: [reads], ...settings } });
  return leftOutProblem(looker.ports, head, project)?.sentence ?? null;
};

describe('what is left out and needed', () => {
  it('is nothing where all of it may be read', async () => {
    expect(await said(['modules'])).toBeNull();
    expect(await said(['modules/*'])).toBeNull();
    expect(await said(['modules/**'])).toBeNull();
    expect(
      await said(
        ['modules/{vpc,label}', 'shared/*.tfvars'],
        {},
        { varFiles: ['../shared/common.tfvars', 'own.tfvars'] },
      ),
    ).toBeNull();
  });

  it('is a module, told with the line that calls it, its own or another module’s', async () => {
    expect(await said([])).toBe(
      'Project `live`: `live/calls.tf`, line 2, uses the module `modules/vpc`, which the operator file does not let it read: `modules/vpc/README.md` would not be there.',
    );
    expect(await said(['modules/vpc'])).toBe(
      'Project `live`: `modules/vpc/main.tf`, line 1, uses the module `modules/label`, which the operator file does not let it read: `modules/label/main.tf` would not be there.',
    );
  });

  it('is a part of a module: with other files than people see it would mean something else', async () => {
    expect(await said(['modules/**/*.tf'])).toContain('`modules/vpc/README.md` would not be there');
  });

  it('is a file that settings name', async () => {
    expect(await said(['modules'], {}, { varFiles: ['../shared/common.tfvars'] })).toBe(
      'Project `live`: `var_files` names `shared/common.tfvars`, which the operator file does not let it read: `shared/common.tfvars` would not be there.',
    );
    expect(await said(['modules'], {}, { backendFiles: ['../shared/s3.hcl'] })).toContain(
      '`backend_files` names `shared/s3.hcl`',
    );
  });

  it('is what a link leads to, of the project, of a module, or on the way to one or to a file', async () => {
    const link = { link: '../shared/provider.tf' };
    expect(await said(['modules'], { 'live/provider.tf': link })).toContain(
      '`live/provider.tf` is a symbolic link to `shared/provider.tf`, which the operator file does not let it read',
    );
    expect(await said(['modules', 'shared'], { 'live/provider.tf': link })).toBeNull();
    expect(await said(['modules'], { 'modules/label/data': { link: '../../shared' } })).toContain(
      '`modules/label/data` is a symbolic link to `shared`, which',
    );
    const way: Files = { 'live/calls.tf': uses('../way/vpc'), way: { link: 'modules' } };
    expect(await said(['modules'], way)).toContain('`live/calls.tf`, line 1, uses the module `way`, which');
    expect(await said(['way'], way)).toContain('would not be there');
    expect(await said(['way', 'modules'], way)).toBeNull();
    const json = { 'live/users.json': { link: '../people/all.json' }, 'people/all.json': '{}' };
    expect(await said(['modules'], json)).toContain(
      '`live/users.json` is a symbolic link to `people/all.json`, which',
    );
    const named = { varFiles: ['../vars/common.tfvars'] };
    expect(await said(['modules', 'vars'], { vars: { link: 'shared' } }, named)).toContain(
      '`vars` is a symbolic link to `shared`, which',
    );
    expect(await said(['modules', 'vars', 'shared'], { vars: { link: 'shared' } }, named)).toBeNull();
  });
});
