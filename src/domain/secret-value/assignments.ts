import { isNoSecret } from './harmless.ts';
import { namesSecret } from './names.ts';

/*
 * Secrets that a longer text gives a name: scripts, settings, command lines, connection strings.
 */

const hint = /pass|pwd|secret|token|key|credential|dsn|jwt|psk|otp|conn|identified|curl|mysql/i;

const value = `(?:"((?:[^"\\\\\\n]|\\\\.)*)"|'([^'\\n]*)'|([^\\s"'&;,)}\\]]+))`;
/** `name = value`, `name: value`, `"name": "value"`, `name=value;`. */
const pair = new RegExp(
  `(?<![\\w.-])([A-Za-z_][\\w.-]{0,80})\\\\?["']?[ \\t]{0,8}(=>|:=|==?|:)[ \\t]{0,8}\\\\?${value}`,
  'g',
);
/** `--name value`. */
const option = new RegExp(`(?<![\\w-])--?([A-Za-z][\\w-]{2,80})[ \\t]{1,8}(?!-)${value}`, 'g');
/** Programs that take a password by no name, or in a way of their own; and SQL. */
const own: readonly RegExp[] = [
  /\becho\s{1,8}(?:-n\s{1,8})?["']?[\w.-]{1,64}:([^"'|\n]{3,200}?)["']?\s{0,8}\|\s{0,8}(?:sudo\s{1,8})?chpasswd/g,
  /\bcurl\b[^\n|;]{0,400}?\s(?:-u|--user)[ =]?["']?[^\s:"']{1,64}:([^\s"']+)/g,
  /\bsshpass\s{1,8}-p\s{0,8}["']?([^\s"']+)/g,
  /\bmysql\w*\b[^\n|;]{0,200}?\s-p["']?([^\s"'-][^\s"']*)/g,
  /\b(?:identified\s{1,8}by|with\s{1,8}password|set\s{1,8}password\s{1,8}=|password)\s{1,8}'([^'\n]{1,200})'/gi,
];
/** A list of `user:password`, for `chpasswd`. */
const passwordLine = /^[ \t]{0,40}(?:- )?["']?[a-z_][\w-]{0,40}:([^\s:"']{4,200})["']?[ \t]*$/gm;
/** In a script another place is named, and not a value. */
const fromElsewhere = /^[$`<%(]|^(?:"|')?\$|^[A-Za-z_][\w.]*\(/;
const plainWord = /^(?:[A-Z]?[a-z]+|[A-Z]+)[.,]?$/;
const shortest = 4;

const isValue = (text: string, sign: string, quoted: boolean): boolean =>
  text.length >= shortest &&
  !isNoSecret(text) &&
  !fromElsewhere.test(text) &&
  // `Password: required` is prose, `password: "required"` a setting.
  (quoted || sign !== ':' || !plainWord.test(text));

/** The values in a text that stand under names which say secret. */
export const assignedSecrets = (text: string): readonly string[] => {
  if (text.length < 8 || !hint.test(text)) return [];
  const found: string[] = [];
  for (const [, name = '', sign = '', double, single, bare = ''] of text.matchAll(pair))
    if (namesSecret([name]) !== null) {
      const given = double ?? single ?? bare;
      if (isValue(given, sign, bare === '')) found.push(given);
    }
  if (text.includes('-'))
    for (const [, name = '', double, single, bare = ''] of text.matchAll(option))
      if (namesSecret([name]) !== null) {
        const given = double ?? single ?? bare;
        if (isValue(given, '=', bare === '')) found.push(given);
      }
  for (const pattern of text.includes('chpasswd') ? [...own, passwordLine] : own)
    for (const [, given = ''] of text.matchAll(pattern)) if (isValue(given, '=', true)) found.push(given);
  return found;
};
