import { access, chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { eventually } from './acts.ts';
import { temporaryFolder } from './leftovers.ts';

/** terraform with a gate before it: the verb waits until the file `open` is there, and says with `VERB-waits` that it does. */
export const gated = async (verb: string) => {
  const folder = temporaryFolder('gate');
  await mkdir(path.join(folder, 'bin'));
  const real = process.env['PATH'] ?? '';
  await writeFile(
    path.join(folder, 'bin', 'terraform'),
    `#!/bin/sh
PATH='${real}'
if [ "$1" = ${verb} ]; then touch '${folder}/waits'; while [ ! -e '${folder}/open' ]; do sleep 0.05; done; fi
exec terraform "$@"
`,
  );
  await chmod(path.join(folder, 'bin', 'terraform'), 0o755);
  return {
    environment: { PATH: `${path.join(folder, 'bin')}:${real}` },
    waits: () => eventually(() => access(path.join(folder, 'waits'))),
    open: () => writeFile(path.join(folder, 'open'), ''),
  };
};
