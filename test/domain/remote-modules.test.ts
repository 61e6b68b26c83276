import { describe, expect, test } from 'vitest';
import { movesBecause, remoteModulesIn } from '../../src/domain/remote-modules.ts';

const moves = (source: string, version: string | null = null, isPlain = true) =>
  movesBecause({ source, version, isPlain });

describe('a module in another repository', () => {
  test.each([
    ['git::https://github.com/acme/modules.git//vpc?ref=v1.4.0', null],
    ['git::https://github.com/acme/modules.git//vpc?ref=vpc/v1.4.0&depth=1', null],
    ['github.com/acme/modules//label?ref=0123456789012345678901234567890123456789', null],
    ['git@github.com:acme/modules.git?depth=1&ref=1.2.3', null],
    ['terraform-aws-modules/vpc/aws', '5.1.0'],
    ['app.terraform.io/acme/vpc/aws//inner', '= 5.1.0-rc1'],
  ])('stays what it is: %s', (source, version) => {
    expect(moves(source, version)).toBeNull();
  });

  test.each([
    ['git::ssh://git@github.com/acme/modules.git//queue', null, 'no `ref`'],
    ['git::https://github.com/acme/modules.git?ref=main', null, '`main` may be a branch'],
    ['github.com/acme/modules', '1.0.0', 'no `ref`'],
    ['git::https://github.com/acme/modules.git?ref=release-7', null, 'may be a branch'],
    ['terraform-aws-modules/sqs/aws', null, 'no version'],
    ['terraform-aws-modules/sqs/aws', '~> 4.0', 'more than one version'],
    ['terraform-aws-modules/sqs/aws', '4.0', 'more than one version'],
    ['https://example.com/modules.zip', null, 'whatever lies at that address'],
    ['s3::https://s3.amazonaws.com/acme/vpc.zip', null, 'whatever lies at that address'],
  ])('may change: %s %s', (source, version, because) => {
    expect(moves(source, version)).toContain(because);
  });

  test('is one that an expression names, and none in the repository', () => {
    expect(moves('["a"]', null, false)).toContain('an expression');
    const use = { name: 'm', version: null, isPlain: true, line: 3 };
    const found = remoteModulesIn('a/main.tf', [
      { ...use, source: '../inner' },
      { ...use, source: 'acme/x/aws' },
    ]);
    expect(found).toEqual([
      { source: 'acme/x/aws', version: null, path: 'a/main.tf', line: 3, moves: 'it names no version' },
    ]);
  });
});
