import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import { UserError } from '../../src/domain/problem.ts';
import { parseConstraint } from '../../src/domain/tool-version.ts';
import { silentLog } from '../../src/observe/log.ts';
import { loadRunners } from '../../src/runner/load.ts';
import type { Tools } from '../../src/tools/port.ts';
import { createTools, type ToolsOptions } from '../../src/tools/tools.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { archiveOf, type ReleaseMirror, startReleaseMirror, sumsOf } from '../support/release-mirror.ts';
import { standIn } from '../support/stand-in-tool.ts';
import { zip } from '../support/zip.ts';

const runners = await loadRunners(path.resolve('runners'), { parseYaml });
const found = runners.get('terraform');
if (found === null) throw new Error('no terraform runner');
const terraform = found;

let folder: string;
let mirror: ReleaseMirror;
const open: Tools[] = [];

beforeEach(async () => {
  folder = temporaryFolder('releases');
  mirror = await startReleaseMirror(folder);
  await mirror.add('1.9.8');
});
afterEach(async () => {
  for (const tools of open.splice(0)) await tools.close();
  await mirror.close();
});

const create = async (more: Partial<ToolsOptions> = {}): Promise<Tools> => {
  const tools = await createTools({
    folder: path.join(folder, 'tools'),
    download: true,
    caFile: mirror.caFile,
    runners: new Map([['terraform', { url: mirror.url, index: null, keyFile: mirror.keyFile }]]),
    environment: {},
    clock: createSystemClock(),
    log: silentLog,
    ...more,
  });
  open.push(tools);
  return tools;
};

/** All files below the folder of versions. */
const onDisk = (): readonly string[] =>
  existsSync(path.join(folder, 'tools'))
    ? readdirSync(path.join(folder, 'tools'), { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => path.join(entry.parentPath, entry.name))
    : [];

/** Code and sentence of what a fetch is refused with; fails where it is not. */
const refusal = async (tools: Tools, version = '1.9.8'): Promise<string> => {
  try {
    await tools.folderOf(terraform, version);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `${error.problem.code}: ${error.problem.sentence}`;
  }
  throw new Error('it was not refused');
};

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
    const asked = mirror.asked.length;
    expect(await tools.folderOf(terraform, '1.9.8')).toBe(at);
    expect(await (await create()).folderOf(terraform, '1.9.8')).toBe(at);
    // Nor does anybody need to be allowed to fetch what is there.
    expect(await (await create({ download: false })).folderOf(terraform, '1.9.8')).toBe(at);
    expect(mirror.asked.length).toBe(asked);
  });

  it('is fetched once for all who want it at the same time', async () => {
    const tools = await create();
    const folders = await Promise.all(Array.from({ length: 8 }, () => tools.folderOf(terraform, '1.9.8')));
    expect(new Set(folders).size).toBe(1);
    expect(mirror.asked.filter((at) => at === archiveOf('1.9.8'))).toEqual([archiveOf('1.9.8')]);
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
    for (const version of ['0.13.7', '1.9.11', '1.10.2', '1.11.0-rc1']) await mirror.add(version);
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
    mirror.files.delete('/index.json');
    expect(await tools.newest(terraform, [constraint])).toBe('1.9.8');
    expect(await (await create({ download: false })).newest(terraform, [constraint])).toBe('1.9.8');
    const never = parseConstraint('~> 1.8.0');
    expect(
      await (await create({ download: false })).newest(terraform, never === null ? [] : [never]),
    ).toBeNull();
  });

  it('is asked of the list once for all, and again when that is old', async () => {
    const asks = () => mirror.asked.filter((at) => at === '/index.json').length;
    const tools = await create({ limits: { indexMs: 0 } });
    const constraint = parseConstraint('>= 1.0');
    const all = constraint === null ? [] : [constraint];
    await Promise.all([tools.newest(terraform, all), tools.newest(terraform, all)]);
    expect(asks()).toBe(1);
    await mirror.add('1.10.0');
    expect(await tools.newest(terraform, all)).toBe('1.10.0');
    expect(asks()).toBe(2);
    // An older list is better than none.
    mirror.files.set('/index.json', Buffer.from('no list'));
    expect(await tools.newest(terraform, all)).toBe('1.10.0');
  });

  it('is not fetched where the operator did not say so', async () => {
    const tools = await create({ download: false });
    expect(await tools.folderOf(terraform, '1.9.8')).toBeNull();
    expect(mirror.asked).toEqual([]);
  });
});

