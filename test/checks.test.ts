/** The static checks, as tests: they run beside the others, and whoever runs `npm test` sees all that is wrong at once. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

const outputOf = (script: string): Promise<string> =>
  run('npm', ['run', '--silent', script], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    // Else it is left in the temporary folder of this test.
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
  }).then(
    () => '',
    (error: { readonly stdout?: string; readonly stderr?: string }) =>
      `${error.stdout}${error.stderr}` || String(error),
  );

test.concurrent.each(['check:types', 'check:lint', 'check:unused'])(
  'npm run %s',
  { timeout: 300_000 },
  async (script) => {
    expect(await outputOf(script)).toBe('');
  },
);
