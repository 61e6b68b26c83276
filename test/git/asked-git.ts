import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { createGitCommand, type RunGit } from '../../src/git/local/command.ts';
import { standardPath } from '../../src/programs/search-path.ts';

/** Real git for the mirrors of a house, and what its processes were asked: the first word of each. */
export const askedGit = (root: string): { readonly run: RunGit; readonly asked: string[] } => {
  const empty = path.join(root, 'empty');
  mkdirSync(empty);
  const { run } = createGitCommand({ empty, scratch: root, program: '/usr/bin/git', path: standardPath });
  const asked: string[] = [];
  return {
    asked,
    run: (args, options) => {
      asked.push(args[0] ?? '');
      return run(args, options);
    },
  };
};
