import { cpSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** What the image holds: compiled code, and the files that lie beside it. Returns the path of `main.js`. */
export const buildImage = async (folder: string): Promise<string> => {
  const within = (name: string) => path.join(repository, name);
  cpSync(within('src'), path.join(folder, 'dist'), {
    recursive: true,
    filter: (file) => !file.endsWith('.ts') && !file.endsWith('.md'),
  });
  await execa(process.execPath, [
    within('node_modules/.bin/tsc'),
    '-p',
    within('tsconfig.json'),
    '--outDir',
    path.join(folder, 'dist'),
  ]);
  cpSync(within('package.json'), path.join(folder, 'package.json'));
  cpSync(within('runners'), path.join(folder, 'runners'), { recursive: true });
  symlinkSync(within('node_modules'), path.join(folder, 'node_modules'));
  return path.join(folder, 'dist/main.js');
};
