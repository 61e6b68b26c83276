import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { operatorPath, standardPath } from '../../src/programs/search-path.ts';

/** As `@npmcli/run-script` makes it (`lib/set-path.js`), for a script of the package in `folder`. */
const asNpmSets = (folder: string, before: string): string => {
  const entries: string[] = [];
  for (let at = folder, last = ''; at !== last; last = at, at = path.dirname(at))
    entries.push(path.join(at, 'node_modules', '.bin'));
  return [...entries, '/opt/npm/node_modules/@npmcli/run-script/lib/node-gyp-bin', before].join(':');
};

describe('the PATH of the operator', () => {
  it.each<[string | undefined, string, string]>([
    ['/usr/bin:/bin', '/usr/bin:/bin', 'is left alone'],
    ['/srv/node_modules/.bin:/usr/bin', '/usr/bin', 'has no folder of packages'],
    ['/usr/bin:/srv/node_modules/.bin/:/bin', '/usr/bin:/bin', 'has none in the middle, with a slash behind'],
    ['/srv/node_modules//.bin:/bin', '/bin', 'has none that is written another way'],
    ['/srv/node_modules/x/../.bin:/bin', '/bin', 'has none that leads there'],
    ['/opt/npm/lib/node-gyp-bin:/bin', '/bin', 'has not the folder that npm adds for node-gyp'],
    [':/usr/bin', '/usr/bin', 'has no empty entry, which means the current folder'],
    ['/usr/bin:', '/usr/bin', 'has none in the end'],
    ['/usr/bin::/bin', '/usr/bin:/bin', 'has none in the middle'],
    ['.:/bin', '/bin', 'has not the current folder'],
    ['./bin:bin:../bin:/bin', '/bin', 'has no relative entry'],
    ['node_modules/.bin:/bin', '/bin', 'has no relative folder of packages'],
    [
      '/opt/ada/.nvm/versions/node/v24.1.0/bin:/bin',
      '/opt/ada/.nvm/versions/node/v24.1.0/bin:/bin',
      'has nvm',
    ],
    ['/opt/ada/.asdf/shims:/nix/store/x/bin', '/opt/ada/.asdf/shims:/nix/store/x/bin', 'has asdf and nix'],
    ['/opt/node_modules/bin:/x/.bin', '/opt/node_modules/bin:/x/.bin', 'has what only looks like it'],
    ['', standardPath, 'is the usual one when it is empty'],
    ['.:/a/node_modules/.bin', standardPath, 'is the usual one when nothing is left'],
    [undefined, standardPath, 'is the usual one when there is none'],
  ])('%j is %j: %s', (given, wanted, _what) => {
    expect(operatorPath(given)).toBe(wanted);
  });

  it('is what it was before npm, wherever the checkout is and however often npm runs npm', () => {
    const name = fc.stringMatching(/^[a-z@][a-z0-9._-]{0,7}$/);
    const folder = fc.array(name, { maxLength: 5 }).map((names) => `/${names.join('/')}`);
    const own = fc
      .array(folder, { minLength: 1, maxLength: 4 })
      .map((folders) => folders.map((one) => `${one === '/' ? '' : one}/programs`).join(':'));
    fc.assert(
      fc.property(own, fc.array(folder, { maxLength: 3 }), (before, checkouts) => {
        const after = checkouts.reduce((so, checkout) => asNpmSets(checkout, so), before);
        expect(operatorPath(after)).toBe(before);
      }),
    );
  });
});
