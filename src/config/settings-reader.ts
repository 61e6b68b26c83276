import { resolve } from 'node:path';
import type { Problem } from '../domain/problem.ts';
import { quoted } from '../domain/quote.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Text of a file (absolute path). Whatever it throws becomes a problem with the path, never with the text. */
export type ReadFile = (path: string) => string | Promise<string>;

/**
 * Reads single settings and keeps every problem. After a problem a reader gives a stand-in of the
 * right type, which nobody sees: with a problem there are no settings.
 */
export interface SettingsReader {
  readonly problems: Problem[];
  wrong(sentence: string, advice: string): void;
  /** Null where it is absent or empty: a variable that a deployment leaves empty is not set. */
  given(name: string): string | null;
  text(name: string, standard: string, pattern: RegExp, phrase: string): string;
  /** A required one has null as its standard. */
  wholeNumber(name: string, standard: number | null, least: number, most: number): number;
  /** The text of the file that a variable names; relative paths start from the server's folder. */
  file(name: string): Promise<string | null>;
  path(name: string): string | null;
}

export const createSettingsReader = (
  env: Environment,
  folder: string,
  readFile: ReadFile,
): SettingsReader => {
  const problems: Problem[] = [];
  const wrong = (sentence: string, advice: string): void => {
    problems.push({ code: 'settings-invalid', sentence, advice });
  };
  const given = (name: string): string | null => {
    const value = env[name]?.trim();
    return value === undefined || value === '' ? null : value;
  };
  const path = (name: string): string | null => {
    const value = given(name);
    return value === null ? null : resolve(folder, value);
  };
  return {
    problems,
    wrong,
    given,
    path,
    text: (name, standard, pattern, phrase) => {
      const value = given(name) ?? standard;
      if (!pattern.test(value)) wrong(`\`${name}\` is ${quoted(value)}.`, `Set it to ${phrase}.`);
      return value;
    },
    wholeNumber: (name, standard, least, most) => {
      const value = given(name);
      if (value === null && standard !== null) return standard;
      const phrase = `a whole number ${most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`}`;
      if (value === null) wrong(`\`${name}\` is not set.`, `Set it to ${phrase}.`);
      else if (!/^\d{1,16}$/.test(value) || Number(value) < least || Number(value) > most) {
        wrong(`\`${name}\` is ${quoted(value)}.`, `Set it to ${phrase}.`);
      }
      return Number(value);
    },
    file: async (name) => {
      const place = path(name);
      if (place === null) return null;
      try {
        return await readFile(place);
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
        wrong(
          `The file ${quoted(place)} of \`${name}\` cannot be read${code}.`,
          'Correct the path, and let the user that the server runs as read it.',
        );
        return null;
      }
    },
  };
};
