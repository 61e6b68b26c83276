import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createRetention } from '../../src/flow/retention.ts';
import type { Tools } from '../../src/tools/port.ts';
import { createMemoryWorld, type MemoryWorld, repo } from '../support/memory-world.ts';
import { mirrored } from '../support/mirrored-tools.ts';
import { archiveOf } from '../support/release-mirror.ts';

const { mirror, create, onDisk, terraform, folder } = await mirrored();

const day = 24 * 3_600_000;
const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

/** A server with nothing but a plan, and versions that were fetched. */
const server = async (more: Parameters<typeof create>[0] = {}) => {
  const w = await createMemoryWorld({ main: { 'network/main.tf': 'terraform {\n  backend "http" {}\n}\n' } });
  open.push(w);
  const tools = await create({ clock: w.ports.clock, ...more });
  return { w, tools };
};

/** One whole pass of retention that begins now. */
const pass = async (w: MemoryWorld, tools: Tools): Promise<void> => {
  const retention = createRetention({ ...w.ports, tools });
  await w.advance(61_000);
  for (let bites = 0; (await retention.turn()) === 0; bites += 1)
    if (bites > 500) throw new Error('it does not end');
};

const versions = async (tools: Tools) => (await tools.kept()).map(({ version }) => version).sort();

describe('a version that was fetched', () => {
  it('goes when nobody asked for it for long, and comes again when somebody does', async () => {
    const { w, tools } = await server();
    await mirror().add('1.10.2');
    const at = (await tools.folderOf(terraform, '1.9.8')) ?? '';
    await tools.folderOf(terraform, '1.10.2');
    w.jump(60 * day);
    await tools.folderOf(terraform, '1.10.2');
    await pass(w, tools);
    expect(await versions(tools)).toEqual(['1.10.2', '1.9.8']);
    w.jump(31 * day);
    await pass(w, tools);
    expect(await versions(tools)).toEqual(['1.10.2']);
    expect(existsSync(path.dirname(at))).toBe(false);
    expect(readdirSync(path.join(folder(), 'tools', '.fetching'))).toEqual([]);
    expect(await tools.folderOf(terraform, '1.9.8')).toBe(at);
    expect(mirror().asked.filter((one) => one === archiveOf('1.9.8')).length).toBe(2);
  });

  it('stays as long as a plan that is kept was made with it', async () => {
    const { w, tools } = await server();
    w.open(1, { 'network/main.tf': 'terraform {\n  backend "http" {}\n}\n# two\n' });
    await w.event(1, 'opened');
    await w.settled();
    const [run] = await w.ports.store.runs.latest({ repositoryId: repo.id, pullNumber: 1 });
    const version = run?.plan?.toolVersion ?? '';
    expect(version).not.toBe('1.9.8');
    await mirror().add(version);
    await tools.folderOf(terraform, version);
    await tools.folderOf(terraform, '1.9.8');
    w.jump(1000 * day);
    await pass(w, tools);
    expect(await versions(tools)).toEqual([version]);
  });

  it('stays while a run is under way that began when it was asked for', async () => {
    const { w, tools } = await server();
    await tools.folderOf(terraform, '1.9.8');
    const held = Promise.withResolvers<void>();
    w.tool.hooks.set('plan', async () => {
      await held.promise;
      return undefined;
    });
    w.open(1, { 'network/main.tf': 'terraform {\n  backend "http" {}\n}\n# two\n' });
    await w.event(1, 'opened');
    await w.until(async () => (await w.ports.store.runs.inState(['running'])).length === 1);
    w.jump(1000 * day);
    await pass(w, tools);
    expect(await versions(tools)).toEqual(['1.9.8']);
    held.resolve();
    await w.settled();
    await pass(w, tools);
    expect(await versions(tools)).toEqual([]);
  });

  it('stays where it could not be fetched again', async () => {
    const first = await server();
    await first.tools.folderOf(terraform, '1.9.8');
    const { w, tools } = await server({ download: false });
    w.jump(1000 * day);
    await pass(w, tools);
    expect(await tools.folderOf(terraform, '1.9.8')).not.toBeNull();
  });

  it('is whole or not there for whoever asks while it goes', async () => {
    const { w, tools } = await server();
    await tools.folderOf(terraform, '1.9.8');
    const [kept] = await tools.kept();
    if (kept === undefined) throw new Error('nothing is kept');
    const later = w.ports.clock.now() + 1;
    // Asked for before it is to go, it stays; asked for while it goes, it is fetched anew.
    const asking = tools.folderOf(terraform, '1.9.8');
    expect(await tools.remove(kept, later)).toBe(false);
    await asking;
    w.jump(1000);
    const [gone, at] = await Promise.all([
      tools.remove(kept, w.ports.clock.now()),
      tools.folderOf(terraform, '1.9.8'),
    ]);
    expect(gone).toBe(true);
    expect(existsSync(path.join(at ?? '', 'terraform'))).toBe(true);
    expect(
      onDisk()
        .map((file) => path.basename(file))
        .sort(),
    ).toEqual(['kept.json', 'terraform']);
    expect(await tools.remove(kept, w.ports.clock.now())).toBe(false);
  });
});
