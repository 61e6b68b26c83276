import { execFile } from 'node:child_process';
import { cp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { summaryLineCounts } from '../../src/domain/plan-summary.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { readTerraformPlan } from '../support/read-plan.ts';

const fixtures = path.resolve('runners/terraform/fixtures');
const cases = (await readdir(fixtures, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
const run = promisify(execFile);

/** The real tool in a folder of its own, with nothing of this machine's settings. */
const terraformIn = (folder: string) => async (args: readonly string[]) => {
  const environment = {
    PATH: process.env['PATH'],
    HOME: folder,
    TF_CLI_CONFIG_FILE: path.join(folder, 'terraform.tfrc'),
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
  };
  const { stdout } = await run('terraform', args, {
    cwd: folder,
    env: environment,
    maxBuffer: 50_000_000,
  });
  return stdout;
};

const exists = async (file: string): Promise<boolean> =>
  await stat(file).then(
    () => true,
    () => false,
  );

const planOf = async (name: string) => {
  const folder = await temporaryFolder('summary-line-');
  const terraform = terraformIn(folder);
  const configured = async (file: string) =>
    await cp(path.join(fixtures, name, file), path.join(folder, 'main.tf'));
  await writeFile(path.join(folder, 'terraform.tfrc'), 'disable_checkpoint = true\n');
  const modules = path.join(fixtures, name, 'modules');
  if (await exists(modules)) await cp(modules, path.join(folder, 'modules'), { recursive: true });
  await configured('before.tf');
  await terraform(['init', '-no-color']);
  await terraform(['apply', '-no-color', '-auto-approve']);
  if (await exists(path.join(fixtures, name, 'between.tf'))) {
    await configured('between.tf');
    await expect(terraform(['apply', '-no-color', '-auto-approve'])).rejects.toThrow('exit status 1');
  }
  await configured('after.tf');
  await terraform(['init', '-no-color']);
  const text = await terraform(['plan', '-no-color', '-out=plan.bin']);
  return { text, ...readTerraformPlan(Buffer.from(await terraform(['show', '-json', 'plan.bin']))) };
};

/** "Plan: 1 to import, 2 to add, 3 to change, 4 to destroy." and, from 1.14 on, "Actions: 5 to invoke." */
const printedCounts = (text: string): Readonly<Record<string, number>> => {
  const line = /^Plan: .*$/m.exec(text)?.[0] ?? '';
  return Object.fromEntries(
    [...line.matchAll(/(\d+) to (\w+)/g)].map(([, many, what]) => [what, Number(many)]),
  );
};

test.each(cases)('%s: what is counted is what the tool says, and what was recorded', async (name) => {
  const { text, summary } = await planOf(name);
  const { forget, ...line } = summaryLineCounts(summary.counts);
  const none = { import: 0, add: 0, change: 0, destroy: 0, invoke: 0 };
  expect(line).toEqual({ ...none, ...printedCounts(text) });
  // Not in the line of Terraform: it says so one by one, in a heading and once more in a warning.
  expect(forget).toBe([...text.matchAll(/will no longer be managed by Terraform, but will not/g)].length);
  const named = [
    ...text.matchAll(
      /^ {1,2}# (.+?) (?:will be|must be|will no longer|is tainted|has moved|\(deposed object)/gm,
    ),
  ];
  // What is only moved is named by where it comes from, and a deposed object by its address.
  const ours = summary.resources.map(({ action, address, previousAddress }) =>
    action === 'move' ? previousAddress : address.replace(/ \(deposed .*/, ''),
  );
  expect(new Set(named.map(([, address]) => address))).toEqual(
    new Set([...ours, ...summary.reads.map(({ address }) => address)]),
  );
  const recorded = await readFile(path.join(fixtures, name, 'plan.jsonl'));
  const { toolVersion, counts, checkCounts } = readTerraformPlan(recorded).summary;
  expect(summary.toolVersion).toBe(toolVersion);
  expect({ counts: summary.counts, checkCounts: summary.checkCounts }).toEqual({ counts, checkCounts });
});
