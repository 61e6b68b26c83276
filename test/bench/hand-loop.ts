import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import type { Clock } from '../../src/clock/port.ts';

/**
 * By hand: a loop over the folders, three commands in each, in an environment made like Tidegate's. Returns how long it took, in
 * milliseconds.
 *
 * @param atOnce so many loops share the folders
 */
export const loop = async (
  clock: Clock,
  folder: string,
  files: Readonly<Record<string, string>>,
  dirs: readonly string[],
  atOnce = 1,
): Promise<number> => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  writeFileSync(path.join(folder, 'terraform.tfrc'), 'disable_checkpoint = true\n');
  mkdirSync(path.join(folder, 'tmp'));
  const script = `set -e
    for dir in "$@"; do
      cd "$HOME/$dir"
      terraform init -input=false -no-color > init.log
      terraform plan -input=false -no-color -out=plan.bin > plan.log
      terraform show -json -no-color plan.bin > plan.json
    done`;
  const start = clock.monotonic();
  // The compiler takes a third of its time for the type of a list of execa's promises.
  const one = async (some: readonly string[]): Promise<void> => {
    await execa('sh', ['-c', script, 'loop', ...some], {
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        TMPDIR: path.join(folder, 'tmp'),
        LANG: 'C.UTF-8',
        TF_CLI_CONFIG_FILE: path.join(folder, 'terraform.tfrc'),
        TF_IN_AUTOMATION: '1',
        TF_INPUT: '0',
        CHECKPOINT_DISABLE: '1',
      },
      extendEnv: false,
      stdin: 'ignore',
    });
  };
  await Promise.all(
    Array.from({ length: atOnce }, (_, at) => one(dirs.filter((_dir, index) => index % atOnce === at))),
  );
  const taken = clock.monotonic() - start;
  rmSync(folder, { recursive: true });
  return taken;
};
