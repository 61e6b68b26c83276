import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { UserError } from '../domain/problem.ts';

const execute = promisify(execFile);

const tools = [
  { name: 'git', ask: '--version', from: 'https://git-scm.com/downloads' },
  { name: 'terraform', ask: '-version', from: 'https://developer.hashicorp.com/terraform/install' },
] as const;

const isThere = async (name: string, ask: string, path: string | undefined): Promise<boolean> => {
  try {
    await execute(name, [ask], { env: { PATH: path, CHECKPOINT_DISABLE: '1' } });
    return true;
  } catch (error) {
    // A tool that is there and ends with an error has its own words for it, later.
    return !(
      error instanceof Error &&
      'code' in error &&
      (error.code === 'ENOENT' || error.code === 'EACCES')
    );
  }
};

/** Throws a `UserError` that names what the demo runs and `path` (a PATH) does not have. */
export const requireTools = async (path: string | undefined): Promise<void> => {
  const there = await Promise.all(tools.map(({ name, ask }) => isThere(name, ask, path)));
  const missing = tools.filter((_, index) => there[index] === false);
  if (missing.length === 0) return;
  throw new UserError({
    code: 'tool-missing',
    sentence: `The demo needs git and terraform; ${missing.map(({ name }) => `\`${name}\``).join(' and ')} cannot be found on the PATH.`,
    advice: `Install ${missing.map(({ name, from }) => `${name} (${from})`).join(' and ')}, then start the demo again.`,
  });
};
