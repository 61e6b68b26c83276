import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareWithState } from '../../src/domain/state-comparison.ts';
import { readTerraformState } from '../../src/runner/read/terraform-state-file.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { readTerraformPlan } from '../support/read-plan.ts';

const configuration = (second: string) => `
locals { odd = { "a.b" = "x", "with \\"quotes\\"" = "y", "$\${dollar}" = "z" } }
resource "terraform_data" "each" {
  for_each = local.odd
  input    = each.value
}
resource "terraform_data" "count" {
  count            = 2
  input            = { list = [1, 2], type = "t", value = "v", nested = { deep = ["${second}"] } }
  triggers_replace = [count.index]
}
resource "terraform_data" "secret" {
  input = sensitive("${second}")
}
resource "terraform_data" "again" {
  input            = "same"
  triggers_replace = "${second}"
}
`;

/** The real tool in one folder, as plans and states come from it. */
const createTool = () => {
  const folder = temporaryFolder();
  const config = path.join(folder, 'tool.tfrc');
  writeFileSync(config, 'disable_checkpoint = true\n');
  const run = (...args: string[]) =>
    execFileSync('terraform', args, {
      cwd: folder,
      env: { PATH: process.env['PATH'], TF_CLI_CONFIG_FILE: config, HOME: folder },
    });
  return {
    write: (text: string) => writeFileSync(path.join(folder, 'main.tf'), text),
    init: () => run('init', '-input=false'),
    plan: (...more: string[]) => {
      run('plan', '-input=false', '-out=plan.bin', ...more);
      return readTerraformPlan(run('show', '-json', 'plan.bin')).summary.resources;
    },
    apply: () => run('apply', '-input=false', 'plan.bin'),
    state: () => {
      const read = readTerraformState(run('state', 'pull'));
      if (read === null) throw new Error('the state was not read');
      return read;
    },
  };
};

describe('what the real tool planned, against what it wrote', () => {
  const tool = createTool();
  beforeAll(() => {
    tool.write(configuration('one'));
    tool.init();
  });

  it('an empty state has nothing, the state after an apply has it all, odd keys and values of any type too', () => {
    const planned = tool.plan();
    expect(planned).toHaveLength(7);
    expect(tool.state()).toMatchObject({ lineage: '', serial: 0 });
    expect(compareWithState(planned, tool.state()).map((one) => one.standing)).toEqual(
      planned.map(() => 'open'),
    );
    tool.apply();
    const after = tool.state();
    expect(after.serial).toBeGreaterThan(0);
    expect(after.lineage).not.toBe('');
    expect(compareWithState(planned, after).filter((one) => one.standing !== 'done')).toEqual([]);
  });

  it('updates, replaces and destroys are told apart by values; a sensitive one cannot be', () => {
    tool.write(configuration('two').replace('count            = 2', 'count            = 1'));
    const planned = tool.plan();
    const told = () =>
      Object.fromEntries(compareWithState(planned, tool.state()).map((one) => [one.address, one.standing]));
    expect(told()).toEqual({
      'terraform_data.again': 'open',
      'terraform_data.count[0]': 'open',
      'terraform_data.count[1]': 'open',
      'terraform_data.secret': 'unclear',
    });
    tool.apply();
    expect(told()).toEqual({
      'terraform_data.again': 'done',
      'terraform_data.count[0]': 'done',
      'terraform_data.count[1]': 'done',
      'terraform_data.secret': 'unclear',
    });
  });
});

describe('what is no state', () => {
  it.each([
    'null',
    '{}',
    '[1]',
    '{"version":3,"serial":1,"lineage":"a","resources":[]}',
    '{"version":4,"ser',
  ])('reads %j as none', (text) => {
    expect(readTerraformState(Buffer.from(text))).toBeNull();
  });

  it('counts deposed objects and sees taint', () => {
    const instance = (more: object) => ({ attributes: { id: '1' }, ...more });
    const state = readTerraformState(
      Buffer.from(
        JSON.stringify({
          version: 4,
          serial: 2,
          lineage: 'a',
          resources: [
            {
              module: 'module.a["x"]',
              mode: 'managed',
              type: 't',
              name: 'n',
              instances: [instance({}), instance({ deposed: '00000001' })],
            },
            { mode: 'managed', type: 't', name: 'm', instances: [instance({ status: 'tainted' })] },
          ],
        }),
      ),
    );
    expect(state?.objects.get('module.a["x"].t.n')).toMatchObject({ deposed: 1, tainted: false });
    expect(state?.objects.get('t.m')).toMatchObject({ deposed: 0, tainted: true });
  });
});
