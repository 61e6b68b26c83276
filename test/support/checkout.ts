import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { type Content, put } from './git-author.ts';
import { temporaryFolder } from './leftovers.ts';

/** A checkout that a person works in, made with git as they would. */
export interface Checkout {
  readonly folder: string;
  /** Where their own settings of git are looked for. */
  readonly home: string;
  git(...args: readonly string[]): string;
  write(files: Readonly<Record<string, Content>>): void;
  /** Commits everything that lies in it. */
  commit(): string;
}

export const makeCheckout = (
  files: Readonly<Record<string, Content>>,
  folder = temporaryFolder('checkout'),
): Checkout => {
  const home = temporaryFolder('home');
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, {
      cwd: folder,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: home,
        LC_ALL: 'C.UTF-8',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: 'Ada',
        GIT_AUTHOR_EMAIL: 'ada@example.invalid',
        GIT_COMMITTER_NAME: 'Ada',
        GIT_COMMITTER_EMAIL: 'ada@example.invalid',
      },
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
    }).trim();
  const write = (more: Readonly<Record<string, Content>>): void => {
    for (const [name, content] of Object.entries(more)) put(folder, name, content);
  };
  const commit = (): string => {
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message', 'a commit');
    return git('rev-parse', 'HEAD');
  };
  git('init', '--quiet', '--initial-branch=main', path.resolve(folder));
  write(files);
  commit();
  return { folder, home, git, write, commit };
};
