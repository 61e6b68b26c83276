import { nearest } from '../nearest.ts';
import { type RepoPath, resolveFrom, root } from '../repo-path.ts';
import { isFolderSource, type SettingDeclaration, type SettingValue } from './declared.ts';

/** What is wrong with a value. */
export interface WrongSetting {
  /** Follows "must be". */
  readonly mustBe: string;
  /** What was meant, if that can be told. */
  readonly meant: string | null;
  /** It is a path that is refused. */
  readonly isPath: boolean;
}

const label = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const line = /^(?!-)[^\p{C}\p{Zl}\p{Zp}]{1,1024}$/u;
const version = /^[\dvV^~<>=!*][\w.+~^<>=!*|, -]{0,127}$/;
const pathText = /^(?![/-])[^\\\p{C}\p{Zl}\p{Zp}]{1,512}$/u;
const mapKey = /^[A-Za-z0-9_][\w./-]{0,252}$/;
const mostInList = 100;

const no = (mustBe: string, more: Partial<WrongSetting> = {}): WrongSetting => ({
  mustBe,
  meant: null,
  isPath: false,
  ...more,
});

const place = (dir: RepoPath, text: string): RepoPath | null =>
  pathText.test(text) ? resolveFrom(dir, text) : null;

const fileProblem = (dir: RepoPath, text: string): WrongSetting | null => {
  const path = place(dir, text);
  return path !== null && path !== root
    ? null
    : no(
        "a file inside the repository, relative to the project's `dir`, not absolute and without a leading dash",
        {
          isPath: true,
        },
      );
};

const folderProblem = (dir: RepoPath, text: string): WrongSetting | null =>
  place(dir, text) !== null
    ? null
    : no(
        "a folder inside the repository, relative to the project's `dir`, not absolute and without a leading dash",
        { isPath: true },
      );

const sourceProblem = (dir: RepoPath, text: string): WrongSetting | null => {
  if (isFolderSource(text)) return folderProblem(dir, text);
  const climbs = text.split('/').includes('..');
  return pathText.test(text) && !climbs
    ? null
    : no('a folder of the repository that begins with `.`, or an address or a name without `..`', {
        isPath: climbs || text.startsWith('/'),
      });
};

const texts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

const quoteIt = (value: unknown): string =>
  typeof value === 'number' || typeof value === 'boolean' ? ', in quotes' : '';

const ofText = (
  value: unknown,
  phrase: string,
  problem: (text: string) => WrongSetting | null,
): WrongSetting | null => (typeof value === 'string' ? problem(value) : no(`${phrase}${quoteIt(value)}`));

const matching = (value: unknown, phrase: string, pattern: RegExp): WrongSetting | null =>
  ofText(value, phrase, (text) => (pattern.test(text) ? null : no(phrase)));

const mapProblem = (value: SettingValue): WrongSetting | null => {
  const phrase = 'a mapping of names to texts; put numbers and true or false in quotes';
  if (typeof value !== 'object' || Array.isArray(value)) return no(phrase);
  const entries = Object.entries(value);
  const fits = entries.every(
    ([key, text]) =>
      mapKey.test(key) && typeof text === 'string' && (text === '' || /^\P{C}{1,4096}$/u.test(text)),
  );
  return fits && entries.length <= mostInList ? null : no(phrase);
};

/** What is wrong with a value of a setting, for a project in `dir`; null where nothing is. Whether a file is there the tree says. */
export const settingProblem = (
  { kind, of }: Pick<SettingDeclaration, 'kind' | 'of'>,
  value: SettingValue,
  dir: RepoPath,
): WrongSetting | null => {
  switch (kind) {
    case 'name':
      return matching(value, 'a name of small letters, digits and dashes, at most 63 characters', label);
    case 'text':
      return matching(value, 'one line of text without a leading dash, at most 1,024 characters', line);
    case 'version':
      return matching(value, 'a version or a constraint, for example `1.4.2` or `~1.4`', version);
    case 'choice': {
      const phrase = `one of ${of.map((one) => `\`${one}\``).join(', ')}`;
      return ofText(value, phrase, (text) =>
        of.includes(text) ? null : no(phrase, { meant: nearest(text, of) }),
      );
    }
    case 'flag':
      return typeof value === 'boolean' ? null : no('`true` or `false`');
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) && value >= 0
        ? null
        : no('a number, not below 0');
    case 'file':
      return ofText(value, 'a file', (text) => fileProblem(dir, text));
    case 'files': {
      if (!texts(value) || value.length > mostInList) return no(`a list of files, at most ${mostInList}`);
      return value.map((text) => fileProblem(dir, text)).find((one) => one !== null) ?? null;
    }
    case 'folder':
      return ofText(value, 'a folder', (text) => folderProblem(dir, text));
    case 'source':
      return ofText(value, 'a folder of the repository, an address or a name', (text) =>
        sourceProblem(dir, text),
      );
    case 'map':
      return mapProblem(value);
  }
};
