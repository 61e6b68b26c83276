import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLocalArtifacts } from '../../src/sandbox/artifact.ts';
import { temporaryFolder } from '../support/leftovers.ts';

const artifacts = createLocalArtifacts();
const refusal = { problem: { code: 'artifact-damaged' } };

const place = () => {
  const folder = temporaryFolder('artifact');
  const checkout = path.join(folder, 'checkout');
  mkdirSync(checkout);
  const planDir = path.join(folder, 'plan');
  mkdirSync(planDir);
  return { folder, checkout, planDir, planFile: path.join(planDir, 'plan.bin') };
};

const write = (checkout: string, name: string, bytes: Uint8Array | string, mode = 0o644) => {
  mkdirSync(path.dirname(path.join(checkout, name)), { recursive: true });
  writeFileSync(path.join(checkout, name), bytes);
  chmodSync(path.join(checkout, name), mode);
};

/** Everything below a folder, in words that compare. */
const listing = (folder: string, at = ''): readonly string[] =>
  readdirSync(path.join(folder, at), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = path.join(at, entry.name);
      const full = path.join(folder, name);
      if (entry.isSymbolicLink()) return [`${name} -> ${readlinkSync(full)}`];
      if (entry.isDirectory()) return listing(folder, name);
      return [`${name} ${(statSync(full).mode & 0o777).toString(8)} ${readFileSync(full, 'hex')}`];
    });

/** Packs a small artifact by hand, so that its index can lie. */
const forged = (entries: readonly Record<string, unknown>[], bytes: readonly string[] = [], plan = 'plan') =>
  Buffer.concat([
    Buffer.from(
      `${JSON.stringify({
        format: 'tidegate-artifact/1',
        plan: { size: plan.length, sha256: createHash('sha256').update(plan).digest('hex') },
        entries,
      })}\n`,
    ),
    Buffer.from(plan),
    ...bytes.map((text) => Buffer.from(text)),
  ]);

const file = (name: string, text: string) => ({
  kind: 'file',
  path: name,
  mode: 0o644,
  size: Buffer.byteLength(text),
  sha256: createHash('sha256').update(text).digest('hex'),
});

const names = fc.stringMatching(/^[a-z.]{0,3}[a-z]$/);
const tree = fc.dictionary(
  fc.array(names, { minLength: 1, maxLength: 3 }).map((parts) =>
    parts
      .map((part) => `${part}_`)
      .join('/')
      .concat('f'),
  ),
  fc.record({ bytes: fc.uint8Array({ maxLength: 40 }), mode: fc.constantFrom(0o644, 0o755, 0o600) }),
  { maxKeys: 6 },
);

