import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Files } from './repository.ts';

const execute = promisify(execFile);

/**
 * Applies the files once, by hand as it were, so that pull requests change something that exists.
 * `folder` (absolute) is made and may be removed afterwards.
 */
export const applyOnce = async (
  folder: string,
  files: Files,
  projects: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> => {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  const cliConfig = path.join(folder, 'terraform.rc');
  await writeFile(cliConfig, 'disable_checkpoint = true\n');
  const env = { PATH: environment['PATH'], HOME: folder, TF_CLI_CONFIG_FILE: cliConfig, TF_INPUT: '0' };
  const apply = async (project: string) => {
    const cwd = path.join(folder, project);
    await execute('terraform', ['init', '-input=false'], { cwd, env });
    await execute('terraform', ['apply', '-input=false', '-auto-approve'], { cwd, env });
  };
  await Promise.all(projects.map(apply));
};
