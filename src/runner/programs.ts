import { constants } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunnerFile } from './schema.ts';
import type { Driven } from './steps.ts';

/** `.ts` in development, `.js` in the package. */
const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const own = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const isRunnable = async (file: string): Promise<boolean> => {
  try {
    if (!(await lstat(file)).isFile()) return false;
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const isFile = async (file: string): Promise<boolean> => {
  try {
    return (await lstat(file)).isFile();
  } catch {
    return false;
  }
};

/**
 * What a runner's steps are started with. `folder` (absolute) is the runner's own: a file of it, beside `runner.yml`, sees all of
 * it. A program of Tidegate is a room whose `main` is started as a process of its own, as any tool.
 */
export const toolOf = async (
  { executable, program }: Pick<RunnerFile, 'executable' | 'program'>,
  folder: string,
): Promise<Pick<Driven, 'program' | 'madeOf'> | { readonly wrong: string }> => {
  if (program !== undefined) {
    const main = own(`../${program}/main${ending}`);
    if (!(await isFile(main))) return { wrong: `Tidegate has no program \`${program}\`` };
    const madeOf = [own('../'), own('../../node_modules'), own('../../package.json')];
    return { program: [process.execPath, '--disable-sigusr1', main], madeOf };
  }
  if (executable === undefined) return { wrong: 'it names no program' };
  if (!executable.startsWith('./')) return { program: [executable], madeOf: [] };
  const file = join(resolve(folder), executable);
  if (!(await isRunnable(file)))
    return { wrong: `\`${executable}\` is not a file beside it that may be run (no link; \`chmod +x\`)` };
  return { program: [file], madeOf: [resolve(folder)] };
};
