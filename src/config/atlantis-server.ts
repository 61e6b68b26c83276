import path from 'node:path';
import type { Problem } from '../domain/problem.ts';
import { quoted } from '../domain/quote.ts';
import type { AtlantisServerText } from './operator-file.ts';
import type { ReadFile } from './settings-reader.ts';
import { readYaml } from './yaml.ts';

const namedIn = (text: string): string | null => {
  const read = readYaml(text);
  const value = 'yaml' in read && read.yaml.value instanceof Object ? read.yaml.value : {};
  const named = 'atlantis_repo_config' in value ? value.atlantis_repo_config : null;
  // What is no absolute path is refused with the rest of the file.
  return typeof named === 'string' && path.isAbsolute(named) ? named : null;
};

/** The host of GitHub as ids of Atlantis begin with it. */
export const atlantisHost = (gheHost: string | null | undefined): string =>
  (gheHost || 'github.com').toLowerCase().replace(/:\d+$/, '');

/** The server-side repo config of Atlantis that an operator file names; null where it names none. */
export const atlantisServerOf = async (
  text: string,
  fileName: string,
  { host, readFile }: { readonly host: string; readonly readFile: ReadFile },
): Promise<{ readonly server: AtlantisServerText | null } | { readonly problem: Problem }> => {
  const named = namedIn(text);
  if (named === null) return { server: null };
  try {
    return { server: { name: named, text: await readFile(named), host } };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return {
      problem: {
        code: 'settings-invalid',
        sentence: `The file ${quoted(named)}, which \`atlantis_repo_config\` of ${quoted(fileName)} names, cannot be read${code}.`,
        advice: 'Correct the path, or take the key out.',
      },
    };
  }
};
