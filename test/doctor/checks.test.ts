import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import { checkClock, checkRequired } from '../../src/doctor/app-checks.ts';
import { type Finding, fail, ok, skip, warn } from '../../src/doctor/finding.ts';
import { checkDataFolder, type DataFolder } from '../../src/doctor/folder-checks.ts';
import { checkDeliveries, checkHook } from '../../src/doctor/hook-checks.ts';
import { checkIsolation, type IsolationFacts } from '../../src/doctor/isolation-check.ts';
import {
  checkGit,
  checkHost,
  checkNode,
  checkSecretKey,
  checkTools,
} from '../../src/doctor/machine-checks.ts';
import { jsonOf, printFindings } from '../../src/doctor/print.ts';
import { createAppDesk } from '../../src/forge/github/app-desk.ts';
import { silentLog } from '../../src/observe/log.ts';

const told = (findings: readonly Finding[]) => findings.map(({ status, found }) => `${status}: ${found}`);

const folder = (changes: Partial<DataFolder> = {}): DataFolder => ({
  path: '/data',
  owner: { uid: 7, mode: 0o700, isFolder: true },
  writable: true,
  uid: 7,
  freeBytes: 100 * 1024 ** 3,
  fileSystem: 'ext4',
  ...changes,
});

describe('what keeps tools apart', () => {
  const walled: IsolationFacts = {
    wanted: null,
    found: { kind: 'bubblewrap' },
    uid: 7,
    limits: true,
    localState: false,
  };
  it.each<[string, Partial<IsolationFacts>, Finding['status'], string]>([
    ['walls', {}, 'ok', 'bubblewrap'],
    ['nothing that works', { found: { refused: 'uid: not root' } }, 'fail', 'uid: not root'],
    ['nothing, as asked', { wanted: 'none', found: { kind: 'none' } }, 'warn', 'none, as the operator'],
    ['users, for want of walls', { found: { kind: 'uid' } }, 'warn', 'a user of its own'],
    ['walls of root', { uid: 0 }, 'warn', 'the server is root'],
    ['walls without limits', { limits: false }, 'warn', 'without `prlimit`'],
    ['walls with a shared state folder', { localState: true }, 'warn', 'allow_local_state'],
  ])('%s', (_name, changes, status, words) => {
    const finding = checkIsolation({ ...walled, ...changes });
    expect(finding.status).toBe(status);
    expect(finding.found).toContain(words);
    expect(finding.advice === null).toBe(status === 'ok');
  });
});

describe('the machine', () => {
  it.each([
    ['v24.1.0', 'ok'],
    ['v22.18.0', 'warn'],
    ['v26.0.0', 'warn'],
    ['v22.17.9', 'fail'],
    ['v20.20.2', 'fail'],
  ])('Node %s: %s', (version, status) => {
    expect(checkNode(version).status).toBe(status);
  });

  it('a git that may have known holes is told with the release that mended them', () => {
    expect(told([checkGit('2.50.1', null)])).toEqual(['ok: 2.50.1']);
    const old = checkGit('2.39.5', '2.43.7');
    expect(told([old])).toEqual([
      'warn: 2.39.5 is older than 2.43.7, which mended holes that a repository could use',
    ]);
    expect(old.advice).toContain('apt changelog git');
  });

  it('a tool that is missing fails only where it is the only one', () => {
    const there = {
      runner: 'terraform',
      executable: 'terraform',
      version: '1.11.4',
      why: '',
      file: '/usr/bin/terraform',
      exposure: null,
    };
    const gone = {
      runner: 'helm',
      executable: 'helm',
      version: null,
      why: '`helm` is not installed',
      file: null,
      exposure: null,
    };
    expect(told(checkTools([there, gone]))).toEqual([
      'ok: terraform 1.11.4, `/usr/bin/terraform`',
      'ok: `helm` is not installed: projects of this runner fail',
    ]);
    expect(told(checkTools([gone]))).toEqual(['fail: `helm` is not installed']);
  });

  it('a terminal is missed only where something draws', () => {
    const statuses = (terminal: boolean, drawing: readonly string[]) =>
      checkHost({ nohup: false, terminal, drawing }).map(({ status }) => status);
    expect(statuses(true, ['helm'])).toEqual(['warn', 'ok']);
    expect(statuses(false, [])).toEqual(['warn', 'ok']);
    expect(statuses(false, ['helm'])).toEqual(['warn', 'warn']);
  });

  it('a secret key in its usual place has to be private; where somebody else put it, as private as that place', () => {
    const at = (from: 'file' | 'standard', mode: number | null, inDataFolder = false) =>
      checkSecretKey({ from, file: { path: '/key', mode }, inDataFolder }).status;
    expect(at('standard', 0o600)).toBe('ok');
    expect(at('standard', 0o640)).toBe('fail');
    expect(at('standard', null)).toBe('warn');
    expect(at('file', 0o640)).toBe('ok');
    expect(at('file', 0o444)).toBe('warn');
    expect(at('file', null)).toBe('fail');
    expect(at('file', 0o600, true)).toBe('fail');
  });
});

