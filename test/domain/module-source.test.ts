import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outsideCalls } from '../../src/domain/module-calls.ts';
import { gitModule, placeOfRemote } from '../../src/domain/module-source.ts';
import { repoPath } from '../../src/domain/repo-path.ts';

describe('where a module comes from', () => {
  it.each([
    ['github.com/acme/modules//net?ref=v1', 'net', 'git::https://github.com/acme/modules.git//net?ref=v1'],
    ['github.com/Acme/Modules.git', '.', 'git::https://github.com/Acme/Modules.git'],
    ['git@github.com:acme/modules.git//a/b', 'a/b', 'git::ssh://git@github.com/acme/modules.git//a/b'],
    ['git::git@github.com:acme/modules', '.', 'git::ssh://git@github.com/acme/modules'],
    [
      'git::ssh://git@github.com/acme/modules.git//net?ref=v1',
      'net',
      'git::ssh://git@github.com/acme/modules.git//net?ref=v1',
    ],
    [
      'git::https://github.com/acme/modules//net?ref=v1&depth=1',
      'net',
      'git::https://github.com/acme/modules//net?ref=v1&depth=1',
    ],
    ['https://github.com/acme/modules.git//net', 'net', 'https://github.com/acme/modules.git//net'],
  ])('is read from %s, and written as the tools write it', (source, folder, recorded) => {
    expect(gitModule(source)).toEqual({ host: 'github.com', repository: 'acme/modules', folder, recorded });
  });

  it.each([
    'app.terraform.io/acme/network/aws',
    'acme/network/aws',
    './network',
    '../network',
    'git::file:///srv/modules.git',
    'https://github.com/acme/modules/archive/v1.zip',
    's3::https://s3.amazonaws.com/acme/modules.zip',
    'github.com/acme',
    'github.com/acme/modules//../../other',
    'github.com/acme/modules//net/',
    'git::https://token@github.com/acme/modules.git',
    'git::https://github.com/acme/modules.git//a b',
    '',
  ])('is nobody’s guess: %j', (source) => {
    expect(gitModule(source)).toBeNull();
  });

  it('leads to a plain folder of a plain name, whatever is written', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'git@hub.com:/acme?=&%~- .') }), (text) => {
        for (const source of [text, `github.com/acme/${text}`, `git::https://h/o/${text}`]) {
          const found = gitModule(source);
          if (found === null) continue;
          expect(found.repository).toMatch(/^[\w.-]+\/[\w.-]+$/);
          expect(found.repository.split('/')).not.toContain('..');
          expect(repoPath(found.folder)).toBe(found.folder);
        }
      }),
    );
  });

  it('is the repository that git fetches by that address', () => {
    expect(placeOfRemote('http://127.0.0.1:4000/Acme/modules.git')).toEqual({
      host: '127.0.0.1:4000',
      repository: 'acme/modules',
    });
    expect(placeOfRemote('https://github.com/acme')).toBeNull();
  });
});

describe('the calls of a project', () => {
  const call = (name: string, source: string) => ({ name, source, isPlain: true, version: null, line: 1 });
  const files = {
    live: [{ path: 'live/main.tf', modules: [call('a', 'github.com/acme/x'), call('inside', '../lib')] }],
    lib: [
      { path: 'lib/override.tf', modules: [call('b', 'github.com/acme/z')] },
      { path: 'lib/main.tf', modules: [call('b', 'github.com/acme/y'), call('again', '../lib')] },
    ],
  };
  const folders = new Map(Object.entries(files));

  it('have the keys that tools give them, and what overrides wins', () => {
    const calls = outsideCalls(repoPath('live'), (folder) => folders.get(folder) ?? []);
    expect(calls[0]).toMatchObject({ key: 'a', source: 'github.com/acme/x', through: [] });
    expect(calls[1]).toMatchObject({
      key: 'inside.b',
      source: 'github.com/acme/z',
      path: 'lib/override.tf',
      through: [{ key: 'inside', source: '../lib', folder: 'lib' }],
    });
  });

  it('end somewhere, also where a module calls itself, and names that are no folders are left out', () => {
    const calls = outsideCalls(repoPath('live'), (folder) => folders.get(folder) ?? []);
    expect(calls.length).toBeLessThan(30);
    const odd = [
      { path: 'main.tf', modules: [call('../x', 'github.com/acme/x'), call('a/b', 'github.com/acme/x')] },
    ];
    expect(outsideCalls(repoPath('.'), () => odd)).toEqual([]);
  });
});
