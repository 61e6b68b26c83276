import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { cliConfig } from '../../../src/sandbox/local/cli-config.ts';
import { providerArchive, zipHash } from '../../support/provider-registry.ts';
import { zip } from '../../support/zip.ts';
import { providerWorld } from './world.ts';

const world = providerWorld();
const { mirror, address, project, fill, inMirror, leftBeside, registry } = world;
const packed = (type: string, version: string) => `${address(type)}/${providerArchive(type, version)}`;

/** As a run does it, with the lock file of a project and nowhere else to ask. */
const init = async (dir: string, type: string): Promise<void> => {
  const at = path.join(world.folder(), 'checkout', dir);
  const settings = path.join(world.folder(), 'run.tfrc');
  writeFileSync(settings, await cliConfig(mirror()));
  writeFileSync(
    path.join(at, 'main.tf.json'),
    JSON.stringify({
      terraform: { required_providers: { it: { source: address(type), version: '>= 1.0.0' } } },
    }),
  );
  execFileSync('terraform', ['init', '-no-color', '-lockfile=readonly'], {
    cwd: at,
    env: { PATH: process.env['PATH'] ?? '', HOME: at, TF_CLI_CONFIG_FILE: settings, CHECKPOINT_DISABLE: '1' },
    stdio: 'pipe',
  });
};

