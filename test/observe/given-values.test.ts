import { describe, expect, test } from 'vitest';
import { partsOf, secretsGiven, secretsInFile } from '../../src/observe/given-values.ts';
import { createMask } from '../../src/observe/masking.ts';

describe('a variable that a run is given', () => {
  test.each([
    ['AWS_SECRET_ACCESS_KEY', 'wJalrXUtnFEMI/K7MDENG'],
    ['AWS_ACCESS_KEY_ID', 'AKIAIOSFODNN7EXAMPLE'],
    ['VAULT_TOKEN', 'production'],
    ['TF_VAR_db_password', 'eu-west-1'],
    ['PGPASSWORD', 'hunter22'],
    ['DB_PASS', '12345678'],
    ['APIKEY', 'letmein'],
    ['TF_HTTP_PASSWORD', 'correct horse'],
    ['ARM_CLIENT_SECRET', 'x~y.z-1234'],
    ['TF_VAR_anything', 'nobody knows what'],
    ['SOMETHING', '7c9e6679-7425-40de-944b'],
    ['NETRC', 'machine x login y password z'],
    ['SAS', '?sv=2024&sig=abc'],
    ['HOOK_PWD', 'sesame!'],
  ])('%s=%s is a secret', (name, value) => {
    expect(secretsGiven({ [name]: value })).toContain(value);
  });

  test.each([
    ['AWS_REGION', 'eu-west-1'],
    ['TF_VAR_region', 'europe-west3'],
    ['TF_VAR_zone', 'eu-central-1a'],
    ['TF_VAR_enabled', 'true'],
    ['TF_VAR_count', '1'],
    ['TF_VAR_size', '100000'],
    ['TF_VAR_location', 'westeurope'],
    ['AWS_PROFILE', 'production'],
    ['HOME', '/root'],
    ['PATH', '/usr/local/bin:/usr/bin:/bin'],
    ['PWD', '/srv/tidegate'],
    ['USER', 'tidegate'],
    ['LANG', 'en_US.UTF-8'],
    ['LC_ALL', 'C.UTF-8'],
    ['VAULT_ADDR', 'https://vault.example.com'],
    ['HTTPS_PROXY', 'http://proxy.example.com:3128'],
    ['SSL_CERT_FILE', '/etc/ssl/certs/ca.pem'],
    ['EMPTY_TOKEN', ''],
    ['TF_LOG', 'INFO and more'],
    ['SHLVL', '1'],
  ])('%s=%s is none', (name, value) => {
    expect(secretsGiven({ [name]: value })).toEqual([]);
  });

  test('is known by whatever of it may come out alone', () => {
    const proxy = secretsGiven({ HTTPS_PROXY: 'http://bob:p%40ss-word@proxy:3128' });
    expect(proxy).toEqual(['p%40ss-word', 'p@ss-word']);
    const key = '-----BEGIN KEY-----\nMIIEowIBAAKCAQEA7\n  q83vEjRWeJCrze8SNFZ4\n-----END KEY-----\n';
    const json = JSON.stringify({
      type: 'service_account',
      nested: [{ private_key: key, token_uri: 'https://x' }],
    });
    const found = secretsGiven({ GOOGLE_CREDENTIALS: json });
    expect(found).toEqual(expect.arrayContaining([json, key, 'MIIEowIBAAKCAQEA7', 'q83vEjRWeJCrze8SNFZ4']));
    expect(found).not.toContain('service_account');
    expect(partsOf(key)).toEqual([key, 'MIIEowIBAAKCAQEA7', 'q83vEjRWeJCrze8SNFZ4']);
  });

  test.each([
    [
      'INI',
      '[default]\naws_access_key_id = AKIAIOSFODNN7\naws_secret_access_key=wJalr/K7=\nregion = eu-west-1\n',
      ['AKIAIOSFODNN7', 'wJalr/K7='],
    ],
    [
      'YAML',
      'users:\n- name: ci\n  user:\n    token: "k8s-tok"\n    client-key-data: LS0tLS1C\n    server: https://x\n',
      ['k8s-tok', 'LS0tLS1C'],
    ],
    ['JSON', '{"type": "service_account", "private_key_id": "0a1b2c", "client_email": "a@b"}', ['0a1b2c']],
    ['.netrc', 'machine example.com login bob password s3cr3t-word\n', ['s3cr3t-word']],
    ['HCL', 'credentials "app.terraform.io" {\n  token = "abc.atlasv1.def"\n}\n', ['abc.atlasv1.def']],
    [
      'a key',
      '-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIIGl0123456789\n-----END EC PRIVATE KEY-----\n',
      ['MHcCAQEEIIGl0123456789'],
    ],
    [
      'a certificate of an authority',
      '-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIE\n-----END CERTIFICATE-----\n',
      [],
    ],
  ])('that names a file is known by what is secret in it: %s', (_format, text, secrets) => {
    expect([...secretsInFile(text)].sort()).toEqual([...secrets].sort());
  });

  test('leaves ordinary output as it is', () => {
    const mask = createMask();
    const given = {
      AWS_REGION: 'eu-west-1',
      TF_VAR_replicas: '3',
      TF_VAR_public: 'false',
      HOME: '/root',
      AWS_SESSION_TOKEN: 'FwoGZXIvYXdzEBYaD',
    };
    for (const secret of secretsGiven(given)) mask.add(secret);
    const said = 'aws_instance.web[3] in eu-west-1: public = false, /root/.aws used';
    expect(mask.text(said)).toBe(said);
    expect(mask.text('token FwoGZXIvYXdzEBYaD')).toBe('token ***');
  });
});