describe('the data folder', () => {
  const first = (changes: Partial<DataFolder>) => checkDataFolder(folder(changes), 0)[0]?.status;

  it('is its own, there or to be made, and writable', () => {
    expect(first({})).toBe('ok');
    expect(first({ owner: null })).toBe('ok');
    expect(first({ owner: null, writable: false })).toBe('fail');
    expect(first({ writable: false })).toBe('fail');
    expect(first({ uid: 8 })).toBe('fail');
    expect(first({ owner: { uid: 7, mode: 0o600, isFolder: false } })).toBe('fail');
    expect(first({ owner: { uid: 7, mode: 0o755, isFolder: true } })).toBe('warn');
    expect(first({ owner: { uid: 7, mode: 0o770, isFolder: true } })).toBe('fail');
  });

  it.each([
    [null, 'fail'],
    [0.9, 'fail'],
    [1.5, 'warn'],
    [2.5, 'ok'],
  ])('with %s GiB free and a floor of one: %s', (free, status) => {
    const freeBytes = free === null ? null : free * 1024 ** 3;
    expect(checkDataFolder(folder({ freeBytes }), 1024 ** 3)[1]?.status).toBe(status);
  });

  it.each([
    ['ext4', 'ok'],
    ['overlayfs', 'ok'],
    ['nfs', 'warn'],
    ['cifs', 'warn'],
    ['fuse', 'warn'],
    ['tmpfs', 'warn'],
    [null, 'skip'],
  ])('on %s: %s', (fileSystem, status) => {
    expect(checkDataFolder(folder({ fileSystem }), 0)[2]?.status).toBe(status);
  });
});

describe('the App', () => {
  it.each([
    [0, 'ok'],
    [-9_000, 'ok'],
    [11_000, 'warn'],
    [-60_000, 'warn'],
    [60_001, 'fail'],
    [-90_000, 'fail'],
    [null, 'skip'],
  ])('a clock %s ms apart: %s', (ms, status) => {
    expect(checkClock(ms).status).toBe(status);
  });

  const attempt = (statusCode: number, delivery = String(Math.random())) => ({
    delivery,
    event: 'pull_request',
    statusCode,
    status: statusCode === 0 ? 'failed to connect to host' : 'x',
  });

  it.each([
    [
      0,
      'fail: 1 of the last 1 failed, at last `pull_request` with "failed to connect to host"',
      'reach this server',
    ],
    [400, '', '`WEBHOOK_SECRET` differ'],
    [401, '', '`WEBHOOK_SECRET` differ'],
    [404, '', '`WEBHOOK_PATH` differ'],
    [413, '', '26 MB'],
    [415, '', '`application/json`'],
    [503, '', 'its disk was full'],
    [500, '', 'log of the server'],
  ])('a webhook answered with %i has a remedy', (status, found, remedy) => {
    const finding = checkDeliveries([attempt(status)]);
    expect(told([finding])[0]).toContain(found);
    expect(finding.advice).toContain(remedy);
  });

  it('what was delivered again has arrived', () => {
    expect(checkDeliveries([attempt(202, 'a'), attempt(500, 'a')]).status).toBe('ok');
    expect(checkDeliveries([attempt(500, 'a'), attempt(202, 'a')]).status).toBe('fail');
    const mixed = [attempt(202), attempt(500), attempt(500), attempt(500)];
    expect(checkDeliveries(mixed).status).toBe('warn');
  });

  it('a certificate that nobody checks is told', () => {
    const hook = { url: 'https://a.example/hook', contentType: 'json', hasSecret: true, verifiesTls: false };
    const server = { publicUrl: 'https://a.example', webhookPath: '/hook' };
    expect(told(checkHook(hook, server, []))).toEqual(['warn: its certificate is not checked']);
    expect(checkHook({ ...hook, url: 'nonsense' }, server, []).map(({ status }) => status)).toEqual(['fail']);
  });

  it('a check that two rules require is pinned when one of them pins it', () => {
    const of = (...checks: readonly (readonly [string, number | null])[]) =>
      checkRequired(
        'a/b',
        5,
        checks.map(([name, appId]) => ({ name, appId })),
      ).status;
    expect(of()).toBe('warn');
    expect(of(['build', null])).toBe('warn');
    expect(of(['tidegate/apply', null])).toBe('warn');
    expect(of(['tidegate/apply', null], ['tidegate/apply', 5])).toBe('ok');
    expect(of(['tidegate/plan', 5], ['tidegate/apply', null])).toBe('warn');
    expect(of(['tidegate/plan', 5], ['tidegate/apply', 6])).toBe('fail');
  });

  it('a GitHub that takes the question and never answers is given up after ten seconds', async () => {
    const { clock, advance } = createVirtualClock();
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const asked = Promise.withResolvers<void>();
    const desk = createAppDesk({
      appId: 1,
      privateKey,
      apiUrl: 'http://127.0.0.1:9',
      clock,
      log: silentLog,
      fetch: (_url, init) => {
        asked.resolve();
        return new Promise((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
        });
      },
    });
    const registration = desk.registration();
    const refused = expect(registration).rejects.toThrow('no answer within 10 s');
    await asked.promise;
    await advance(10_000);
    await refused;
  });
});

describe('what is printed', () => {
  const findings = [
    ok('node', 'v24'),
    warn('tool helm', 'is old', 'Get a new one.\n  line 3: more'),
    fail('clock', 'is wrong', 'Set it.'),
    skip('app', 'not asked'),
  ];

  it('is a line each, with what to do below it', () => {
    expect(printFindings(findings, false)).toBe(
      [
        '✓ ok   node       v24',
        '! warn tool helm  is old',
        '                  Get a new one.',
        '                    line 3: more',
        '✗ fail clock      is wrong',
        '                  Set it.',
        '· skip app        not asked',
        '',
        '1 failed, 1 to look at.',
        '',
      ].join('\n'),
    );
    expect(printFindings([ok('node', 'v24')], false)).toContain('Everything is fine.');
    expect(printFindings(findings, true)).toContain('\u001b[31m✗ fail\u001b[39m');
  });

  it('is JSON for machines', () => {
    expect(JSON.parse(jsonOf(findings))).toEqual({ ok: false, checks: findings });
    expect(JSON.parse(jsonOf(findings.slice(0, 2)))).toMatchObject({ ok: true });
  });
});
