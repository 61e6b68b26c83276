import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import type { Commit, Person } from './read.ts';

const inflated = promisify(inflate);

const personIn = (line: string): Person | null => {
  const [, name, email, seconds, sign, hours, minutes] =
    /^(.*) <([^<>]*)> (\d+) ([+-])(\d\d)(\d\d)$/.exec(line) ?? [];
  if (name === undefined || email === undefined) return null;
  const ahead = (Number(hours) * 3_600 + Number(minutes) * 60) * (sign === '-' ? -1 : 1);
  const local = new Date((Number(seconds) + ahead) * 1_000).toISOString().slice(0, 19);
  return { name, email, date: `${local}${sign}${hours}:${minutes}` };
};

const headOf = (text: string): Omit<Commit, 'sha' | 'message'> | null => {
  const [, tree = '', parents = '', by = '', from = ''] =
    /^tree ([0-9a-f]{40})\n((?:parent [0-9a-f]{40}\n)*)author (.*)\ncommitter (.*)$/.exec(text) ?? [];
  const [author, committer] = [personIn(by), personIn(from)];
  if (author === null || committer === null) return null;
  return { tree, parents: parents.match(/[0-9a-f]{40}/g) ?? [], author, committer };
};

/**
 * A commit from the file that it has for itself while it is new, which needs no process. Null where there is no such file, it is no commit,
 * or it says more than these do (a signature, another encoding): git knows.
 * https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
 */
export const looseCommit = async (folder: string, sha: string): Promise<Commit | null> => {
  const bytes = await readFile(path.join(folder, 'objects', sha.slice(0, 2), sha.slice(2))).catch(() => null);
  if (bytes === null) return null;
  const text = (await inflated(bytes)).toString('utf8');
  const [, header = '', message = ''] = /^commit \d+\0(.*?)\n\n(.*)$/s.exec(text) ?? [];
  const head = headOf(header);
  if (head === null || text.includes('\ufffd')) return null;
  return { sha, ...head, message: message.replace(/\n+$/, '') };
};
