import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blobBase64, diffFiles, listTree } from '../../src/hub/git/read.ts';
import { startHub } from './world.ts';

const name = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 12 })
  .filter((text) => !/[/\0\ud800-\udfff]/u.test(text) && !/^\.+$|^\.?git|^\s|~/i.test(text));

/** No name is a file and a folder at once: folders end in `d`, files do not. */
const path = fc
  .tuple(fc.array(name, { maxLength: 2 }), name)
  .map(([folders, file]) => [...folders.map((folder) => `${folder}d`), `${file}f`].join('/'));

const tree = fc.dictionary(
  path,
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  { minKeys: 1, maxKeys: 6, noNullPrototype: true },
);

describe('files that are pushed', () => {
  it('come back byte for byte under the same names, and are listed as changed', {
    tags: ['long'],
  }, async () => {
    const hub = await startHub();
    hub.addUser('bob');
    const repo = await hub.addRepository('bob', 'odd');
    let round = 0;
    await fc.assert(
      fc.asyncProperty(tree, async (files) => {
        round += 1;
        const sha = await hub.pushFiles('bob/odd', `round-${round}`, { files, as: 'bob', from: 'main' });
        const changed = await diffFiles(repo.folder, 'main', sha, { patches: true });
        expect(changed.map((file) => file.path).sort()).toEqual(Object.keys(files).sort());
        for (const file of changed) {
          expect(file.status).toBe('added');
          const bytes = Buffer.from(await blobBase64(repo.folder, file.blob), 'base64');
          expect(bytes.equals(files[file.path] ?? Buffer.from('missing'))).toBe(true);
          const [entry] = await listTree(repo.folder, sha, file.path);
          expect(entry?.id).toBe(file.blob);
        }
      }),
      { numRuns: 10 },
    );
  });
});
