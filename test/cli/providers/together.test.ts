import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { cliConfig } from '../../../src/sandbox/local/cli-config.ts';
import { lockText, providerArchive, zipHash } from '../../support/provider-registry.ts';
import { providerWorld } from './world.ts';

const world = providerWorld();
const { mirror, address, publish, project, fill, inMirror, leftBeside, registry } = world;
const packed = (type: string, version: string) => `${address(type)}/${providerArchive(type, version)}`;

/** Resolves when a package is asked for, which does not come until `go` is called. */
const held = () => {
  const reached = Promise.withResolvers<string>();
  const going = Promise.withResolvers<void>();
  registry().onPackage((name) => {
    reached.resolve(name);
    return going.promise;
  });
  return { reached: reached.promise, go: () => going.resolve() };
};

/** The command in a process of its own, as the operator starts it. */
const command = (): ChildProcess =>
  spawn(process.execPath, [path.resolve('src/main.ts'), 'providers', ...world.words()], {
    cwd: world.folder(),
    env: world.environment(),
    stdio: 'ignore',
  });

/** An `init` of a run: what it says where it fails. */
const init = async (type: string, version: string, hashes: readonly string[]): Promise<string | null> => {
  const at = mkdtempSync(path.join(world.folder(), 'run-'));
  const settings = path.join(at, 'run.tfrc');
  writeFileSync(settings, await cliConfig(mirror()));
  writeFileSync(path.join(at, '.terraform.lock.hcl'), lockText({ [address(type)]: { version, hashes } }));
  writeFileSync(
    path.join(at, 'main.tf.json'),
    JSON.stringify({ terraform: { required_providers: { it: { source: address(type) } } } }),
  );
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: at,
    TF_CLI_CONFIG_FILE: settings,
    CHECKPOINT_DISABLE: '1',
  };
  return new Promise((resolve) => {
    execFile('terraform', ['init', '-no-color', '-lockfile=readonly'], { cwd: at, env }, (error, out, err) =>
      resolve(error === null ? null : `${out}${err}`),
    );
  });
};

describe('several at one mirror', () => {
  it('are one writer: the second is told who works, and changes nothing', { tags: ['long'] }, async () => {
    await project('network', { fake: '1.0.0' });
    const { reached, go } = held();
    // A lock of the kernel is between processes.
    const first = command();
    await reached;
    const came = await fill();
    expect(came).toMatchObject({ code: 1, out: '' });
    expect(came.said).toContain(`Somebody else fills the mirror \`${mirror()}\`: process ${first.pid} on `);
    expect([...inMirror().keys()]).toEqual([]);
    const ended = once(first, 'exit');
    go();
    expect(await ended).toEqual([0, null]);
    expect(inMirror().has(packed('fake', '1.0.0'))).toBe(true);
    expect(await fill()).toMatchObject({ code: 0, out: `${address('fake')} 1.0.0: is there\n` });
  });

  it('see nothing of what one leaves that is killed in the middle, and the next one goes on', {
    tags: ['long'],
  }, async () => {
    await project('network', { fake: '1.0.0' });
    await fill();
    const before = inMirror();
    await project('database', { fake: '1.2.0', other: '2.0.0' });
    const { reached, go } = held();
    const first = command();
    await reached;
    const ended = once(first, 'exit');
    first.kill('SIGKILL');
    await ended;
    go();
    expect(inMirror()).toEqual(before);
    expect(await fill()).toMatchObject({ code: 0 });
    expect(leftBeside()).toEqual([]);
    expect(inMirror().has(packed('other', '2.0.0'))).toBe(true);
  });

  it('see nothing of what one leaves that is asked to stop', async () => {
    await project('network', { fake: '1.0.0' });
    const { reached, go } = held();
    const stopped = Promise.withResolvers<void>();
    const filling = fill({ stopped: stopped.promise });
    await reached;
    stopped.resolve();
    expect(await filling).toMatchObject({ code: 1, said: expect.stringContaining('Stopped.') });
    go();
    expect([...inMirror().keys()]).toEqual([]);
    expect(leftBeside()).toEqual([]);
  });

  it('read while one writes, and none ever fails or sees a part', { tags: ['long'] }, async () => {
    const one = await publish('fake', '1.0.0');
    await project('network', { fake: '1.0.0' });
    expect(await fill()).toMatchObject({ code: 0 });
    const versions = ['1.1.0', '1.2.0', '1.3.0', '1.4.0'];
    const large = Buffer.alloc(2_000_000, 'provider ');
    for (const version of versions) {
      await publish('fake', version, [{ name: `terraform-provider-fake_v${version}`, content: large }]);
      await project(`of-${version}`, { fake: version });
    }
    let writing = true;
    const filling = fill().finally(() => {
      writing = false;
    });
    const failures: string[] = [];
    let reads = 0;
    /** Each index, whenever it is looked at, names what is there and whole. */
    const look = (): void => {
      const at = path.join(mirror(), address('fake'));
      const index: { versions: Record<string, unknown> } = JSON.parse(
        readFileSync(path.join(at, 'index.json'), 'utf8'),
      );
      for (const version of Object.keys(index.versions)) {
        const named = JSON.parse(readFileSync(path.join(at, `${version}.json`), 'utf8'));
        if (named.archives === undefined) failures.push(`${version}.json has no archives`);
        if (statSync(path.join(at, providerArchive('fake', version))).size === 0)
          failures.push(`${version} is empty`);
      }
    };
    const looking = (async () => {
      while (writing) {
        look();
        await nextTurn();
      }
    })();
    while (writing) {
      const said = await init('fake', '1.0.0', [zipHash(one)]);
      reads += 1;
      if (said !== null) failures.push(said);
    }
    expect(await filling).toMatchObject({ code: 0 });
    await looking;
    expect(failures).toEqual([]);
    expect(reads).toBeGreaterThan(1);
    expect(
      Object.keys(
        JSON.parse(readFileSync(path.join(mirror(), address('fake'), 'index.json'), 'utf8')).versions,
      ),
    ).toEqual(['1.0.0', ...versions]);
  });

  it('keep what is there, which terraform takes away and puts there again when it fills a mirror itself', async () => {
    // The twin: between the two a run finds nothing.
    await project('network', { fake: '1.0.0' });
    expect(await fill()).toMatchObject({ code: 0 });
    const at = path.join(world.folder(), 'by-hand');
    mkdirSync(at);
    const source = { source: address('fake'), version: '1.0.0' };
    writeFileSync(
      path.join(at, 'main.tf.json'),
      JSON.stringify({ terraform: { required_providers: { it: source } } }),
    );
    const before = statSync(path.join(mirror(), packed('fake', '1.0.0'))).ino;
    const { reached, go } = held();
    const writing = spawn('terraform', ['providers', 'mirror', mirror()], {
      cwd: at,
      env: world.environment(),
      stdio: 'ignore',
    });
    const ended = once(writing, 'exit');
    await reached;
    go();
    await ended;
    expect(statSync(path.join(mirror(), packed('fake', '1.0.0'))).ino).not.toBe(before);
    const same = statSync(path.join(mirror(), packed('fake', '1.0.0'))).ino;
    expect(await fill()).toMatchObject({ code: 0 });
    expect(statSync(path.join(mirror(), packed('fake', '1.0.0'))).ino).toBe(same);
  });
});
