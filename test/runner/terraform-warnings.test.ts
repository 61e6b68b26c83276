import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { readTerraformWarnings } from '../../src/runner/read/terraform-warnings.ts';
import { put } from '../support/git-author.ts';
import { temporaryFolder } from '../support/leftovers.ts';

/** As the tool draws it. */
const box = (...lines: readonly string[]): string =>
  `\u001b[33m╷\u001b[0m\u001b[0m\n${lines.map((line) => `\u001b[33m│\u001b[0m \u001b[0m${line}\n`).join('')}\u001b[33m╵\u001b[0m\u001b[0m\n`;

const undeclared = box(
  '\u001b[1m\u001b[33mWarning: \u001b[0m\u001b[0m\u001b[1mValue for undeclared variable\u001b[0m',
  '',
  'The root module does not declare a variable named "instnace_type" but a',
  'value was found in file "terraform.tfvars".',
  '',
  'To silence these warnings, use TF_VAR_... environment variables.',
);
const found = {
  summary: 'Value for undeclared variable',
  detail:
    'The root module does not declare a variable named "instnace_type" but a value was found in file "terraform.tfvars".\nTo silence these warnings, use TF_VAR_... environment variables.',
  file: null,
  line: null,
  more: 0,
};
const deprecated = box(
  'Warning: Argument is deprecated',
  '',
  '  with module.site.aws_s3_bucket.this,',
  '  on modules/site/main.tf line 12, in resource "aws_s3_bucket" "this":',
  '  12:   acl = "private"',
  '    ├────────────────',
  '    │ var.acl is "private"',
  '',
  'Use the aws_s3_bucket_acl resource instead',
  '',
  '(and 3 more similar warnings elsewhere)',
);

describe('what Terraform warns of', () => {
  it('is read with its place, without the line of code, and how many are like it', () => {
    expect(readTerraformWarnings(`Plan: 1 to add.\n${undeclared}${deprecated}\nSaved the plan\n`)).toEqual([
      found,
      {
        summary: 'Argument is deprecated',
        detail: 'Use the aws_s3_bucket_acl resource instead',
        file: 'modules/site/main.tf',
        line: 12,
        more: 3,
      },
    ]);
  });

  it('is told once, though `init` and `plan` both say it', () => {
    expect(readTerraformWarnings(`$ terraform init\n${undeclared}\n$ terraform plan\n${undeclared}`)).toEqual(
      [found],
    );
  });

  it.each([
    ['an error', box('Error: Unsupported argument', '', '  on main.tf line 3, in resource "a" "b":')],
    [
      'a box among the values of a change',
      `    + text = <<-EOT\n        ${undeclared.replaceAll('\n', '\n        ')}`,
    ],
    ['words outside of a box', 'Warning: this is what a provisioner prints\n'],
    ['a box that is cut off', undeclared.slice(0, -20)],
    ['nothing', ''],
  ])('is not %s', (_, printed) => {
    expect(readTerraformWarnings(printed)).toEqual([]);
  });

  it('is found in what the real tool prints', () => {
    const folder = temporaryFolder('warnings');
    put(
      folder,
      'main.tf',
      `variable "size" {
  default = "small"
}
check "health" {
  assert {
    condition     = var.size == "large"
    error_message = "It is \${var.size}, not large."
  }
}
`,
    );
    put(folder, 'terraform.tfvars', 'szie = "large"\n');
    const terraform = (...args: readonly string[]): string =>
      execFileSync('terraform', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    terraform('init', '-input=false');
    expect(readTerraformWarnings(terraform('plan', '-input=false', '-out=plan'))).toEqual([
      expect.objectContaining({ summary: 'Value for undeclared variable', file: null }),
      expect.objectContaining({
        summary: 'Check block assertion failed',
        detail: 'It is small, not large.',
        file: 'main.tf',
        line: 6,
      }),
    ]);
  });
});
