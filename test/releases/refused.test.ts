import { createHash } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { mirrored } from '../support/mirrored-tools.ts';
import { archiveOf, type ReleaseMirror, sumsOf } from '../support/release-mirror.ts';
import { standIn } from '../support/stand-in-tool.ts';
import { zip } from '../support/zip.ts';

const { mirror, folder, create, onDisk, refusal, terraform } = await mirrored();

const program = Buffer.from(standIn('1.9.8'));

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
    await spoil(mirror());
    const tools = await create({
      limits: { programBytes: 1_000_000, archiveBytes: 2_000_000, idleMs: 800, limitMs: 3_000 },
    });
    expect(await refusal(tools)).toMatch(reason);
    expect(onDisk()).toEqual([]);
    expect(readdirSync(path.join(folder(), 'tools', '.fetching'))).toEqual([]);
    expect(existsSync(path.join(folder(), 'evil'))).toBe(false);
  });

  it('a certificate of an authority that nobody named is not spoken with', async () => {
    expect(await refusal(await create({ caFile: null }))).toMatch(/^tool-unavailable: .*certificate/);
    expect(mirror().asked).toEqual([]);
  });

  it('what its own key signed is refused under the key of the makers', async () => {
    const own = new Map([['terraform', { url: mirror().url, index: null, keyFile: null }]]);
    expect(await refusal(await create({ runners: own }))).toMatch(
      /^tool-untrusted: .* the signature of its checksums: /,
    );
    expect(onDisk()).toEqual([]);
  });

  it('a good release after a bad one is taken, when it is asked for again', async () => {
    const tools = await create();
    await mirror().sign('1.9.8', 'stranger');
    expect(await refusal(tools)).toMatch(/^tool-untrusted/);
    await mirror().sign('1.9.8');
    expect(await tools.folderOf(terraform, '1.9.8')).not.toBeNull();
  });

  it('what a server was fetching when it stopped is given up, and gone', async () => {
    mirror().answers.set(archiveOf('1.9.8'), (_, response) => void response.writeHead(200).write('PK'));
    const tools = await create();
    const waiting = refusal(tools);
    await expect.poll(() => mirror().asked.includes(archiveOf('1.9.8'))).toBe(true);
    await tools.close();
    expect(await waiting).toContain('the server stopped');
    expect(onDisk()).toEqual([]);
  });

  it('what a server was fetching when it was killed is removed by the next one', async () => {
    const tools = await create();
    await tools.folderOf(terraform, '1.9.8');
    writeFileSync(path.join(folder(), 'tools', '.fetching', 'archive.zip'), 'half');
    await create();
    expect(
      onDisk()
        .map((file) => path.basename(file))
        .sort(),
    ).toEqual(['kept.json', 'terraform']);
  });
});
