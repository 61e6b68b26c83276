import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../src/config/environment.ts';
import { sharedUrl } from '../../src/config/pages-settings.ts';
import type { Config, Secrets } from '../../src/config/types.ts';
import type { Problem } from '../../src/domain/problem.ts';
import { UserError } from '../../src/domain/problem.ts';

const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = rsa.export({ type: 'pkcs1', format: 'pem' }).toString();
const pkcs8 = rsa.export({ type: 'pkcs8', format: 'pem' }).toString();
const made = Buffer.alloc(32, 7);
const secret = 'a-webhook-secret-of-some-length';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-environment-'));
  writeFileSync(join(folder, 'tidegate.yaml'), 'allow: [acme/*]\n');
  writeFileSync(join(folder, 'empty.yaml'), 'prefixes: []\n');
  writeFileSync(join(folder, 'key.pem'), pem);
  writeFileSync(join(folder, 'secret-key'), `${Buffer.alloc(32, 9).toString('base64')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

type Variables = Readonly<Record<string, string | undefined>>;
const enough = (): Variables => ({
  APP_ID: '12',
  PRIVATE_KEY: pem,
  WEBHOOK_SECRET: secret,
  TIDEGATE_CONFIG: 'tidegate.yaml',
});

const read = (env: Variables, secretKey: () => Buffer = () => made) =>
  readEnvironment(env, { readFile: (path) => readFile(path, 'utf8'), secretKey, folder });

const good = async (env: Variables): Promise<{ config: Config; secrets: Secrets }> => {
  const result = await read({ ...enough(), ...env });
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result;
};

const problems = async (env: Variables): Promise<readonly Problem[]> => {
  const result = await read({ ...enough(), ...env });
  if ('config' in result) throw new Error('it was taken');
  return result.problems;
};

describe('readEnvironment', () => {
  it('gives what is documented for what is not set', async () => {
    const { config, secrets } = await good({});
    expect(config).toMatchObject({
      appId: 12,
      host: '127.0.0.1',
      port: 3000,
      pagesHost: '127.0.0.1',
      pagesPort: 3001,
      webhookPath: '/api/github/webhooks',
      apiUrl: 'https://api.github.com',
      dataDir: join(folder, 'data'),
      publicUrl: null,
      proxies: [],
      logLevel: 'info',
    });
    expect(config.operator.allows('acme/infra')).toBe(true);
    expect(config).toMatchObject({ webUrl: 'https://github.com', loginClientId: null });
    expect(secrets).toEqual({
      privateKey: pkcs8,
      webhookSecret: secret,
      secretKey: made,
      clientSecret: null,
      metricsToken: null,
    });
  });

  it('reads everything else', async () => {
    const { config, secrets } = await good({
      HOST: '0.0.0.0',
      PORT: '0',
      TIDEGATE_PAGES_HOST: '::1',
      TIDEGATE_PAGES_PORT: '8080',
      WEBHOOK_PATH: '/hooks',
      GHE_HOST: 'github.example.com:8443',
      GHE_PROTOCOL: 'http',
      LOG_LEVEL: 'debug',
      TIDEGATE_DATA_DIR: '/var/lib/tidegate',
      TIDEGATE_PUBLIC_URL: 'https://tidegate.example.com/x/',
      TIDEGATE_PROXIES: '10.0.0.5, 192.168.0.0/16,2001:db8::/32,::1',
      TIDEGATE_SECRET_KEY_FILE: 'secret-key',
    });
    expect(config).toMatchObject({
      host: '0.0.0.0',
      port: 0,
      pagesHost: '::1',
      pagesPort: 8080,
      webhookPath: '/hooks',
      apiUrl: 'http://github.example.com:8443/api/v3',
      logLevel: 'debug',
      dataDir: '/var/lib/tidegate',
      publicUrl: 'https://tidegate.example.com/x',
      proxies: ['10.0.0.5', '192.168.0.0/16', '2001:db8::/32', '::1'],
    });
    expect(secrets.secretKey).toEqual(Buffer.alloc(32, 9));
  });

  describe('pages that others reach', () => {
    const login = { GITHUB_CLIENT_ID: 'Iv1.abc', GITHUB_CLIENT_SECRET: 'a client secret' };
    const told = async (env: Variables) => (await problems(env)).map(({ sentence }) => sentence);

    it('are refused where nobody would be asked who they are, with what to do', async () => {
      for (const host of ['0.0.0.0', '::', '10.0.0.7', 'tidegate.internal']) {
        const [problem] = await problems({ TIDEGATE_PAGES_HOST: host });
        expect(problem?.sentence).toContain('nobody would be asked who they are');
        expect(problem?.advice).toContain('`GITHUB_CLIENT_SECRET`');
      }
      expect(await told({ TIDEGATE_PAGES_HOST: '0.0.0.0', ...login })).toEqual([
        '`TIDEGATE_PAGES_HOST` is `0.0.0.0`, and `TIDEGATE_PUBLIC_URL` is not set.',
      ]);
    });

    it('are refused over plain HTTP, and with half of the settings', async () => {
      expect(await told({ ...login, TIDEGATE_PUBLIC_URL: 'http://tidegate.example.com' })).toEqual([
        '`TIDEGATE_PUBLIC_URL` begins with `http:`, and people sign in there.',
      ]);
      expect(await told({ GITHUB_CLIENT_ID: 'Iv1.abc' })).toEqual([
        '`GITHUB_CLIENT_ID` is set, and `GITHUB_CLIENT_SECRET` is not.',
      ]);
      expect(await told({ GITHUB_CLIENT_SECRET: 'a client secret' })).toEqual([
        '`GITHUB_CLIENT_SECRET` is set, and `GITHUB_CLIENT_ID` is not.',
      ]);
      expect(await told({ TIDEGATE_METRICS_TOKEN: 'short' })).toEqual([
        '`TIDEGATE_METRICS_TOKEN` is shorter than 16 bytes.',
      ]);
    });

    it('are taken with everything set, and linked to only where others can open them', async () => {
      const { config, secrets } = await good({
        ...login,
        TIDEGATE_PAGES_HOST: '0.0.0.0',
        TIDEGATE_PUBLIC_URL: 'https://tidegate.example.com/',
        TIDEGATE_METRICS_TOKEN: 'a token for metrics',
        GHE_HOST: 'github.example.com',
      });
      expect(config).toMatchObject({ loginClientId: 'Iv1.abc', webUrl: 'https://github.example.com' });
      expect(secrets).toMatchObject({ clientSecret: 'a client secret', metricsToken: 'a token for metrics' });
      expect(sharedUrl(config)).toBe('https://tidegate.example.com');
      for (const env of [
        login,
        { TIDEGATE_PUBLIC_URL: 'https://tidegate.example.com' },
        { ...login, TIDEGATE_PUBLIC_URL: 'http://localhost:3001' },
      ])
        expect(sharedUrl((await good(env)).config)).toBeNull();
    });
  });

  it('knows the API host of Enterprise Cloud with data residency', async () => {
    expect((await good({ GHE_HOST: 'acme.ghe.com' })).config.apiUrl).toBe('https://api.acme.ghe.com');
  });

  it.each([
    ['PEM', () => ({ PRIVATE_KEY: pem })],
    ['PKCS #8 PEM', () => ({ PRIVATE_KEY: pkcs8 })],
    ['PEM with written line breaks', () => ({ PRIVATE_KEY: pem.replaceAll('\n', '\\n') })],
    ['PEM in quotes', () => ({ PRIVATE_KEY: `"${pem.trim().replaceAll('\n', '\\n')}"` })],
    ['PEM with CRLF', () => ({ PRIVATE_KEY: pem.replaceAll('\n', '\r\n') })],
    ['base64', () => ({ PRIVATE_KEY: Buffer.from(pem).toString('base64') })],
    ['a file', () => ({ PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: 'key.pem' })],
  ])('reads the private key from %s', async (_, env) => {
    expect((await good(env())).secrets.privateKey).toBe(pkcs8);
  });

  it('reads the secret key from the environment, before asking for one', async () => {
    const key = Buffer.alloc(32, 5);
    expect((await good({ TIDEGATE_SECRET_KEY: key.toString('base64') })).secrets.secretKey).toEqual(key);
    expect((await good({ TIDEGATE_SECRET_KEY: key.toString('base64url') })).secrets.secretKey).toEqual(key);
  });

  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();

  it.each<[Variables, string]>([
    [{ APP_ID: undefined }, '`APP_ID` is not set.'],
    [{ APP_ID: '0' }, '`APP_ID` is `0`.'],
    [{ APP_ID: 'abc' }, '`APP_ID` is `abc`.'],
    [{ APP_ID: '1e3' }, '`APP_ID` is `1e3`.'],
    [{ PRIVATE_KEY: undefined }, 'The private key of the GitHub App is not set.'],
    [{ PRIVATE_KEY: 'hunter2-hunter2' }, '`PRIVATE_KEY` holds no RSA private key'],
    [{ PRIVATE_KEY: ec }, 'holds no RSA private key'],
    [{ PRIVATE_KEY: weak }, 'holds no RSA private key'],
    [{ PRIVATE_KEY: pem.slice(0, 400) }, 'holds no RSA private key'],
    [{ PRIVATE_KEY_PATH: 'key.pem' }, 'Both `PRIVATE_KEY` and `PRIVATE_KEY_PATH` are set.'],
    [{ PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: 'nope' }, 'of `PRIVATE_KEY_PATH` cannot be read (ENOENT).'],
    [
      { PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: 'tidegate.yaml' },
      '`PRIVATE_KEY_PATH` holds no RSA private key',
    ],
    [{ WEBHOOK_SECRET: undefined }, '`WEBHOOK_SECRET` is not set.'],
    [{ WEBHOOK_SECRET: '' }, '`WEBHOOK_SECRET` is not set.'],
    [{ WEBHOOK_SECRET: '   ' }, '`WEBHOOK_SECRET` is not set.'],
    [{ WEBHOOK_SECRET: 'development' }, 'everybody uses for development'],
    [{ WEBHOOK_SECRET: 'hunter2-hunter2' }, '`WEBHOOK_SECRET` is shorter than 16 bytes.'],
    [{ WEBHOOK_SECRET: `${secret}\n` }, '`WEBHOOK_SECRET` begins or ends with a blank or a line break.'],
    [{ PORT: '65536' }, '`PORT` is `65536`.'],
    [{ PORT: '-1' }, '`PORT` is `-1`.'],
    [{ PORT: '0x50' }, '`PORT` is `0x50`.'],
    [{ HOST: 'a b' }, '`HOST` is `a b`.'],
    [{ GHE_HOST: 'https://github.example.com' }, '`GHE_HOST` is `https://github.example.com`.'],
    [{ GHE_HOST: 'a/b' }, '`GHE_HOST` is `a/b`.'],
    [{ GHE_PROTOCOL: 'ftp' }, '`GHE_PROTOCOL` is `ftp`.'],
    [{ LOG_LEVEL: 'verbose' }, '`LOG_LEVEL` is `verbose`.'],
    [{ WEBHOOK_PATH: 'hooks' }, '`WEBHOOK_PATH` is `hooks`.'],
    [{ TIDEGATE_PUBLIC_URL: 'https://me:hunter2@x' }, '`TIDEGATE_PUBLIC_URL` is not a plain address.'],
    [{ TIDEGATE_PROXIES: '10.0.0.5,10.0.0.0/33' }, '`TIDEGATE_PROXIES` has `10.0.0.0/33`'],
    [{ TIDEGATE_PROXIES: 'proxy.internal' }, '`TIDEGATE_PROXIES` has `proxy.internal`'],
    [{ TIDEGATE_PROXIES: '10.0.0.999' }, '`TIDEGATE_PROXIES` has `10.0.0.999`'],
    [{ TIDEGATE_PUBLIC_URL: 'javascript:alert(1)' }, '`TIDEGATE_PUBLIC_URL` is not a plain address.'],
    [{ TIDEGATE_SECRET_KEY: 'hunter2' }, '`TIDEGATE_SECRET_KEY` does not hold 32 bytes in base64.'],
    [{ TIDEGATE_SECRET_KEY: Buffer.alloc(31).toString('base64') }, 'does not hold 32 bytes'],
    [{ TIDEGATE_SECRET_KEY: 'x', TIDEGATE_SECRET_KEY_FILE: 'y' }, 'Both `TIDEGATE_SECRET_KEY` and'],
    [{ TIDEGATE_SECRET_KEY_FILE: 'nope' }, 'of `TIDEGATE_SECRET_KEY_FILE` cannot be read (ENOENT).'],
    [{ TIDEGATE_CONFIG: undefined }, '`TIDEGATE_CONFIG` is not set.'],
    [{ TIDEGATE_CONFIG: 'nope.yaml' }, 'of `TIDEGATE_CONFIG` cannot be read (ENOENT).'],
    [{ TIDEGATE_CONFIG: 'empty.yaml' }, '`allow` is missing'],
  ])('refuses %#: %s', async (env, sentence) => {
    const all = await problems(env);
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({ code: 'settings-invalid', sentence: expect.stringContaining(sentence) });
    expect(all[0]?.advice).not.toBe('');
    for (const hidden of ['hunter2', secret, 'PRIVATE KEY-----'])
      expect(JSON.stringify(all)).not.toContain(hidden);
  });

  it('tells everything at once, and makes no key for a server that will not start', async () => {
    const result = await readEnvironment(
      { PORT: 'x' },
      {
        readFile: () => '',
        folder,
        secretKey: () => {
          throw new Error('a key was asked for');
        },
      },
    );
    const all = 'problems' in result ? result.problems.map(({ sentence }) => sentence) : [];
    expect(all).toHaveLength(5);
    for (const name of ['APP_ID', 'PORT', 'private key', 'WEBHOOK_SECRET', 'TIDEGATE_CONFIG']) {
      expect(
        all.some((sentence) => sentence.includes(name)),
        name,
      ).toBe(true);
    }
  });

  it('hands on why there is no secret key', async () => {
    const problem: Problem = { code: 'cannot-start', sentence: 'No.', advice: 'Do.' };
    const refuse = () => {
      throw new UserError(problem);
    };
    expect(await read(enough(), refuse)).toEqual({ problems: [problem] });
  });
});
