import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parseYaml } from '../../src/config/yaml.ts';
import { loadRunners } from '../../src/runner/load.ts';
import { mirrored } from '../support/mirrored-tools.ts';
import { archiveOf, sumsOf } from '../support/release-mirror.ts';
import { standIn } from '../support/stand-in-tool.ts';
import { zip } from '../support/zip.ts';

const { mirror, create } = await mirrored();

it('OpenTofu is fetched from the operator’s mirror as well, by its own names and signature', async () => {
  const opentofu = (await loadRunners([path.resolve('runners')], { parseYaml })).get('opentofu');
  if (opentofu === null) throw new Error('no opentofu runner');
  const { files, sign, url, keyFile, asked } = mirror();
  const program = standIn('1.8.5');
  const archive = zip([{ name: 'tofu', content: Buffer.from(program), mode: 0o100644 }]);
  const name = path.basename(archiveOf('1.8.5')).replace('terraform', 'tofu');
  const sums = Buffer.from(`${createHash('sha256').update(archive).digest('hex')}  ${name}\n`);
  files.set(`/v1.8.5/${name}`, archive);
  files.set('/v1.8.5/tofu_1.8.5_SHA256SUMS', sums);
  files.set(sumsOf('1.8.5'), sums);
  await sign('1.8.5');
  const signature = files.get(`${sumsOf('1.8.5')}.sig`) ?? Buffer.alloc(0);
  files.set('/v1.8.5/tofu_1.8.5_SHA256SUMS.gpgsig', signature);
  const tools = await create({ runners: new Map([['opentofu', { url, index: null, keyFile }]]) });
  const at = (await tools.folderOf(opentofu, '1.8.5')) ?? '';
  expect(readFileSync(path.join(at, 'tofu'), 'utf8')).toBe(program);
  expect(asked).toContain(`/v1.8.5/${name}`);
});