describe('a mirror of providers', () => {
  it('has what the lock files of a checkout name, verified, for runs that need nothing else', async () => {
    await project('network', { fake: '1.0.0' });
    await project('database', { fake: '1.2.0', other: '3.1.0' });
    const came = await fill();
    expect(came).toMatchObject({ code: 0, said: '' });
    expect(came.out.split('\n').sort()).toEqual(
      [
        '',
        `${address('fake')} 1.0.0: put there`,
        `${address('fake')} 1.2.0: put there`,
        `${address('other')} 3.1.0: put there`,
      ].sort(),
    );
    expect([...inMirror().keys()].sort()).toEqual(
      [
        packed('fake', '1.0.0'),
        packed('fake', '1.2.0'),
        packed('other', '3.1.0'),
        ...['index.json', '1.0.0.json', '1.2.0.json'].map((name) => `${address('fake')}/${name}`),
        ...['index.json', '3.1.0.json'].map((name) => `${address('other')}/${name}`),
      ].sort(),
    );
    expect(leftBeside()).toEqual([]);
    const placed = statSync(path.join(mirror(), packed('fake', '1.0.0')));
    expect([placed.mode & 0o777, placed.nlink]).toEqual([0o644, 1]);
    expect(statSync(path.join(mirror(), address('fake'))).mode & 0o777).toBe(0o755);
    // Nobody is asked any more: the registry would be in the way of the test's certificate.
    await init('network', 'fake');
  });

  it('is asked of the registry for nothing that is there, and changed in nothing', async () => {
    await project('network', { fake: '1.0.0' });
    await fill();
    const before = inMirror();
    const asked = registry().asked.length;
    expect(await fill()).toMatchObject({ code: 0, out: `${address('fake')} 1.0.0: is there\n` });
    expect(registry().asked.length).toBe(asked);
    expect(inMirror()).toEqual(before);
  });

  it('gets newer versions beside those that are there, in the indexes too', async () => {
    await project('network', { fake: '1.0.0' });
    await fill();
    const before = inMirror();
    await project('database', { fake: '1.2.0' });
    expect(await fill()).toMatchObject({ code: 0 });
    for (const [name, bytes] of before)
      if (!name.endsWith('/index.json')) expect(inMirror().get(name)).toEqual(bytes);
    const index: unknown = JSON.parse(
      readFileSync(path.join(mirror(), address('fake'), 'index.json'), 'utf8'),
    );
    expect(index).toEqual({ versions: { '1.0.0': {}, '1.2.0': {} } });
    await init('database', 'fake');
  });

  it('takes no package that one of its lock files refuses, and says which', async () => {
    await project('network', { fake: '1.0.0' });
    await project('wrong', { fake: '1.0.0' }, [`zh:${'0'.repeat(64)}`]);
    const came = await fill();
    expect(came.code).toBe(1);
    expect(came.said).toContain('checkout/wrong/.terraform.lock.hcl');
    expect(came.said).not.toContain('checkout/network/.terraform.lock.hcl');
    expect(came.said).toContain('checksums');
    expect([...inMirror().keys()]).toEqual([]);
  });

  it('takes nothing but what the registry signed', async () => {
    await project('network', { fake: '1.0.0', other: '1.0.0' });
    registry().swap('fake', '1.0.0');
    const came = await fill();
    expect(came).toMatchObject({ code: 1, out: `${address('other')} 1.0.0: put there\n` });
    expect(came.said).toContain('Failed to authenticate');
    expect([...inMirror().keys()].filter((name) => name.includes('/fake/'))).toEqual([]);
  });

  it('gets a provider that it does not have with all versions or not at all', async () => {
    await project('network', { fake: '1.0.0' });
    await project('database', { fake: '1.2.0' });
    registry().swap('fake', '1.2.0');
    const came = await fill();
    expect(came).toMatchObject({ code: 1, out: '' });
    expect(came.said).toContain('1.0.0: is not put there without the other versions');
    expect([...inMirror().keys()]).toEqual([]);
  });

  it('keeps what is there, whatever lock files say of it', async () => {
    await project('network', { fake: '1.0.0' });
    const at = path.join(mirror(), packed('fake', '1.0.0'));
    const other = zip([{ name: 'terraform-provider-fake_v1.0.0', content: Buffer.from('of somebody else') }]);
    mkdirSync(path.dirname(at), { recursive: true });
    writeFileSync(at, other);
    const came = await fill();
    expect(came).toMatchObject({ code: 1, out: '' });
    expect(came.said).toContain('what is there is left as it is');
    expect(inMirror()).toEqual(new Map([[packed('fake', '1.0.0'), other]]));
  });

  it('keeps an index that says otherwise, and puts nothing beside it', async () => {
    await project('network', { fake: '1.0.0' });
    const at = path.join(mirror(), address('fake'), '1.0.0.json');
    mkdirSync(path.dirname(at), { recursive: true });
    const own = {
      archives: Object.fromEntries([
        [`${process.platform}_amd64`, { url: 'https://elsewhere' }],
        [`${process.platform}_arm64`, { url: 'https://elsewhere' }],
      ]),
    };
    writeFileSync(at, JSON.stringify(own));
    const before = inMirror();
    const came = await fill();
    expect(came.code).toBe(1);
    expect(came.said).toContain('says otherwise, or is no index');
    expect(inMirror()).toEqual(before);
  });

  it('believes no lock without hashes, and nothing that is no provider', async () => {
    await project('network', { fake: '1.0.0' }, []);
    await project('half', { other: '1.0.0' }, ['h1:short', 'sha1:abc']);
    expect(await fill()).toMatchObject({ code: 1, out: '' });
    const lock = path.join(world.folder(), 'checkout/network/.terraform.lock.hcl');
    writeFileSync(
      lock,
      `provider "../../x/y" {\n version = "1.0.0"\n hashes = ["${zipHash(Buffer.from(''))}"]\n}\n`,
    );
    const came = await fill();
    expect(came.said).toContain('which is no provider that can be fetched');
    expect(came.said).toContain(
      'without any hash: ask the people of the repository for `terraform providers lock`',
    );
    writeFileSync(lock, 'provider "registry.opentofu.org/x/y" {\n version = "1.0.0"\n}\n');
    expect((await fill()).said).toContain('for `tofu providers lock`');
    expect(registry().asked).toEqual([]);
    expect([...inMirror().keys()]).toEqual([]);
  });

  it('runs no line of the checkout', async () => {
    await project('network', { fake: '1.0.0' });
    const at = path.join(world.folder(), 'checkout/network/main.tf');
    writeFileSync(at, 'this is no configuration, and would fail if it was read');
    expect(await fill()).toMatchObject({ code: 0 });
  });

  it('is the one of the operator file', async () => {
    await project('network', { fake: '1.0.0' });
    const config = path.join(world.folder(), 'operator.yaml');
    writeFileSync(config, `allow: [acme/*]\nsandbox: {provider_mirror: ${mirror()}}\n`);
    const { run } = await import('../command.ts');
    const asked = { folder: world.folder(), home: world.folder() };
    const environment = world.environment();
    const words = ['mirror', 'checkout', '--config', 'operator.yaml', '--registry', registry().host];
    const came = await run(asked, 'providers', words, {
      environment,
    });
    expect(came).toMatchObject({ code: 0 });
    expect(inMirror().has(packed('fake', '1.0.0'))).toBe(true);
    writeFileSync(config, 'allow: [acme/*]\n');
    const none = await run(asked, 'providers', ['mirror', 'checkout', '--config', 'operator.yaml'], {
      environment,
    });
    expect(none).toMatchObject({
      code: 1,
      said: expect.stringContaining('names no `sandbox.provider_mirror`'),
    });
  });
});
