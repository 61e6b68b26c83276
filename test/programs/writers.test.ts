import { expect, it } from 'vitest';
import { type Entry, type Machine, otherWriter } from '../../src/programs/writers.ts';

const passwd = [
  'root:x:0:0:root:/:/bin/bash',
  'tidegate:x:1000:1000::/srv/tidegate:/bin/sh',
  'ada:x:1001:1001::/srv/ada:/bin/sh',
  'grace:x:1002:50::/srv/grace:/bin/sh',
].join('\n');
const group = [
  'root:x:0:',
  'tidegate:x:1000:',
  'ada:x:1001:',
  'staff:x:50:',
  'empty:x:51:',
  'ops:x:52:ada',
  'own:x:53:tidegate,root',
].join('\n');
const machine: Machine = { uid: 1000, passwd, group, isWhole: true };

const folder = (more: Partial<Entry>): Entry => ({
  path: '/opt/bin',
  uid: 0,
  gid: 0,
  mode: 0o755,
  kind: 'folder',
  ...more,
});

it.each<[string, Partial<Entry>, string | null]>([
  ['a folder of root', {}, null],
  ['a folder of the server, as nvm, asdf and homebrew make them', { uid: 1000, gid: 1000 }, null],
  ['one that its own group of one may write to (umask 002)', { uid: 1000, gid: 1000, mode: 0o775 }, null],
  ['one that a group without members may write to, as /usr/local was', { gid: 51, mode: 0o2775 }, null],
  ['one that a group of the server and root may write to', { gid: 53, mode: 0o775 }, null],
  ["one that only root's group may write to", { gid: 0, mode: 0o775 }, null],
  ['a folder where everybody makes files and removes their own, as /tmp', { mode: 0o1777 }, null],
  ['the store of nix', { gid: 52, mode: 0o1775 }, null],
  ['a link, whose bits mean nothing', { kind: 'link', mode: 0o777 }, null],
  ['a folder of somebody else', { uid: 1001 }, 'its owner, user 1001'],
  ['one that is also sticky', { uid: 1001, mode: 0o1755 }, 'its owner, user 1001'],
  ['a link of somebody else', { uid: 1001, kind: 'link', mode: 0o777 }, 'its owner, user 1001'],
  ['a file of somebody else', { uid: 1001, kind: 'file' }, 'its owner, user 1001'],
  ['a folder for everybody', { mode: 0o777 }, 'everybody'],
  ['a file for everybody', { kind: 'file', mode: 0o757 }, 'everybody'],
  [
    'a file for everybody, for which the sticky bit means nothing',
    { kind: 'file', mode: 0o1757 },
    'everybody',
  ],
  ['one that a group with somebody else may write to', { gid: 52, mode: 0o775 }, 'the group 52'],
  ["one that is somebody's first group", { gid: 50, mode: 0o775 }, 'the group 50'],
  ['one whose group no file knows', { gid: 4242, mode: 0o775 }, 'the group 4242'],
])('%s', (_name, entry, wanted) => {
  expect(otherWriter(folder(entry), machine)).toBe(wanted);
});

it('for a server that is root, what belongs to a user is of somebody else', () => {
  expect(otherWriter(folder({ uid: 1000, gid: 1000 }), { ...machine, uid: 0 })).toBe('its owner, user 1000');
});

it('where the files do not know all users, only groups of administrators are harmless', () => {
  const macos: Machine = { ...machine, isWhole: false };
  expect(otherWriter(folder({ uid: 1000, gid: 80, mode: 0o775 }), macos)).toBeNull();
  expect(otherWriter(folder({ uid: 1000, gid: 51, mode: 0o775 }), macos)).toBe('the group 51');
});
