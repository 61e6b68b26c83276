import { existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { root } from '../../src/domain/repo-path.ts';
import type { Reach } from '../../src/domain/run.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { makePlace, step, until } from './place.ts';

/*
 * What the operator shows to tools behind a wall, to whom, and that it is only shown.
 */

let outside: string;
const file = (name: string): string => path.join(outside, name);
beforeEach(() => {
  outside = temporaryFolder('outside');
  mkdirSync(file('mirror'));
  for (const name of ['plan', 'apply', 'named-plan', 'named-apply', 'repository', 'mirror/index.json'])
    writeFileSync(file(name), `${name}\n`);
});

const begin = async () => {
  const place = await makePlace({
    environment: {
      plan: { CREDENTIALS: file('named-plan'), FOLDER: outside },
      apply: { CREDENTIALS: file('named-apply') },
    },
    isolation: {
      readOnly: { plan: [file('plan'), outside], apply: [file('apply')] },
      providerMirror: file('mirror'),
    },
  });
  mkdirSync(place.checkout);
  writeFileSync(path.join(place.data, 'sentinel'), 'canary');
  return place;
};

const see = async (verb: Reach, script: string, isolation = begin()): Promise<string> => {
  const place = await isolation;
  const session = await place.open('run_shown', verb, root, { REPOSITORY: file('repository') });
  const { text } = await session.run(step([place.program('see', `cd ${outside}\n${script}`)]));
  await session.dispose();
  return text;
};

test('an apply sees what is for applies, and a file that a variable of its own names', async () => {
  const text = await see('apply', 'ls; cat apply named-apply "$CREDENTIALS" mirror/index.json');
  expect(text).toBe('apply\nmirror\nnamed-apply\napply\nnamed-apply\nnamed-apply\nmirror/index.json\n');
});

test('a variable of a repository shows nothing', async () => {
  expect(await see('apply', 'cat "$REPOSITORY"')).toContain('No such file');
});

test('what is shown can be read only', async () => {
  const text = await see(
    'plan',
    'cat plan; for f in plan mirror/index.json mirror/new new; do echo x > $f; done',
  );
  expect(text.match(/Read-only file system/g)).toHaveLength(4);
  expect(existsSync(file('mirror/new'))).toBe(false);
});

test('a tool that is a link to where it was unpacked is found, and nothing beside it is shown', async () => {
  const place = await begin();
  writeFileSync(file('unpacked'), '#!/bin/sh\nls "$(dirname "$(readlink -f "$0")")"; echo "$TMPDIR"\n', {
    mode: 0o755,
  });
  const session = await place.open('run_link', 'apply');
  symlinkSync(file('unpacked'), path.join(place.bin, 'linked'));
  const { text } = await session.run(step(['linked']));
  expect(text).toBe('apply\nmirror\nnamed-apply\nunpacked\n/tmp\n');
  await session.dispose();
});

test('the data folder is never shown, not even by name', async () => {
  const place = await makePlace();
  mkdirSync(place.checkout);
  writeFileSync(path.join(place.data, 'sentinel'), 'canary');
  const named = makePlace({
    isolation: {
      dataFolder: place.data,
      readOnly: {
        plan: [place.data, path.join(place.data, 'sentinel'), path.dirname(place.data)],
        apply: [],
      },
    },
  });
  mkdirSync((await named).checkout);
  expect(await see('plan', `cat ${place.data}/sentinel`, named)).toContain('No such file');
});

test('nor by another name of what it is in', async () => {
  const disk = temporaryFolder('disk');
  mkdirSync(path.join(disk, 'tidegate'));
  writeFileSync(path.join(disk, 'tidegate', 'sentinel'), 'canary');
  const link = path.join(temporaryFolder('links'), 'data');
  symlinkSync(path.join(disk, 'tidegate'), link);
  const place = makePlace({ isolation: { dataFolder: link, readOnly: { plan: [disk], apply: [] } } });
  mkdirSync((await place).checkout);
  expect(await see('plan', `cat ${disk}/tidegate/sentinel`, place)).toContain('No such file');
});

test('credentials that rotate are seen as they are now', async () => {
  mkdirSync(file('..old'));
  mkdirSync(file('..new'));
  writeFileSync(file('..old/token'), 'old\n');
  writeFileSync(file('..new/token'), 'new\n');
  symlinkSync('..old', file('..data'));
  symlinkSync('..data/token', file('token'));
  const place = await makePlace({ environment: { apply: { TOKEN: file('token') } } });
  mkdirSync(place.checkout);
  const session = await place.open('run_token', 'apply');
  const reader = place.program(
    'read',
    'cat "$TOKEN"; : > read; while [ ! -e go ]; do sleep 0.05; done; cat "$TOKEN"',
  );
  const running = session.run(step([reader]));
  await until(() => existsSync(path.join(place.checkout, 'read')));
  symlinkSync('..new', file('..next'));
  renameSync(file('..next'), file('..data'));
  writeFileSync(path.join(place.checkout, 'go'), '');
  expect((await running).text).toBe('old\nnew\n');
  await session.dispose();
});

test('the network is there, or not, as the operator says of each verb', async () => {
  const place = await makePlace({ isolation: { network: { plan: false, apply: true } } });
  mkdirSync(place.checkout);
  const interfaces = async (verb: Reach, id: string): Promise<string> => {
    const session = await place.open(id, verb);
    const { text } = await session.run(
      step([place.program('interfaces', 'cat /proc/net/dev | wc -l; cat /proc/net/tcp | wc -l')]),
    );
    await session.dispose();
    return text;
  };
  // Two lines of headings, and loopback.
  expect(await interfaces('plan', 'run_plan')).toBe('3\n1\n');
  expect(await interfaces('apply', 'run_apply')).not.toBe('3\n1\n');
});

test('a kept version of a tool is run and cannot be changed, and nothing else of the data folder is shown', async () => {
  const data = temporaryFolder('kept');
  const at = path.join(data, 'tools', 'terraform', '1.9.8');
  mkdirSync(at, { recursive: true });
  writeFileSync(path.join(data, 'sentinel'), 'canary');
  writeFileSync(
    path.join(at, 'kept-tool'),
    `#!/bin/sh\necho "from $(dirname "$0")"; echo x > "$0"; ls ${data} ${data}/tools; cat ${data}/sentinel\n`,
    { mode: 0o755 },
  );
  const place = await makePlace({ isolation: { dataFolder: data, toolsFolder: path.join(data, 'tools') } });
  mkdirSync(place.checkout);
  const session = await place.open('run_kept', 'plan');
  const { text } = await session.run(step(['kept-tool'], { toolFolder: at }));
  await session.dispose();
  expect(text).toContain(`from ${at}`);
  expect(text).toContain('Read-only file system');
  expect(text).toContain(`${data}:\ntools\n`);
  expect(text).not.toContain('canary');
});

test('a program sees what it is made of, and of its run an apply may write where it plans once more, not where the reviewed plan is', async () => {
  const place = await begin();
  const made = temporaryFolder('made');
  writeFileSync(path.join(made, 'beside'), 'beside it\n');
  writeFileSync(
    path.join(made, 'program'),
    '#!/bin/sh\ncat "$(dirname "$0")/beside"; echo new > "$1/new" && cat "$1/new"; echo evil > "$2/plan.bin" && echo wrote\n',
    { mode: 0o755 },
  );
  const session = await place.open('run_made', 'apply');
  writeFileSync(path.join(session.files, 'plan.bin'), 'reviewed');
  const { fresh, files } = session;
  const argv: [string, ...string[]] = [path.join(made, 'program'), fresh, files];
  const { text } = await session.run({ ...step(argv), madeOf: [made] });
  expect(text).toContain('beside it\nnew\n');
  expect(text).not.toContain('wrote');
  const without = await session.run(step(argv));
  expect(without.text).not.toContain('beside it');
  await session.dispose();
});