test('whatever was packed is laid out again, byte for byte, in any order of paths', async () => {
  await fc.assert(
    fc.asyncProperty(
      tree,
      fc.uint8Array({ maxLength: 60 }),
      fc.array(names, { maxLength: 2 }),
      async (files, plan, gone) => {
        const from = place();
        const to = place();
        try {
          for (const [name, content] of Object.entries(files))
            write(from.checkout, name, content.bytes, content.mode);
          writeFileSync(from.planFile, plan);
          const removed = gone.map((name) => `gone-${name}`);
          for (const name of removed) write(to.checkout, name, 'old');
          const paths = [...Object.keys(files), ...removed];
          const artifact = await artifacts.pack({ ...from, paths });
          expect(await artifacts.pack({ ...from, paths: [...paths].reverse() })).toEqual(artifact);
          await artifacts.unpack(artifact, to);
          expect(listing(to.checkout)).toEqual(listing(from.checkout));
          expect(readFileSync(to.planFile)).toEqual(Buffer.from(plan));
          await artifacts.verify(artifact, to);
        } finally {
          rmSync(from.folder, { recursive: true });
          rmSync(to.folder, { recursive: true });
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('a changed byte anywhere, a cut or an addition is refused, with nothing written', async () => {
  const from = place();
  write(from.checkout, 'a/one.txt', 'some text');
  symlinkSync('one.txt', path.join(from.checkout, 'a/link'));
  writeFileSync(from.planFile, 'the plan');
  const artifact = await artifacts.pack({ ...from, paths: ['a/one.txt', 'a/link', 'gone'] });
  const end = artifact.indexOf(0x0a);
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc
          .tuple(fc.integer({ min: end + 1, max: artifact.length - 1 }), fc.integer({ min: 1, max: 255 }))
          .map(([at, by]) => {
            const copy = Buffer.from(artifact);
            copy[at] = (copy[at] ?? 0) ^ by;
            return copy;
          }),
        fc.integer({ min: 0, max: artifact.length - 1 }).map((length) => artifact.subarray(0, length)),
        fc.uint8Array({ minLength: 1, maxLength: 5 }).map((more) => Buffer.concat([artifact, more])),
      ),
      async (tampered) => {
        const to = place();
        try {
          await expect(artifacts.unpack(tampered, to)).rejects.toMatchObject(refusal);
          expect(readdirSync(to.checkout)).toEqual([]);
          expect(existsSync(to.planFile)).toBe(false);
        } finally {
          rmSync(to.folder, { recursive: true });
        }
      },
    ),
    { numRuns: 80 },
  );
});

describe('an index that lies is refused, with nothing written', () => {
  test.each([
    ['climbs', [file('../out', 'x')], ['x']],
    ['climbs in the middle', [file('a/../../out', 'x')], ['x']],
    ['is absolute', [file('/tmp/out', 'x')], ['x']],
    ['holds an empty name', [file('a//b', 'x')], ['x']],
    ['holds a NUL', [file('a\0b', 'x')], ['x']],
    ['names a file twice', [file('a', 'x'), file('a', 'x')], ['x', 'x']],
    ['is out of order', [file('b', 'x'), file('a', 'x')], ['x', 'x']],
    ['has a link out of the checkout', [{ kind: 'link', path: 'a/l', target: '../../out' }], []],
    ['has an absolute link', [{ kind: 'link', path: 'l', target: '/etc/passwd' }], []],
    ['has a link that climbs after a name', [{ kind: 'link', path: 'l', target: 'd/../../out' }], []],
    ['claims a negative size', [{ ...file('a', 'x'), size: -1 }], ['x']],
    ['claims another size', [{ ...file('a', 'x'), size: 2 }], ['x']],
    ['wants a set-user-id bit', [{ ...file('a', 'x'), mode: 0o4755 }], ['x']],
    ['has a kind nobody knows', [{ kind: 'device', path: 'a' }], []],
  ])('%s', async (_what, entries, bytes) => {
    const to = place();
    await expect(artifacts.unpack(forged(entries, bytes), to)).rejects.toMatchObject(refusal);
    expect(readdirSync(to.planDir)).toEqual([]);
    expect(readdirSync(to.checkout)).toEqual([]);
  });

  test.each(['', '\n', 'not json\n', '{}\n', '[]\n'])('%j is no artifact', async (text) => {
    await expect(artifacts.unpack(Buffer.from(text), place())).rejects.toMatchObject(refusal);
  });
});

test('nothing is written through a link, whether the tree or the artifact brought it', async () => {
  const outside = temporaryFolder('outside');
  const to = place();
  symlinkSync(outside, path.join(to.checkout, 'd'));
  await expect(artifacts.unpack(forged([file('d/x', 'x')], ['x']), to)).rejects.toMatchObject(refusal);
  // The link of the artifact is inside; what comes after would go through it.
  mkdirSync(path.join(to.checkout, 'real'));
  const through = forged([{ kind: 'link', path: 'l', target: 'real' }, file('l/x', 'x')], ['x']);
  await expect(artifacts.unpack(through, to)).rejects.toMatchObject(refusal);
  expect(readdirSync(outside)).toEqual([]);
  expect(readdirSync(path.join(to.checkout, 'real'))).toEqual([]);
});

test('a link in the place of a file is replaced, not followed', async () => {
  const to = place();
  const target = path.join(to.folder, 'target');
  writeFileSync(target, 'untouched');
  symlinkSync(target, path.join(to.checkout, 'a'));
  await artifacts.unpack(forged([file('a', 'new')], ['new']), to);
  expect(lstatSync(path.join(to.checkout, 'a')).isFile()).toBe(true);
  expect(readFileSync(target, 'utf8')).toBe('untouched');
});

test('a file that planning turned into a folder, and one it removed, are so again', async () => {
  const from = place();
  write(from.checkout, 'was-file/now', 'x');
  writeFileSync(from.planFile, 'plan');
  const artifact = await artifacts.pack({ ...from, paths: ['was-file', 'was-file/now', 'removed'] });
  const to = place();
  write(to.checkout, 'was-file', 'old');
  write(to.checkout, 'removed', 'old');
  await artifacts.unpack(artifact, to);
  expect(listing(to.checkout)).toEqual(listing(from.checkout));
  await artifacts.verify(artifact, to);
});

test('what can not be laid out again fails the plan, not the apply', async () => {
  const from = place();
  writeFileSync(from.planFile, 'plan');
  symlinkSync('/etc/passwd', path.join(from.checkout, 'out'));
  const failure = { problem: { code: 'tool-failed' } };
  await expect(artifacts.pack({ ...from, paths: ['out'] })).rejects.toMatchObject(failure);
  await expect(artifacts.pack({ ...from, paths: ['../x'] })).rejects.toMatchObject(failure);
  write(from.checkout, 'large', 'x'.repeat(100));
  const small = createLocalArtifacts({ limitBytes: 50 });
  await expect(small.pack({ ...from, paths: ['large'] })).rejects.toMatchObject(failure);
});

test('no more is taken or laid out than the limit, in whatever way', async () => {
  const from = place();
  writeFileSync(from.planFile, 'plan');
  write(from.checkout, 'grows', 'x'.repeat(40));
  write(from.checkout, 'other', 'y'.repeat(40));
  const small = createLocalArtifacts({ limitBytes: 60 });
  const failure = { problem: { code: 'tool-failed' } };
  await small.pack({ ...from, paths: ['grows'] });
  await expect(small.pack({ ...from, paths: ['grows', 'other'] })).rejects.toMatchObject(failure);
  writeFileSync(from.planFile, 'p'.repeat(61));
  await expect(small.pack({ ...from, paths: [] })).rejects.toMatchObject(failure);
  // Of another server, or of nobody's making: as large as it likes.
  const bomb = forged([file('a', 'x'.repeat(65 * 1024 * 1024))], ['x'.repeat(65 * 1024 * 1024)]);
  const to = place();
  await expect(small.unpack(bomb, to)).rejects.toMatchObject(refusal);
  expect(readdirSync(to.checkout)).toEqual([]);
});

test('a plan file that is a link to a file of the server, or a pipe, is not kept', async () => {
  const from = place();
  const key = path.join(from.folder, 'key.pem');
  writeFileSync(key, 'the key of the App');
  symlinkSync(key, from.planFile);
  const failure = { problem: { code: 'tool-failed' } };
  await expect(artifacts.pack({ ...from, paths: [] })).rejects.toMatchObject(failure);
  rmSync(from.planFile);
  execFileSync('mkfifo', [from.planFile]);
  await expect(artifacts.pack({ ...from, paths: [] })).rejects.toMatchObject(failure);
});

test('whoever exchanges a folder for a link while the server packs gets no file of the server into the artifact', async () => {
  const from = place();
  writeFileSync(from.planFile, 'plan');
  const outside = path.join(from.folder, 'outside');
  mkdirSync(outside);
  const paths = Array.from({ length: 40 }, (_, index) => `d/${index}`);
  write(from.checkout, 'd/x', '');
  for (let index = 0; index < 40; index += 1) {
    write(from.checkout, `d/${index}`, 'own');
    writeFileSync(path.join(outside, String(index)), 'the key of the App');
  }
  const script =
    'const fs = require("node:fs"); const [, dir, out] = process.argv; process.chdir(dir); for (;;) { fs.renameSync("d", "e"); fs.symlinkSync(out, "d"); fs.unlinkSync("d"); fs.renameSync("e", "d"); }';
  const swapper = spawn(process.execPath, ['-e', script, from.checkout, outside], { stdio: 'ignore' });
  try {
    for (let round = 0; round < 150; round += 1) {
      const packed = await artifacts.pack({ ...from, paths });
      expect(packed.includes('the key of the App')).toBe(false);
    }
  } finally {
    const gone = once(swapper, 'exit');
    swapper.kill('SIGKILL');
    await gone;
  }
});

describe('verify names what is not as it was planned', () => {
  const changes: readonly (readonly [string, (checkout: string, planFile: string) => void, string])[] = [
    ['other bytes', (checkout) => writeFileSync(path.join(checkout, 'a/one'), 'twO'), 'a/one'],
    ['another mode', (checkout) => chmodSync(path.join(checkout, 'a/one'), 0o755), 'a/one'],
    ['a missing file', (checkout) => rmSync(path.join(checkout, 'a/one')), 'a/one'],
    ['a removed file that is back', (checkout) => writeFileSync(path.join(checkout, 'gone'), ''), 'gone'],
    [
      'another link target',
      (checkout) => {
        rmSync(path.join(checkout, 'a/link'));
        symlinkSync('two', path.join(checkout, 'a/link'));
      },
      'a/link',
    ],
    ['another plan file', (_checkout, planFile) => writeFileSync(planFile, 'plaN'), '(plan file)'],
  ];
  test.each(changes)('%s', async (_what, change, named) => {
    const from = place();
    write(from.checkout, 'a/one', 'two');
    symlinkSync('one', path.join(from.checkout, 'a/link'));
    writeFileSync(from.planFile, 'plan');
    const artifact = await artifacts.pack({ ...from, paths: ['a/one', 'a/link', 'gone'] });
    await artifacts.verify(artifact, from);
    change(from.checkout, from.planFile);
    await expect(artifacts.verify(artifact, from)).rejects.toMatchObject(refusal);
    await expect(artifacts.verify(artifact, from)).rejects.toThrow(JSON.stringify(named));
  });
});

describe('a look at what lies in a checkout', () => {
  test('reads plain files, and follows nothing', async () => {
    const { checkout, folder } = place();
    write(folder, 'outside/key', 'secret');
    write(checkout, 'a/plain', 'text');
    write(checkout, 'a/run', 'x', 0o755);
    symlinkSync(path.join(folder, 'outside/key'), path.join(checkout, 'a/link'));
    symlinkSync(path.join(folder, 'outside'), path.join(checkout, 'b'));
    execFileSync('mkfifo', [path.join(checkout, 'a/pipe')]);
    const at = (name: string) => artifacts.look(checkout, name, 4);
    expect(await at('a/plain')).toEqual({ kind: 'file', bytes: Buffer.from('text'), executable: false });
    expect(await at('a/run')).toMatchObject({ kind: 'file', executable: true });
    expect(await artifacts.look(checkout, 'a/plain', 3)).toEqual({ kind: 'too-large' });
    for (const name of ['a', 'a/link', 'b/key', 'a/plain/inner', 'a/pipe'])
      expect([name, await at(name)]).toEqual([name, { kind: 'odd' }]);
    for (const name of ['c', 'c/d', 'a/none']) expect(await at(name)).toEqual({ kind: 'nothing' });
  });
});
