import { describe, expect, test } from 'vitest';
import { dangerFiles } from '../../src/config/danger.ts';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { parseRepositoryFile } from '../../src/config/repository-file.ts';
import { dangerCatalogue } from '../support/shipped-danger.ts';

const wrong = (danger: string): string => {
  const parsed = parseOperatorFile(`allow: [acme/*]\ndanger: ${danger}`, 'operator.yaml');
  return 'problem' in parsed ? parsed.problem.sentence : 'nothing is wrong';
};

describe('what is shipped', () => {
  const types = dangerFiles().flatMap(({ data_types }) => data_types);

  test('knows 120 types that may hold data, or more, of four providers, each once', () => {
    expect(types.length).toBeGreaterThanOrEqual(120);
    expect(new Set(types).size).toBe(types.length);
    const providers = new Set(types.map((type) => type.split('_')[0]));
    expect([...providers].sort()).toEqual(['aws', 'azurerm', 'google', 'kubernetes']);
    expect(types.filter((type) => !/^[a-z]+(?:_[a-z0-9]+)+$/.test(type))).toEqual([]);
  });

  test.each(['aws_db_instance', 'google_storage_bucket', 'azurerm_mssql_database', 'kubernetes_secret_v1'])(
    '%s may hold data',
    (type) => {
      expect(dangerCatalogue().holdsData(type)).toBe(true);
    },
  );

  test.each(['aws_db_parameter_group', 'aws_db', 'terraform_data', 'AWS_DB_INSTANCE', ''])(
    '%j holds none that we know of',
    (type) => {
      expect(dangerCatalogue().holdsData(type)).toBe(false);
    },
  );
});

describe('an operator', () => {
  test('adds types, and takes some out', () => {
    const { holdsData } = dangerCatalogue(
      '{ data_types: [acme_database, "acme_store_*"], no_data_types: [aws_instance, "acme_store_tmp*"] }',
    );
    expect(holdsData('acme_database')).toBe(true);
    expect(holdsData('acme_store_one')).toBe(true);
    expect(holdsData('acme_store_tmp_one')).toBe(false);
    expect(holdsData('acme_databases')).toBe(false);
    expect(holdsData('aws_instance')).toBe(false);
    expect(holdsData('aws_s3_bucket')).toBe(true);
  });

  test('adds rules behind those that are shipped', () => {
    const { rulesOf } = dangerCatalogue(
      '{ rules: [{ kind: opening, types: ["acme_*"], path: door, is: [open], when: [{ path: side, not: [inside] }], says: the door is open }] }',
    );
    expect(rulesOf('acme_house').map(({ says }) => says)).toEqual([
      'deletion protection is switched off',
      'deletion protection is switched off',
      'the door is open',
    ]);
    expect(rulesOf('other_house').map(({ says }) => says)).not.toContain('the door is open');
  });

  test.each([
    ['{ data_types: ["acme database"] }', 'type of resources'],
    ['{ data_types: ["a**"] }', 'type of resources'],
    ['{ rules: [{ kind: opening, types: [a], path: "a[0]", is: [1], says: x }] }', 'path of attributes'],
    ['{ rules: [{ kind: opening, types: [a], path: a, says: x }] }', 'both `path` and `is`'],
    ['{ rules: [{ kind: opening, types: [a], about: [b], says: x }] }', 'without `block`'],
    [
      '{ rules: [{ kind: protection-off, types: [a], path: a, is: [1], new_resources: false, says: x }] }',
      'only for an opening',
    ],
    ['{ rules: [{ kind: opening, types: [a], new_resources: true, says: x }] }', 'only for an opening'],
    ['{ rules: [{ kind: opening, types: [a], path: a, is: everybody, says: x }] }', 'every-address'],
    [
      '{ rules: [{ kind: opening, types: [a], path: a, is: [1], when: [{ path: b }], says: x }] }',
      '`is` or `not`',
    ],
    ['{ types: [a] }', '`types`'],
  ])('is told what is wrong with %s', (danger, word) => {
    expect(wrong(danger)).toContain(word);
  });

  test('alone says so: a repository cannot', () => {
    const parsed = parseRepositoryFile('version: 1\ndanger: { no_data_types: ["*"] }', 'tidegate.yaml');
    expect('problem' in parsed && parsed.problem.sentence).toContain('`danger`');
  });
});
