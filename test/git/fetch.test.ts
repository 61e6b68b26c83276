import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execaSync } from 'execa';
import { afterEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/domain/problem.ts';
import { standardPath } from '../../src/programs/search-path.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { createHouse, type House, repo } from './house.ts';

const houses: House[] = [];
const build = async (...args: Parameters<typeof createHouse>): Promise<House> => {
  const house = await createHouse(...args);
  houses.push(house);
  return house;
};
afterEach(async () => {
  for (const house of houses.splice(0)) await house.close();
});

const fetches = (house: House): number =>
  house.server.requests.filter((request) => request.includes('info/refs')).length;

describe('single flight', () => {
  /** A server that answers nothing until it is told to. */
  const heldBack = async () => {
    const gate = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    const house = await build(
      {},
      {
        instead: async () => {
          arrived.resolve();
          await gate.promise;
          return false;
        },
      },
    );
    for (const number of [1, 2, 3]) house.author.pull(number, house.commit({ [`${number}.tf`]: 'x' }));
    return { house, arrived: arrived.promise, open: () => gate.resolve() };
  };

  test('calls that come while a fetch runs share the next one, and get what is true then', async () => {
    const { house, arrived, open } = await heldBack();
    const first = house.git.fetch(repo, house.wish());
    await arrived;
    const more = [1, 2, 3, 1, 2, 3].map((pullNumber) => house.git.fetch(repo, house.wish({ pullNumber })));
    const newer = house.commit({ 'newer.tf': 'x' });
    house.author.pull(2, newer);
    open();
    await first;
    const tips = await Promise.all(more);
    expect(tips[1]?.head).toBe(newer);
    expect(tips[4]).toEqual(tips[1]);
    expect(fetches(house)).toBe(2);
    await house.git.fetch(repo, house.wish());
    expect(fetches(house)).toBe(3);
  });

  test('a pull request that is gone does not fail those that share its fetch', async () => {
    const { house, arrived, open } = await heldBack();
    const first = house.git.fetch(repo, house.wish());
    await arrived;
    const others = Promise.allSettled([
      house.git.fetch(repo, house.wish({ pullNumber: 2 })),
      house.git.fetch(repo, house.wish({ pullNumber: 98 })),
      house.git.fetch(repo, house.wish({ baseRef: 'deleted' })),
      house.git.fetch(repo, house.wish({ pullNumber: 3 })),
    ]);
    open();
    await first;
    expect((await others).map((one) => one.status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
  });

  test('repositories do not wait for each other', async () => {
    const { house, arrived, open } = await heldBack();
    const held = house.git.fetch(repo, house.wish());
    await arrived;
    const other = await build();
    other.author.pull(1, other.commit({ a: 'a' }));
    await house.git.fetch({ ...repo, id: 42 }, other.wish());
    open();
    await held;
  });
});

describe('a fetch that fails says why', () => {
  const answer = (status: number, headers: Record<string, string> = {}) =>
    build({}, { instead: (_request, response) => Boolean(response.writeHead(status, headers).end()) });

  test.each([
    [401, 'denied'],
    [403, 'denied'],
    [404, 'not-found'],
    [500, 'unreachable'],
    [502, 'unreachable'],
  ])('%i is %s', async (status, reason) => {
    const house = await answer(status);
    await expect(house.git.fetch(repo, house.wish({ token: 'ghs_secret' }))).rejects.toMatchObject({
      name: 'FetchFailed',
      reason,
      message: expect.not.stringContaining('ghs_secret'),
    });
  });

  test('a redirect is not followed, so the token stays where it was meant for', async () => {
    const thief = await build();
    const house = await answer(301, { location: `${thief.server.origin}/infra.git/info/refs` });
    await expect(house.git.fetch(repo, house.wish({ token: 't' }))).rejects.toMatchObject({
      reason: 'moved',
    });
    expect(thief.server.requests).toEqual([]);
  });

  test('a wrong token, no token, nobody there, no such pull request', async () => {
    const house = await build({}, { token: 'right' });
    const reasonOf = (more: Parameters<House['wish']>[0]) =>
      house.git.fetch(repo, house.wish(more)).catch((error: { reason: string }) => error.reason);
    expect(await reasonOf({ token: 'wrong' })).toBe('denied');
    expect(await reasonOf({ token: '' })).toBe('denied');
    expect(await reasonOf({ url: 'http://127.0.0.1:1/infra.git' })).toBe('unreachable');
    expect(await reasonOf({ url: house.wish().url.replace('infra', 'other') })).toBe('not-found');
    expect(await reasonOf({ pullNumber: 7 })).toBe('no-such-ref');
    expect(await reasonOf({ baseRef: 'none' })).toBe('no-such-ref');
  });

  test('a server that says nothing ends in a time-out, one that breaks off is unreachable', async () => {
    const silent = await build({ fetchTimeout: 400 }, { instead: () => true });
    await expect(silent.git.fetch(repo, silent.wish())).rejects.toMatchObject({ reason: 'timed-out' });
    const cut = await build(
      {},
      { instead: (request) => request.method === 'POST' && Boolean(request.socket.destroy()) },
    );
    await expect(cut.git.fetch(repo, cut.wish())).rejects.toMatchObject({ reason: 'unreachable' });
  });

  test.each([
    'file:///etc',
    '/srv/git/x.git',
    'ssh://git@host/x',
    'ext::sh -c id',
    '--upload-pack=id',
    'https://token@host/x',
    'http://host/x?y',
  ])('%s is no address that is fetched from', async (url) => {
    const house = await build();
    await expect(house.git.fetch(repo, house.wish({ url }))).rejects.toThrow(TypeError);
  });
});

describe('branch names', () => {
  test.each([
    '-x',
    '--upload-pack=id',
    'ü/日本',
    "a'b;c$(id)`id`",
    '@',
    'a@b',
    'HEAD',
    'refs/heads/x',
    'a/b',
  ])('%s is fetched', async (name) => {
    const house = await build();
    const base = house.commit({ 'a.tf': name });
    // `update-ref` of old took any of these; a server may have them.
    house.author.branch(name, base);
    house.author.pull(1, base);
    const fetched = house.git.fetch(repo, house.wish({ baseRef: name }));
    if (name === '@') await expect(fetched).rejects.toThrow(UserError);
    else expect(await fetched).toEqual({ base, head: base });
  });

  test('a branch may take the place of a folder of branches, and the other way round', async () => {
    const house = await build();
    house.author.pull(1, house.commit({}));
    let last = 'main';
    for (const name of ['a', 'a/b', 'a']) {
      const base = house.commit({ name });
      house.author.git(['update-ref', '-d', `refs/heads/${last}`]);
      house.author.branch(name, base);
      last = name;
      expect((await house.git.fetch(repo, house.wish({ baseRef: name }))).base).toBe(base);
    }
  });

  test.each(['', 'a b', 'a..b', 'a@{1}', '*', 'a:refs/heads/main', '+a', 'a\nb', 'x.lock', '/a', 'a//b'])(
    '%j never reaches git',
    async (baseRef) => {
      const house = await build();
      const fetched = house.git.fetch(repo, house.wish({ baseRef }));
      if (baseRef === '+a') {
        await expect(fetched).rejects.toMatchObject({ reason: 'no-such-ref' });
      } else {
        await expect(fetched).rejects.toThrow(UserError);
        expect(house.server.requests).toEqual([]);
      }
    },
  );
});

test('git sees our environment and nothing else, and the token in no argument, address or file', async () => {
  const bin = temporaryFolder('bin');
  const seen = path.join(bin, 'seen');
  const real = execaSync('sh', ['-c', 'command -v git']).stdout;
  writeFileSync(
    path.join(bin, 'git'),
    `#!/bin/sh\n{ tr '\\0' '\\n' < /proc/$$/cmdline; echo ENV; tr '\\0' '\\n' < /proc/$$/environ; echo END; } >> ${seen}\nexec ${real} "$@"\n`,
  );
  chmodSync(path.join(bin, 'git'), 0o755);
  process.env['GIT_DIR'] = '/nowhere';
  process.env['GIT_SSH_COMMAND'] = 'touch /nowhere';
  process.env['SOME_SECRET'] = 'hush';
  try {
    const token = 'ghs_verysecret';
    const encoded = Buffer.from(`x-access-token:${token}`).toString('base64');
    const house = await build({ path: `${bin}:${standardPath}` }, { token });
    house.author.pull(1, house.commit({ a: 'a' }));
    await house.git.fetch(repo, house.wish());
    const [argv = '', environment = ''] = readFileSync(seen, 'utf8').split('ENV\n');
    expect(argv).toContain('fetch');
    expect(argv).not.toContain('secret');
    expect(argv).not.toContain(encoded);
    const names = environment.split('\n').map((line) => line.split('=')[0] ?? '');
    expect(names.filter((name) => !/^GIT_CONFIG_(?:KEY|VALUE)_\d+$/.test(name)).sort()).toEqual(
      [
        '',
        'END',
        'GIT_ASKPASS',
        'GIT_ATTR_NOSYSTEM',
        'GIT_CONFIG_COUNT',
        'GIT_CONFIG_GLOBAL',
        'GIT_CONFIG_NOSYSTEM',
        'GIT_DIR',
        'GIT_LFS_SKIP_SMUDGE',
        'GIT_NO_LAZY_FETCH',
        'GIT_OPTIONAL_LOCKS',
        'GIT_TERMINAL_PROMPT',
        'HOME',
        'LC_ALL',
        'PATH',
        'XDG_CONFIG_HOME',
      ].sort(),
    );
    expect(environment).not.toContain('secret');
    expect(environment).not.toContain(encoded);
    expect(environment).not.toContain('hush');
    for (const entry of readdirSync(path.join(house.root, 'mirrors'), {
      recursive: true,
      withFileTypes: true,
    })) {
      if (!entry.isFile()) continue;
      const bytes = readFileSync(path.join(entry.parentPath, entry.name), 'latin1');
      expect(bytes.includes(token) || bytes.includes(encoded), entry.name).toBe(false);
    }
    expect(readdirSync(path.join(house.root, 'mirrors/empty'))).toEqual([]);
    expect(existsSync(path.join(house.mirror, 'FETCH_HEAD'))).toBe(false);
  } finally {
    for (const name of ['GIT_DIR', 'GIT_SSH_COMMAND', 'SOME_SECRET']) delete process.env[name];
  }
});

/** Whatever a file of /proc holds; nothing where the process has gone, or is not ours to look at. */
const glimpse = (file: string): string => {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
};

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

test('while a fetch is held open its token is in no argument, environment or file of this machine', async () => {
  const token = 'ghs_verysecret';
  const encoded = Buffer.from(`x-access-token:${token}`).toString('base64');
  const scratch = temporaryFolder('scratch');
  const arrived = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const house = await build(
    {},
    {
      token,
      // The second of its requests: whatever is started for a fetch has been started.
      instead: async (request) => {
        if (request.method !== 'POST') return false;
        arrived.resolve();
        await gate.promise;
        return false;
      },
    },
  );
  house.author.pull(1, house.commit({ a: 'a' }));
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = scratch;
  try {
    const fetched = house.git.fetch(repo, house.wish());
    await arrived.promise;
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const fetching = pids.filter((pid) => glimpse(`/proc/${pid}/cmdline`).includes(house.wish().url));
    expect(fetching.length).toBeGreaterThan(1);
    const told = pids.flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`]);
    const files = [...filesBelow(house.root), ...filesBelow(scratch)];
    const holding = [...told, ...files].filter((file) => {
      const text = glimpse(file);
      return text.includes(token) || text.includes(encoded);
    });
    expect(holding).toEqual([]);
    gate.resolve();
    await fetched;
  } finally {
    gate.resolve();
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
});
