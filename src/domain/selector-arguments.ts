import type { Selector, Verb } from './command.ts';
import { isPlainText, plainTextRule } from './plain-text.ts';
import type { Problem } from './problem.ts';
import { quoted } from './quote.ts';
import { parseRepoPath } from './repo-path.ts';
import type { ToolArguments } from './tool-arguments.ts';

export type SelectorKind = keyof Selector;
/** What stands on a line, or why it is refused. */
export type Checked<T> = { readonly value: T } | { readonly problem: Problem };

export const selectorFlags: Readonly<Record<string, Exclude<SelectorKind, 'environments'>>> = {
  '-p': 'names',
  '--project': 'names',
  '-d': 'dirs',
  '--dir': 'dirs',
  '-w': 'workspaces',
  '--workspace': 'workspaces',
  '-l': 'labels',
  '--label': 'labels',
};

/** Where whole environments are meant. */
export const environmentFlags: readonly string[] = ['-e', '--env'];

const usage =
  'Select projects with `-p NAME`, `-d DIR`, `-w WORKSPACE` and `-l LABEL`; `/help` has examples.';
// Phones and chat programs turn `--` into a dash and straight quotes into curly ones.
const typography = /[\u2013\u2014\u2018\u2019\u201c\u201d]/u;

export const invalid = (sentence: string, advice = usage): { readonly problem: Problem } => ({
  problem: { code: 'command-invalid', sentence, advice },
});

/** Of a flag that selects projects. */
export const selectorValue = (kind: SelectorKind, flag: string, text: string): Checked<string> => {
  if (text === '' || text.startsWith('-'))
    return invalid(`\`${flag}\` needs a value${text === '' ? '' : `, not ${quoted(text)}`}.`);
  if (text.length > 1024) return invalid(`The value of \`${flag}\` is longer than 1,024 characters.`);
  let value = text;
  if (kind === 'dirs') {
    const parsed = parseRepoPath(text);
    if ('refused' in parsed) {
      return {
        problem: {
          code: 'path-refused',
          sentence: `The folder ${quoted(text)} is refused: ${parsed.refused}.`,
          advice: 'Name a folder inside the repository, for example `-d network/prod`; `.` is its root.',
        },
      };
    }
    value = parsed.path;
  }
  if (!isPlainText(value)) {
    return invalid(
      `${quoted(text)} holds characters that a selector may not have.`,
      `Allowed are ${plainTextRule}.${typography.test(text) ? ' Curly quotes and long dashes are not read as straight ones.' : ''}`,
    );
  }
  return { value };
};

export const unknownArgument = (
  token: string,
  tools: ToolArguments,
  verb: Verb,
): { readonly problem: Problem } => {
  const sentence = `${quoted(token)} is not understood after \`${verb}\`.`;
  const flag = /^--?([^=]+)/.exec(token)?.[1];
  if (flag !== undefined && (tools[verb] ?? []).some((argument) => argument.flag === flag)) {
    return invalid(sentence, `Tool arguments go behind \`--\`: \`/${verb} -- -${flag}\` ...`);
  }
  if (typography.test(token)) {
    return invalid(
      sentence,
      `Type straight quotes and two single dashes: a keyboard has put others in their place. ${usage}`,
    );
  }
  if (flag === undefined && /^[\p{L}\p{N}_./-]+$/u.test(token)) {
    return invalid(sentence, `For a project of that name: \`/${verb} -p ${token.slice(0, 100)}\`. ${usage}`);
  }
  return invalid(sentence);
};
