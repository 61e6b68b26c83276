import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { put } from '../support/git-author.ts';
import { pictureOf } from './folder-picture.ts';
import { createHouse, type Files, type House, noRescue, repo } from './house.ts';

let house: House;
let canary: string;
beforeEach(async () => {
  house = await createHouse();
  canary = path.join(house.root, 'canary');
});
afterEach(() => house.close());

/** Everything that is ever done with a repository: fetched, laid out, worked in, looked at, laid out again, fetched. */
const live = async (files: Files, prepare: (folder: string) => void = () => {}): Promise<string> => {
  const folder = house.place();
  const tree = await house.tree(files);
  prepare(folder);
  await house.git.checkout(repo.id, tree, folder, noRescue);
  put(folder, 'left', 'by a tool');
  await house.git.written(repo.id, tree, folder);
  await house.git.checkout(repo.id, tree, folder, noRescue);
  const base = house.commit({ 'base.tf': 'b' });
  house.author.branch('main', base);
  const next = await house.tree({ ...files, 'next.tf': 'n' });
  await house.git.mergeOf(repo.id, base, base);
  await house.git.checkout(repo.id, next, folder, noRescue);
  return folder;
};

const touching = (name: string) => ({ run: `#!/bin/sh\necho '${name}' >> '${canary}'\n` });

/** By the names of githooks(5); all of them where a bare repository keeps them. */
const hooks = [
  ...['post-checkout', 'post-index-change', 'pre-auto-gc', 'reference-transaction', 'post-merge'],
  ...['fsmonitor-watchman', 'post-rewrite', 'pre-commit', 'update', 'post-update', 'pre-receive'],
];

const submodule = (line: string) => `[submodule "s"]\n\tpath = s\n\t${line}\n`;

test.each<[trick: string, files: () => Files, mirror?: () => void]>([
  [
    'hooks, in the tree and in the mirror',
    () => Object.fromEntries(hooks.map((name) => [`hooks/${name}`, touching(name)])),
    () => {
      for (const name of hooks) put(house.mirror, `hooks/${name}`, touching(name));
    },
  ],
  [
    'a file system monitor',
    () => ({ 'a.tf': 'a', '.gitconfig': `[core]\n\tfsmonitor = touch ${canary}\n` }),
    () => append(`[core]\n\tfsmonitor = "touch '${canary}' ; false"\n`),
  ],
  [
    'filters of large files',
    () => ({
      '.gitattributes': '* filter=lfs diff=lfs merge=lfs\n',
      '.lfsconfig': '[lfs]\n\turl = http://127.0.0.1:1/\n',
      'a.bin': `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 1\n`,
    }),
    () =>
      append(
        `[filter "lfs"]\n\tprocess = touch ${canary}\n\tsmudge = touch ${canary}\n\tclean = touch ${canary}\n\trequired = true\n`,
      ),
  ],
  [
    'a submodule that runs a program to be fetched',
    () => ({
      '.gitmodules': submodule(`url = ext::sh -c touch% ${canary}`),
      s: { submodule: house.commit({ s: 's' }) },
    }),
    () => append('[submodule]\n\trecurse = true\n[fetch]\n\trecurseSubmodules = true\n'),
  ],
  [
    'a submodule in a folder of this machine',
    () => ({
      '.gitmodules': submodule(`url = file://${house.author.repository}`),
      s: { submodule: house.commit({ s: 's' }) },
    }),
    () => append('[submodule]\n\trecurse = true\n[submodule "s"]\n\tactive = true\n'),
  ],
  [
    'a submodule whose path ends in a carriage return, over a link to its hooks (CVE-2025-48384)',
    () => ({
      '.gitmodules': '[submodule "s"]\n\tpath = "s\r"\n\turl = ./x\n',
      's\r': { submodule: house.commit({ 'post-checkout': touching('post-checkout') }) },
      s: { link: '.git/modules/s/hooks' },
    }),
  ],
  [
    'attributes that name drivers of the mirror',
    () => ({ '.gitattributes': '* diff=evil merge=evil filter=evil\n', 'base.tf': 'other', 'a.tf': 'a' }),
    () =>
      append(
        ['diff "evil"]\n\ttextconv', 'diff "evil"]\n\tcommand', 'merge "evil"]\n\tdriver']
          .concat(['filter "evil"]\n\tsmudge', 'filter "evil"]\n\tclean'])
          .map((place) => `[${place} = touch ${canary}\n`)
          .join(''),
      ),
  ],
])('%s: nothing of it runs, and the tree is laid out as it is', async (_trick, files, mirror = () => {}) => {
  const all = files();
  const folder = await live(all, mirror);
  expect(existsSync(canary) ? readFileSync(canary, 'utf8') : 'nothing ran').toBe('nothing ran');
  for (const name of Object.keys(all)) expect(Object.keys(pictureOf(folder))).toContain(name);
});

/** To the configuration of the mirror itself, where none of a repository's own words ever comes. */
const append = (lines: string): void => {
  const file = path.join(house.mirror, 'config');
  put(house.mirror, 'config', `${readFileSync(file, 'utf8')}${lines}`);
};

test('a server that only has files can not send the fetch to another one', async () => {
  const asked: string[] = [];
  const thief = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization ?? ''}`);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => thief.listen(0, '127.0.0.1', resolve));
  const { port } = thief.address() as AddressInfo;
  const head = 'a'.repeat(40);
  const dumb = await createHouse(
    {},
    {
      instead: (request, response) => {
        const name = (request.url ?? '').split('?')[0]?.replace('/infra.git/', '');
        const texts: Readonly<Record<string, string>> = {
          'info/refs': `${head}\trefs/heads/main\n${head}\trefs/pull/1/head\n`,
          HEAD: 'ref: refs/heads/main\n',
          'objects/info/http-alternates': `http://127.0.0.1:${port}/objects/\n`,
          'objects/info/alternates': `/etc\nhttp://127.0.0.1:${port}/objects\n`,
        };
        const text = texts[name ?? ''];
        response.writeHead(text === undefined ? 404 : 200, { 'content-type': 'text/plain' }).end(text);
        return true;
      },
    },
  );
  try {
    await expect(dumb.git.fetch(repo, dumb.wish({ token: 'ghs_secret' }))).rejects.toMatchObject({
      name: 'FetchFailed',
    });
    expect(dumb.server.requests.join(' ')).toContain('http-alternates');
    expect(asked).toEqual([]);
  } finally {
    await dumb.close();
    await new Promise((resolve) => thief.close(resolve));
  }
});
