import { describe, expect, it } from 'vitest';
import { isSecretNumber, looksSecret, secretsIn } from '../../../src/domain/secret-value/looks-secret.ts';
import { nameIn } from '../../../src/domain/secret-value/names.ts';
import { harmlessKinds, harmlessValues } from './harmless-values.ts';
import { type Json, secretKinds, seededSecrets } from './seeded-secrets.ts';

/** Does anything in a value look like a secret? */
const found = (value: Json, path: readonly (string | number)[] = []): boolean => {
  if (typeof value === 'string') return looksSecret(path, value);
  if (typeof value === 'number') return isSecretNumber(path, value);
  if (Array.isArray(value)) return value.some((one: Json, index) => found(one, [...path, index]));
  if (value === null || typeof value === 'boolean') return false;
  const holder = value as { readonly [key: string]: Json };
  return Object.entries(holder).some(([key, one]) => found(one, [...path, nameIn(holder, key)]));
};

describe('of seeded values', () => {
  it('each of 200 secrets, of 50 kinds, is taken for one', () => {
    const secrets = seededSecrets(4, 7);
    expect(new Set(secretKinds).size).toBe(50);
    expect(secrets).toHaveLength(200);
    expect(secrets.filter(({ attributes }) => !found(attributes))).toEqual([]);
  });

  it('at most 1 % of 500 that are none are', () => {
    const values = harmlessValues(17, 7).slice(0, 500);
    expect(harmlessKinds.length).toBeGreaterThan(25);
    expect(values).toHaveLength(500);
    const masked = values.filter(({ path, value }) => looksSecret(path, value));
    expect(masked.map(({ kind, path, value }) => [kind, path.join('.'), value])).toEqual([]);
  });
});

describe('names', () => {
  it.each([
    'password',
    'DB_PASSWORD',
    'PGPASSWORD',
    'adminPassword',
    'passwd',
    'secret',
    'secret_string',
    'client_secret_value',
    'secretAccessKey',
    'api_key',
    'apikey',
    'private_key_pem',
    'primary_access_key',
    'connection_string',
    'tunnel1_preshared_key',
    'kube_config_raw',
    'auth-token',
    'password_wo',
    'SASToken',
    '/prod/db/password',
  ])('%s says secret', (name) => {
    expect(secretsIn([name], 'abc123')).toEqual(['abc123']);
    expect(looksSecret(['a', 0, name], 'abc123')).toBe(true);
  });

  it.each([
    'secret_name',
    'secret_arn',
    'secretKeyRef',
    'token_ttl',
    'token_endpoint',
    'password_length',
    'password_policy',
    'password_last_changed_at',
    'key_id',
    'kms_key_id',
    'public_key',
    'hash_key',
    'partition_key',
    'key',
    'keys',
    'bucket_key_enabled',
    'enable_password',
    'max_tokens',
    'compass',
    'keyboard',
    'tokenizer',
    'secretary',
    'author',
  ])('%s does not', (name) => {
    expect(looksSecret([name], 'abc123')).toBe(false);
  });

  it('around a value count too, but not for what is beside a secret', () => {
    expect(looksSecret(['secrets', 'db'], 'abc123')).toBe(true);
    expect(looksSecret(['auth_token', 'value'], 'abc123')).toBe(true);
    expect(looksSecret(['secrets', 0, 'name'], 'abc123')).toBe(false);
    expect(looksSecret(['credentials', 'username'], 'abc123')).toBe(false);
    expect(looksSecret(['volume', 'secret', 'default_mode'], 'abc123')).toBe(false);
  });
});

describe('what is in a text', () => {
  it.each([
    ['postgres://ada:hush-hush@db/app', ['hush-hush']],
    ['a=1; Password="two words"; b=2', ['two words']],
    ['{"user":"ada","password":"hush-hush"}', ['hush-hush']],
    ['mysqldump -u root -phush-hush app', ['hush-hush']],
    ["curl -u 'ada:hush-hush' https://example.com", ['hush-hush']],
    ['#cloud-config\nchpasswd:\n  list: |\n    root:hush-hush\n', ['hush-hush']],
  ])('%j', (text, secrets) => {
    expect(secretsIn(['input'], text)).toEqual(secrets);
  });

  it.each([
    'postgres://ada:\u0024{var.password}@db/app',
    'https://example.com:8443/path@2',
    'PASSWORD=$PASSWORD run',
    'password: required',
    'token = var.token',
    'a'.repeat(400),
    'ABC'.repeat(100),
  ])('nothing in %j', (text) => {
    expect(secretsIn(['input'], text)).toEqual([]);
  });

  it('is looked for in time that grows with it alone, whatever it is', () => {
    // Half a megabyte of each took under a second; a quadratic one would take an hour.
    for (const unit of [
      'a',
      'a://',
      'key: curl ',
      'key: echo a:',
      '-----BEGIN ',
      'eyJa.',
      'sk-A1',
      'mysql -',
      '{"a":',
    ])
      secretsIn(['input'], unit.repeat(Math.ceil(500_000 / unit.length)));
  });

  it('that nobody can look through is hidden', () => {
    expect(looksSecret(['input'], ' word'.repeat(150_000))).toBe(true);
    const nested = (text: string, levels: number): string =>
      levels === 0 ? text : nested(JSON.stringify([text]), levels - 1);
    expect(looksSecret(['input'], nested('word', 7))).toBe(true);
    expect(looksSecret(['input'], nested('word', 4))).toBe(false);
  });

  it('and what looks like a hidden value is hidden itself', () => {
    expect(looksSecret(['input'], '(sensitive, abcdefgh)')).toBe(true);
    expect(looksSecret(['input'], 'is (sensitive value) or not')).toBe(true);
  });
});