/** What a mirror has instead, and the refusal it meets. */
const wrong: readonly (readonly [string, (mirror: ReleaseMirror) => Promise<unknown> | unknown, RegExp])[] = [
  [
    'an archive with another checksum',
    ({ files }) => files.set(archiveOf('1.9.8'), zip([{ name: 'terraform', content: Buffer.from('x') }])),
    /^tool-untrusted: .* does not have the checksum that was signed\.$/,
  ],
  [
    'checksums that were changed after they were signed',
    ({ files }) => {
      const digest = createHash('sha256').update('x').digest('hex');
      files.set(archiveOf('1.9.8'), Buffer.from('x'));
      files.set(sumsOf('1.9.8'), Buffer.from(`${digest}  ${path.basename(archiveOf('1.9.8'))}\n`));
    },
    /^tool-untrusted: .* the signature of its checksums: /,
  ],
  [
    'the signature of a stranger',
    (one) => one.sign('1.9.8', 'stranger'),
    /^tool-untrusted: .* the signature of its checksums: /,
  ],
  [
    'something that is no signature',
    ({ files }) => files.set(`${sumsOf('1.9.8')}.sig`, Buffer.from('trust me')),
    /^tool-untrusted: .* the signature of its checksums: /,
  ],
  [
    'a signature of another release',
    async (one) => {
      await one.add('1.9.7');
      one.files.set(`${sumsOf('1.9.8')}.sig`, one.files.get(`${sumsOf('1.9.7')}.sig`) ?? Buffer.alloc(0));
    },
    /^tool-untrusted: .* the signature of its checksums: /,
  ],
  [
    'a signed list without this machine',
    async (one) => {
      one.files.set(sumsOf('1.9.8'), Buffer.from(`${'0'.repeat(64)}  terraform_1.9.8_plan9_mips.zip\n`));
      await one.sign('1.9.8');
    },
    /^tool-unavailable: .* is not in the signed list of its release\.$/,
  ],
  [
    'an archive that climbs',
    (one) =>
      one.add('1.9.8', [
        { name: 'terraform', content: program },
        { name: '../../../evil', content: program },
      ]),
    /^tool-untrusted: .*invalid relative path/,
  ],
  [
    'an archive with a name from the top',
    (one) =>
      one.add('1.9.8', [
        { name: '/tmp/evil', content: program },
        { name: 'terraform', content: program },
      ]),
    /^tool-untrusted: .*absolute path/,
  ],
  [
    'a link for a program',
    (one) => one.add('1.9.8', [{ name: 'terraform', content: Buffer.from('/bin/sh'), mode: 0o120777 }]),
    /^tool-untrusted: .* it is no plain file in the archive\.$/,
  ],
  [
    'two programs of one name',
    (one) =>
      one.add('1.9.8', [
        { name: 'terraform', content: program },
        { name: 'terraform', content: Buffer.from('x') },
      ]),
    /^tool-untrusted: .* more than one `terraform`\.$/,
  ],
  [
    'no program',
    (one) => one.add('1.9.8', [{ name: 'bin/terraform', content: program }]),
    /^tool-untrusted: .* the archive has no `terraform`\.$/,
  ],
  [
    'a bomb',
    (one) => one.add('1.9.8', [{ name: 'terraform', content: Buffer.alloc(3_000_000) }]),
    /^tool-untrusted: .* unpacked it is larger than 1000000 bytes\.$/,
  ],
  [
    'a bomb that says it is small',
    (one) => one.add('1.9.8', [{ name: 'terraform', content: Buffer.alloc(3_000_000), saysSize: 1000 }]),
    /^tool-untrusted: .*too many bytes/,
  ],
  [
    'no archive at all, but signed',
    async (one) => {
      const text = Buffer.from('no archive');
      one.files.set(archiveOf('1.9.8'), text);
      one.files.set(
        sumsOf('1.9.8'),
        Buffer.from(
          `${createHash('sha256').update(text).digest('hex')}  ${path.basename(archiveOf('1.9.8'))}\n`,
        ),
      );
      await one.sign('1.9.8');
    },
    /^tool-untrusted: /,
  ],
  [
    'nothing',
    ({ files }) => files.clear(),
    /^tool-unavailable: terraform `1\.9\.8` could not be fetched: `localhost:\d+` answers with 404\.$/,
  ],
  [
    'no signature',
    ({ files }) => files.delete(`${sumsOf('1.9.8')}.sig`),
    /^tool-unavailable: .* answers with 404\.$/,
  ],
  [
    'no archive',
    ({ files }) => files.delete(archiveOf('1.9.8')),
    /^tool-unavailable: .* answers with 404\.$/,
  ],
  [
    'an error',
    ({ answers }) => answers.set(sumsOf('1.9.8'), (_, response) => response.writeHead(503).end()),
    /^tool-unavailable: .* answers with 503\.$/,
  ],
  [
    'a way to HTTP',
    ({ answers }) =>
      answers.set(archiveOf('1.9.8'), (_, response) =>
        response.writeHead(302, { location: 'http://localhost:1/x.zip' }).end(),
      ),
    /^tool-unavailable: .* it leads to `http:`, which is not HTTPS\.$/,
  ],
  [
    'a circle',
    ({ answers }) =>
      answers.set(archiveOf('1.9.8'), (_, response) =>
        response.writeHead(302, { location: archiveOf('1.9.8') }).end(),
      ),
    /^tool-unavailable: .* more than 5 redirects\.$/,
  ],
  [
    'half of it',
    ({ answers, files }) => {
      const all = files.get(archiveOf('1.9.8')) ?? Buffer.alloc(0);
      answers.set(archiveOf('1.9.8'), (_, response) => {
        response.writeHead(200, { 'content-length': all.length });
        response.write(all.subarray(0, 100), () => response.destroy());
      });
    },
    /^tool-unavailable: /,
  ],
  [
    'less than it says, in order',
    ({ answers, files }) => {
      const all = files.get(archiveOf('1.9.8')) ?? Buffer.alloc(0);
      answers.set(
        archiveOf('1.9.8'),
        (_, response) => void response.writeHead(200).end(all.subarray(0, 100)),
      );
    },
    /^tool-untrusted: .* does not have the checksum that was signed\.$/,
  ],
  [
    'no end',
    ({ answers }) => {
      answers.set(archiveOf('1.9.8'), (_, response) => {
        response.writeHead(200);
        const more = (): void => void (response.destroyed || response.write(Buffer.alloc(500_000), more));
        more();
      });
    },
    /^tool-unavailable: .* it is larger than 2000000 bytes\.$/,
  ],
  [
    'silence',
    ({ answers }) => answers.set(archiveOf('1.9.8'), () => undefined),
    /^tool-unavailable: .* no answer for 0\.8 seconds\.$/,
  ],
  [
    'silence in the middle',
    ({ answers }) =>
      answers.set(archiveOf('1.9.8'), (_, response) => void response.writeHead(200).write('PK')),
    /^tool-unavailable: .* no answer for 0\.8 seconds\.$/,
  ],
  [
    'a drop now and then',
    ({ answers }) => {
      answers.set(archiveOf('1.9.8'), (_, response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write('.'), 50);
        response.once('close', () => clearInterval(drip));
      });
    },
    /^tool-unavailable: .* it took more than 3 seconds\.$/,
  ],
];

