import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const realTerraform = (): string => {
  const found = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'terraform'))
    .find((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
  if (found === undefined) throw new Error('terraform is not on PATH');
  return found;
};

/**
 * Text of a program that stands for a release that is not on this machine, `tofu` among them: the real terraform does its work
 * and sees the real configuration, and wherever a version is told, this one is. It is no proof of what another release does.
 */
export const standIn = (version: string): string => `#!/bin/sh
real='${realTerraform()}'
if [ "$1" = version ]; then echo '{"terraform_version":"${version}"}'; exit 0; fi
if [ "$1" = plan ]; then echo 'planned by ${version}'; fi
if [ "$1" = apply ]; then echo 'applied by ${version}'; fi
if [ "$1" = show ]; then
  said=$("$real" "$@") || exit $?
  printf '%s' "$said" | sed 's/"terraform_version":"[^"]*"/"terraform_version":"${version}"/'
  exit 0
fi
exec "$real" "$@"
`;

/** Writes stand-ins into a folder: executable -> version. Returns a PATH with that folder first. */
export const standInsOn = (folder: string, versions: Readonly<Record<string, string>>): string => {
  mkdirSync(folder, { recursive: true });
  for (const [name, version] of Object.entries(versions)) {
    writeFileSync(path.join(folder, name), standIn(version));
    chmodSync(path.join(folder, name), 0o755);
  }
  return `${folder}:${process.env['PATH'] ?? ''}`;
};
