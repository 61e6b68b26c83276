import { privateKeyMarks } from '../domain/secret-value/shapes.ts';

/*
 * Which of the values that a run is given are secrets. What is taken for one is blanked wherever it stands, so a region or a
 * home folder among them would wreck every text; what is not taken for one may come out. In doubt it is one:
 *
 * 1. a name that says secret (`..._TOKEN`, `PASSWORD`, `..._KEY`, ...) makes any value one, but for the place of a file;
 * 2. else a value that is plain is none: a switch, a number of up to eight digits, a region, a zone, a locale;
 * 3. else a name that says place or person (`..._REGION`, `..._URL`, `HOME`, `USER`, ...) makes a value none;
 * 4. everything else is one.
 *
 * And of a value whatever of it may come out alone: the password in an address, the lines of a text, what JSON has under names
 * that say secret. Nothing under six characters is ever masked: it would blank out words.
 */

const word = (names: string): RegExp => new RegExp(`(?:^|_)(?:${names})S?(?:$|_)`, 'i');

const secretName =
  /TOKEN|SECRET|PASS(?:WORD|WD|PHRASE)?(?:$|_)|PASSWORD|CREDENTIAL|PRIVATE|COOKIE|SIGNATURE|CERT|DSN|(?:^|_|API|ACCESS)KEY|AUTH|(?:^|_)(?:SAS|PAT|PW|PWD|JWT)(?:$|_)/i;
const folderName = /^(?:OLD)?PWD$/;
const fileName = /_(?:FILE|PATH|DIR)$/i;
const plainName = word(
  [
    ...[
      'REGION',
      'ZONE',
      'LOCATION',
      'PROFILE',
      'ENVIRONMENT',
      'ENV',
      'STAGE',
      'NAMESPACE',
      'CONTEXT',
      'PROJECT',
    ],
    ...[
      'HOME',
      'PATH',
      'DIR',
      'FOLDER',
      'FILE',
      'ROOT',
      'HOST',
      'HOSTNAME',
      'PORT',
      'DOMAIN',
      'URL',
      'URI',
      'ADDR',
    ],
    ...[
      'ADDRESS',
      'ENDPOINT',
      'SERVER',
      'PROXY',
      'USER',
      'USERNAME',
      'LOGNAME',
      'NAME',
      'SHELL',
      'TERM',
      'EDITOR',
    ],
    ...[
      'LANG',
      'LANGUAGE',
      'LC',
      'TZ',
      'LOG',
      'LEVEL',
      'DEBUG',
      'VERSION',
      'FORMAT',
      'MODE',
      'TIMEOUT',
      'SHLVL',
    ],
  ].join('|'),
);
const plainValue =
  /^(?:true|false|enabled?|disabled?|default|none|null|yes|no|on|off|\d{1,8}|[a-z]{2,4}(?:-[a-z]+){1,3}-?\d{1,2}[a-z]?|[a-z]{2}_[A-Z]{2}(?:\.[\w-]+)?|C(?:\.UTF-8)?|POSIX)$/i;

/** A line that is worth being found by itself. */
const shortestLine = 16;

const isSecret = (name: string, value: string): boolean => {
  if (folderName.test(name) || (fileName.test(name) && value.startsWith('/'))) return false;
  return secretName.test(name) || !(plainValue.test(value) || plainName.test(name));
};

/** The password in an address, as it is written and as it is meant. */
const passwordsIn = (value: string): readonly string[] => {
  const written = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*?:([^/?#\s]+)@/i.exec(value)?.[1];
  if (written === undefined) return [];
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
};

const linesOf = (value: string): readonly string[] =>
  value.includes('\n')
    ? value
        .split(/[\r\n]+/)
        .map((line) => line.trim())
        .filter((line) => line.length >= shortestLine && !line.startsWith('-----'))
    : [];

/** Texts below keys that say secret, at any depth. */
const leavesOf = (value: unknown, name: string, found: string[]): readonly string[] => {
  if (typeof value === 'string') {
    if (secretName.test(name)) found.push(value, ...linesOf(value));
  } else if (Array.isArray(value)) for (const one of value) leavesOf(one, name, found);
  else if (value instanceof Object) for (const [key, one] of Object.entries(value)) leavesOf(one, key, found);
  return found;
};

const jsonSecretsIn = (value: string): readonly string[] => {
  if (!/^\s*[[{]/.test(value)) return [];
  try {
    return leavesOf(JSON.parse(value), '', []);
  } catch {
    return [];
  }
};

/** What a mask has to know of the variables that a run is given. */
export const secretsGiven = (variables: Readonly<Record<string, string>>): readonly string[] => {
  const found = Object.entries(variables).flatMap(([name, value]) => [
    ...(isSecret(name, value) ? [value, value.trim(), ...linesOf(value)] : []),
    ...passwordsIn(value),
    ...jsonSecretsIn(value),
  ]);
  return [...new Set(found)].filter((value) => value.length > 0);
};

/** `name = value` and `name: value` of a line, quoted or not: INI, YAML, .netrc and the like. */
const pairOf = /^\s*(?:export\s+|-\s+)?["']?([\w.-]+)["']?\s*[=:]\s*["']?(.*?)["']?\s*,?\s*$/;
const privateKey = new RegExp(privateKeyMarks.begin);
const netrcPassword = /(?:^|\s)password\s+(\S+)/g;

/** What a mask has to know of a file that a run is given, by the names in it: keys, tokens and passwords of any format that has lines. */
export const secretsInFile = (text: string): readonly string[] => {
  const pairs = text.split(/\r?\n/).flatMap((line): readonly string[] => {
    const [, name = '', value = ''] = pairOf.exec(line) ?? [];
    return secretName.test(name.replaceAll(/[.-]/g, '_')) ? [value] : [];
  });
  const words = [...text.matchAll(netrcPassword)].map(([, password = '']) => password);
  const key = privateKey.test(text) ? linesOf(text) : [];
  return [...new Set([...jsonSecretsIn(text), ...pairs, ...words, ...key])].filter((value) => value !== '');
};

/** What a mask has to know of a value that is a secret for sure, such as a key of many lines. */
export const partsOf = (secret: string): readonly string[] => [secret, ...linesOf(secret)];
