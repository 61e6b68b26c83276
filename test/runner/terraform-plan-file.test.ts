import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readPlannedState } from '../../src/runner/read/terraform-plan-file.ts';
import { temporaryFolder } from '../support/leftovers.ts';

const terraform = (folder: string, ...args: readonly string[]): void =>
  void execFileSync('terraform', args, {
    cwd: folder,
    env: { PATH: process.env['PATH'], TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });

const configuration = (folder: string, many: number, input: string): void =>
  writeFileSync(
    path.join(folder, 'main.tf'),
    `terraform {
      backend "local" {
        path = "${folder}/kept.tfstate"
      }
    }
    resource "terraform_data" "one" {
      count = ${many}
      input = "${input}-\${count.index}-${'x'.repeat(200)}"
    }`,
  );

test('the serial and the lineage are those of the state that real Terraform planned from', {
  timeout: 30_000,
}, async () => {
  const folder = temporaryFolder();
  const plan = path.join(folder, 'plan.bin');
  configuration(folder, 1, 'a');
  terraform(folder, 'init', '-input=false');
  terraform(folder, 'plan', '-input=false', '-out', plan);
  expect(await readPlannedState(plan)).toEqual({ serial: 0, lineage: null });
  terraform(folder, 'apply', '-input=false', plan);
  const kept = (): { serial: number; lineage: string } => {
    const state = JSON.parse(readFileSync(path.join(folder, 'kept.tfstate'), 'utf8'));
    return { serial: state.serial, lineage: state.lineage };
  };
  const first = kept();
  expect(first.serial).toBe(1);
  configuration(folder, 60, 'b');
  terraform(folder, 'plan', '-input=false', '-out', plan);
  expect(await readPlannedState(plan)).toEqual(first);
  // It is the state's word, and no count of ours: this backend writes several times within one apply.
  terraform(folder, 'apply', '-input=false', plan);
  expect(kept().serial).toBeGreaterThan(first.serial + 1);
  expect(kept().lineage).toBe(first.lineage);
  // And a state that is longer than what is read of it.
  configuration(folder, 60, 'c');
  terraform(folder, 'plan', '-input=false', '-out', plan);
  expect(await readPlannedState(plan)).toEqual(kept());

  // Strangers may have written it: whatever it holds, the answer is one of these, and soon.
  const whole = readFileSync(plan);
  const broken = path.join(folder, 'broken.bin');
  const isFine = async (bytes: Buffer): Promise<void> => {
    writeFileSync(broken, bytes);
    const found = await readPlannedState(broken);
    if (found !== null) expect(Object.keys(found)).toEqual(['serial', 'lineage']);
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 20 }),
      (changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        return isFine(bytes);
      },
    ),
    { numRuns: 500 },
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length), (length) => isFine(whole.subarray(0, length))),
    { numRuns: 200 },
  );
  symlinkSync(plan, path.join(folder, 'link.bin'));
  for (const name of ['link.bin', 'missing.bin', 'main.tf'])
    expect(await readPlannedState(path.join(folder, name))).toBeNull();
});