describe('a mirror that has', () => {
  it.each(wrong)('%s is refused, with the reason, and nothing is left', async (_, spoil, reason) => {
    await spoil(mirror);
    const tools = await create({
      limits: { programBytes: 1_000_000, archiveBytes: 2_000_000, idleMs: 800, limitMs: 3_000 },
    });
    expect(await refusal(tools)).toMatch(reason);
    expect(onDisk()).toEqual([]);
    expect(readdirSync(path.join(folder, 'tools', '.fetching'))).toEqual([]);
    expect(existsSync(path.join(folder, 'evil'))).toBe(false);
  });

  it('a certificate of an authority that nobody named is not spoken with', async () => {
    expect(await refusal(await create({ caFile: null }))).toMatch(/^tool-unavailable: .*certificate/);
    expect(mirror.asked).toEqual([]);
  });

  it('what its own key signed is refused under the key of the makers', async () => {
    const own = new Map([['terraform', { url: mirror.url, index: null, keyFile: null }]]);
    expect(await refusal(await create({ runners: own }))).toMatch(
      /^tool-untrusted: .* the signature of its checksums: /,
    );
    expect(onDisk()).toEqual([]);
  });

  it('a good release after a bad one is taken, when it is asked for again', async () => {
    const tools = await create();
    await mirror.sign('1.9.8', 'stranger');
    expect(await refusal(tools)).toMatch(/^tool-untrusted/);
    await mirror.sign('1.9.8');
    expect(await tools.folderOf(terraform, '1.9.8')).not.toBeNull();
  });

  it('what a server was fetching when it stopped is given up, and gone', async () => {
    mirror.answers.set(archiveOf('1.9.8'), (_, response) => void response.writeHead(200).write('PK'));
    const tools = await create();
    const waiting = refusal(tools);
    await expect.poll(() => mirror.asked.includes(archiveOf('1.9.8'))).toBe(true);
    await tools.close();
    expect(await waiting).toContain('the server stopped');
    expect(onDisk()).toEqual([]);
  });

  it('what a server was fetching when it was killed is removed by the next one', async () => {
    const tools = await create();
    await tools.folderOf(terraform, '1.9.8');
    writeFileSync(path.join(folder, 'tools', '.fetching', 'archive.zip'), 'half');
    await create();
    expect(
      onDisk()
        .map((file) => path.basename(file))
        .sort(),
    ).toEqual(['kept.json', 'terraform']);
  });
});
