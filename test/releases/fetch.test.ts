import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConstraint } from '../../src/domain/tool-version.ts';
import { mirrored } from '../support/mirrored-tools.ts';
import { archiveOf } from '../support/release-mirror.ts';
import { standIn } from '../support/stand-in-tool.ts';

const { mirror, create, onDisk, terraform } = await mirrored();

const program = Buffer.from(standIn('1.9.8'));

describe('a version from a mirror', () => {
  it('is fetched, verified and kept, and not fetched again, by a later server neither', async () => {
    const tools = await create();
    const at = (await tools.folderOf(terraform, '1.9.8')) ?? '';
    expect(readFileSync(path.join(at, 'terraform'))).toEqual(program);
    expect(statSync(path.join(at, 'terraform')).mode & 0o777).toBe(0o755);
    expect(
      onDisk()
        .map((file) => path.basename(file))
        .sort(),
    ).toEqual(['kept.json', 'terraform']);
    const asked = mirror().asked.length;
    expect(await tools.folderOf(terraform, '1.9.8')).toBe(at);
    expect(await (await create()).folderOf(terraform, '1.9.8')).toBe(at);
    // Nor does anybody need to be allowed to fetch what is there.
    expect(await (await create({ download: false })).folderOf(terraform, '1.9.8')).toBe(at);
    expect(mirror().asked.length).toBe(asked);
  });

  it('is fetched once for all who want it at the same time', async () => {
    const tools = await create();
    const folders = await Promise.all(Array.from({ length: 8 }, () => tools.folderOf(terraform, '1.9.8')));
    expect(new Set(folders).size).toBe(1);
    expect(mirror().asked.filter((at) => at === archiveOf('1.9.8'))).toEqual([archiveOf('1.9.8')]);
  });

  it('is fetched anew where it is not what was kept any more', async () => {
    const first = await create();
    const at = (await first.folderOf(terraform, '1.9.8')) ?? '';
    writeFileSync(path.join(at, 'terraform'), '#!/bin/sh\necho owned\n');
    expect(await first.folderOf(terraform, '1.9.8')).toBe(at);
    expect(readFileSync(path.join(at, 'terraform'))).toEqual(program);
    writeFileSync(path.join(at, 'terraform'), '#!/bin/sh\necho owned\n');
    expect(await (await create({ download: false })).folderOf(terraform, '1.9.8')).toBeNull();
    expect(onDisk()).toEqual([]);
  });

  it('is the newest that fits and that the steps are for', async () => {
    for (const version of ['0.13.7', '1.9.11', '1.10.2', '1.11.0-rc1']) await mirror().add(version);
    const newest = async (text: string) => {
      const constraint = parseConstraint(text);
      if (constraint === null) throw new Error(text);
      return (await create()).newest(terraform, [constraint]);
    };
    expect(await newest('~> 1.9.0')).toBe('1.9.11');
    expect(await newest('>= 1.0')).toBe('1.10.2');
    await expect(newest('< 1.0')).rejects.toMatchObject({
      problem: { sentence: expect.stringContaining('no release fits it and `>= 1.4`') },
    });
  });

  it('is chosen from what is kept where nobody can be asked, or asking is not allowed', async () => {
    const constraint = parseConstraint('~> 1.9');
    if (constraint === null) throw new Error('no constraint');
    const tools = await create();
    await tools.folderOf(terraform, '1.9.8');
    mirror().files.delete('/index.json');
    expect(await tools.newest(terraform, [constraint])).toBe('1.9.8');
    expect(await (await create({ download: false })).newest(terraform, [constraint])).toBe('1.9.8');
    const never = parseConstraint('~> 1.8.0');
    expect(
      await (await create({ download: false })).newest(terraform, never === null ? [] : [never]),
    ).toBeNull();
  });

  it('is asked of the list once for all, and again when that is old', async () => {
    const asks = () => mirror().asked.filter((at) => at === '/index.json').length;
    const tools = await create({ limits: { indexMs: 0 } });
    const constraint = parseConstraint('>= 1.0');
    const all = constraint === null ? [] : [constraint];
    await Promise.all([tools.newest(terraform, all), tools.newest(terraform, all)]);
    expect(asks()).toBe(1);
    await mirror().add('1.10.0');
    expect(await tools.newest(terraform, all)).toBe('1.10.0');
    expect(asks()).toBe(2);
    // An older list is better than none.
    mirror().files.set('/index.json', Buffer.from('no list'));
    expect(await tools.newest(terraform, all)).toBe('1.10.0');
  });

  it('is not fetched where the operator did not say so', async () => {
    const tools = await create({ download: false });
    expect(await tools.folderOf(terraform, '1.9.8')).toBeNull();
    expect(mirror().asked).toEqual([]);
  });
});
