import { afterEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../src/clock/port.ts';
import { createSystemClock } from '../../src/clock/system.ts';
import { createGithubForge } from '../../src/forge/github/forge.ts';
import type { Log } from '../../src/observe/log.ts';
import { json, stubApi } from './stub-api.ts';
import { privateKey } from './webhook-server.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const repo = { id: 9, owner: 'acme', name: 'infra', installationId: 3 };
const ref = { repo, number: 4 };
const sha = 'a'.repeat(40);
const pull = {
  title: 'Grow',
  html_url: 'https://github.com/acme/infra/pull/4',
  state: 'open',
  merged: null,
  draft: false,
  user: { id: 2, login: 'ann', type: 'User' },
  head: { sha, ref: 'grow', repo: { id: 9 } },
  base: { sha, ref: 'main', repo: { id: 9, full_name: 'acme/infra' } },
};

const recorder = () => {
  const lines: string[] = [];
  const write = (message: string, facts?: object) =>
    void lines.push(`${message} ${JSON.stringify(facts ?? {})}`);
  const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log };
  return { log, lines };
};

const arrange = async (
  reply: Parameters<typeof stubApi>[0],
  clock: Clock = createSystemClock(),
  aheadMs = 0,
) => {
  const api = await stubApi(reply, aheadMs);
  closing.push(api.close);
  const { log, lines } = recorder();
  const forge = createGithubForge({ appId: 1, privateKey, apiUrl: `${api.url}/api/v3`, clock, log });
  return { ...api, forge, lines };
};

const unavailable = (words: string | RegExp) =>
  expect.objectContaining({ failure: 'unavailable', message: expect.stringMatching(words) });

describe('tokens', () => {
  test.each([
    ['a day behind', 86_400_000],
    ['an hour behind', 3_600_000],
    ['an hour ahead', -3_600_000],
    ['a day ahead', -86_400_000],
  ])('are had, and used for their life, though our clock is %s', async (_words, aheadMs) => {
    const { forge, mints, calls } = await arrange(json(200, pull), createSystemClock(), aheadMs);
    await forge.pull(ref);
    await forge.pull(ref);
    expect(mints()).toHaveLength(2);
    expect(calls().map(({ authorization }) => authorization)).toEqual(['token ghs_t1', 'token ghs_t1']);
  });

  test('reach one repository, and are used again', async () => {
    const { forge, mints, calls } = await arrange(json(200, pull));
    await forge.pull(ref);
    await forge.pull(ref);
    expect(mints()).toMatchObject([
      {
        line: 'POST /api/v3/app/installations/3/access_tokens',
        authorization: expect.stringMatching(/^bearer ey/),
        body: { repository_ids: [9] },
      },
    ]);
    expect(calls().map(({ authorization }) => authorization)).toEqual(['token ghs_t1', 'token ghs_t1']);
  });

  test('for Git can only read contents', async () => {
    const { forge, url, mints } = await arrange(json(200, pull));
    expect(await forge.remote(repo)).toMatchObject({ url: `${url}/acme/infra.git`, token: 'ghs_t1' });
    expect(mints()).toMatchObject([{ body: { repository_ids: [9], permissions: { contents: 'read' } } }]);
  });

  test('for Git are revoked when the server ends, and no others', async () => {
    const { forge, calls, lines } = await arrange((res, asked) =>
      asked.line.startsWith('DELETE') ? void res.writeHead(204).end() : json(200, pull)(res, asked),
    );
    await forge.pull(ref);
    const { token, done } = await forge.remote(repo);
    done();
    expect((await forge.remote(repo)).token).toBe(token);
    await forge.close();
    expect(calls().filter(({ line }) => line.startsWith('DELETE'))).toEqual([
      { line: 'DELETE /api/v3/installation/token', authorization: `token ${token}`, body: null },
    ]);
    expect(lines.join('')).not.toContain('could not be revoked');
    expect((await forge.remote(repo)).token).not.toBe(token);
  });

  test('that cannot be revoked are a line in the log, without the token', async () => {
    const { forge, lines } = await arrange(json(500, { message: 'no' }));
    await forge.remote(repo);
    await forge.close();
    expect(lines.join('')).toContain('could not be revoked');
    expect(lines.join('')).not.toContain('ghs_');
  });

  test('that are refused are minted anew, once', async () => {
    const { forge, mints, calls } = await arrange((res, asked) =>
      asked.authorization === 'token ghs_t1'
        ? json(401, { message: 'Bad credentials' })(res, asked)
        : json(200, pull)(res, asked),
    );
    expect((await forge.pull(ref)).title).toBe('Grow');
    expect(mints()).toHaveLength(2);
    expect(calls()).toHaveLength(2);
  });

  test('that are always refused end in an error', async () => {
    const { forge, calls } = await arrange(json(401, { message: 'Bad credentials' }));
    await expect(forge.pull(ref)).rejects.toEqual(unavailable('401: Bad credentials'));
    expect(calls()).toHaveLength(2);
  });

  test('are in no log and in no error', async () => {
    const { forge, lines } = await arrange(json(403, { message: 'Resource not accessible by integration' }));
    const error: unknown = await forge.pull(ref).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ failure: 'refused' });
    const said = lines.join('\n') + JSON.stringify(error, Object.getOwnPropertyNames(error));
    expect(said).toContain('/pulls/4');
    expect(said).not.toContain('ghs_');
    expect(said).not.toContain('bearer');
  });

  test('need a key that is one', async () => {
    const api = await stubApi(json(200, pull));
    closing.push(api.close);
    const { log } = recorder();
    const clock = createSystemClock();
    const forge = createGithubForge({ appId: 1, privateKey: 'no key', apiUrl: api.url, clock, log });
    await expect(forge.pull(ref)).rejects.toMatchObject({ failure: 'unavailable' });
    expect(api.asked).toEqual([]);
  });
});

