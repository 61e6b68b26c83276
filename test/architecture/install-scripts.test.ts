import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';

const read = (name: string): unknown =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8'));

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      hasInstallScript: z.boolean().optional(),
      integrity: z.string().optional(),
      resolved: z.string().optional(),
    }),
  ),
});
const manifest = z.object({ allowScripts: z.record(z.string(), z.boolean()) });

test('no package runs a program when it is installed, but those that were looked at', () => {
  const { packages } = lockFile.parse(read('package-lock.json'));
  const { allowScripts } = manifest.parse(read('package.json'));
  const running = Object.entries(packages).flatMap(([path, { hasInstallScript }]) =>
    hasInstallScript === true ? [path.replace(/^.*node_modules\//, '')] : [],
  );
  expect(running.sort()).toEqual(Object.keys(allowScripts).sort());
});

test('every package comes from the registry, with its digest', () => {
  const { packages } = lockFile.parse(read('package-lock.json'));
  // Without an address a package comes from the registry that npm is set to.
  const others = Object.entries(packages).filter(
    ([path, { resolved, integrity }]) =>
      path !== '' && (resolved !== undefined || integrity?.startsWith('sha512-') !== true),
  );
  expect(others.map(([path]) => path)).toEqual([]);
});
