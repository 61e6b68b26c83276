import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createProviderTool } from '../../../src/cli/providers/tool.ts';
import { openMirrorWriter } from '../../../src/cli/providers/writer.ts';
import { createSystemClock } from '../../../src/clock/system.ts';
import { put } from '../../support/git-author.ts';
import { temporaryFolder } from '../../support/leftovers.ts';
import { providerArchive } from '../../support/provider-registry.ts';
import { programs } from '../../support/server-programs.ts';
import { run } from '../command.ts';
import { providerWorld } from './world.ts';

const world = providerWorld();
const { mirror, address, project, fill, inMirror, registry } = world;

describe('what somebody brings who may push lock files', () => {
  it('does not come along with another provider, whatever lies beside it', async () => {
    const writer = await openMirrorWriter(mirror(), createSystemClock());
    try {
      const at = 'registry.terraform.io/acme/fake';
      const staged = path.join(writer.staging, 'staged');
      for (const name of ['index.json', '1.0.0.json', providerArchive('fake', '1.0.0')])
        put(staged, `${at}/${name}`, '{}');
      put(staged, 'registry.terraform.io/acme/other/1.0.0.json', '{}');
      expect(await writer.place(at, ['1.0.0'], staged)).toContain('is not what was asked for');
      expect([...inMirror().keys()]).toEqual([]);
      rmSync(path.join(staged, 'registry.terraform.io/acme/other'), { recursive: true });
      expect(await writer.place(at, ['1.0.0'], staged)).toBeNull();
      expect(inMirror().size).toBe(3);
    } finally {
      await writer.close();
    }
  });

  it('asks no registry that the operator did not name', async () => {
    await project('network', { fake: '1.0.0' });
    const asked = { folder: world.folder(), home: world.folder() };
    const words = ['mirror', 'checkout', '--mirror', mirror()];
    const came = await run(asked, 'providers', words, { environment: world.environment() });
    expect(came).toMatchObject({ code: 1, out: '' });
    expect(came.said).toContain(`\`--registry ${registry().host}\` lets it`);
    expect(registry().asked).toEqual([]);
    expect([...inMirror().keys()]).toEqual([]);
  });

  it('is not read where it is no lock file by its size', async () => {
    await project('network', { fake: '1.0.0' });
    put(world.folder(), 'checkout/large/.terraform.lock.hcl', ' '.repeat(2_000_001));
    const came = await fill();
    expect(came).toMatchObject({ code: 1, out: `${address('fake')} 1.0.0: put there\n` });
    expect(came.said).toContain('is larger than 2000000 bytes');
  });
});

describe('the folders of a mirror', () => {
  it('are not looked for behind a link', async () => {
    await project('network', { fake: '1.0.0' });
    const elsewhere = path.join(world.folder(), 'elsewhere');
    mkdirSync(elsewhere);
    mkdirSync(mirror(), { recursive: true });
    symlinkSync(elsewhere, path.join(mirror(), registry().host));
    const came = await fill();
    expect(came).toMatchObject({ code: 1, out: '' });
    expect(came.said).toContain('is no folder');
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(readdirSync(mirror())).toEqual([registry().host]);
  });

  it('can be read by every user, whatever the umask', async () => {
    await project('network', { fake: '1.0.0' });
    const before = process.umask(0o077);
    try {
      expect(await fill()).toMatchObject({ code: 0 });
    } finally {
      process.umask(before);
    }
    const file = path.join(mirror(), address('fake'), providerArchive('fake', '1.0.0'));
    for (let at = file; at !== path.dirname(mirror()); at = path.dirname(at))
      expect((await stat(at)).mode & 0o444).toBe(0o444);
  });
});

describe('what terraform says and takes', () => {
  const wanted = { address: 'registry.terraform.io/acme/fake', version: '1.0.0' };
  /** A terraform that does what it is told. */
  const saying = (script: string, more: { limitMs?: number; mostBytes?: number } = {}) => {
    const folder = temporaryFolder('tool');
    const program = path.join(folder, 'terraform');
    writeFileSync(program, `#!/bin/sh\n${script}\n`);
    chmodSync(program, 0o755);
    const environment = {
      PATH: `${folder}:${process.env['PATH']}`,
      TF_TOKEN_registry_terraform_io: 'a-token-of-the-operator',
    };
    const { prlimit } = programs;
    const { signal } = new AbortController();
    const tool = createProviderTool({ folder, environment, prlimit, signal, ...more });
    return tool.fetch('terraform', wanted, path.join(folder, 'into'));
  };

  it('is told without what would open the registry to others', async () => {
    const said = await saying(
      'echo "401 for $TF_TOKEN_registry_terraform_io at https://me:word@cdn.example/x.zip?X-Signature=abcdef, sorry" >&2; exit 1',
    );
    expect(said).toBe('401 for *** at https://***cdn.example/x.zip?*** sorry');
  });

  it('ends when it takes too long', async () => {
    expect(await saying('exec sleep 1000', { limitMs: 300 })).toContain('it took longer than');
  });

  it('ends when a file grows too large', async () => {
    expect(await saying('exec head -c 3000000 /dev/zero > large', { mostBytes: 1_000_000 })).not.toBeNull();
    expect(await saying('exec head -c 3000000 /dev/zero > large', { mostBytes: 4_000_000 })).toBeNull();
  });
});