describe('answers that are none', () => {
  test('one that stops in the middle', async () => {
    const { forge } = await arrange((res) => {
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': 10_000 });
      res.write('{"title":');
      setImmediate(() => res.destroy());
    });
    await expect(forge.pull(ref)).rejects.toEqual(unavailable('cut off'));
  });

  test('one that is a page of a proxy', async () => {
    const { forge } = await arrange((res) => {
      res.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>');
    });
    await expect(forge.pull(ref)).rejects.toEqual(unavailable('not JSON'));
  });

  test('one that never comes', async () => {
    const waits: (() => void)[] = [];
    const system = createSystemClock();
    // Time passes when the test says so.
    const sleep = (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        expect(ms).toBe(20_000);
        signal?.addEventListener('abort', () => resolve());
        waits.push(resolve);
      });
    const { forge } = await arrange(() => waits.at(-1)?.(), { ...system, sleep });
    await expect(forge.pull(ref)).rejects.toEqual(unavailable('no answer within 20 s'));
  });

  test('one from nobody', async () => {
    const { log } = recorder();
    const api = await stubApi(json(200, pull));
    await api.close();
    const clock = createSystemClock();
    const forge = createGithubForge({ appId: 1, privateKey, apiUrl: api.url, clock, log });
    await expect(forge.pull(ref)).rejects.toEqual(unavailable('ECONNREFUSED'));
  });
});

test('a page on another host is never asked for: the number is taken, the address is ours', async () => {
  const foreign = await stubApi(json(200, []));
  closing.push(foreign.close);
  const { forge, calls } = await arrange((res, asked) =>
    asked.line.includes('page=2')
      ? json(200, [{ ...pull, number: 2 }])(res, asked)
      : json(200, [{ ...pull, number: 1 }], { link: `<${foreign.url}/steal?page=2>; rel="next"` })(
          res,
          asked,
        ),
  );
  expect((await forge.openPulls(repo)).items?.map(({ number }) => number)).toEqual([1, 2]);
  expect(calls()).toHaveLength(2);
  expect(foreign.asked).toEqual([]);
});
