/** Functions of the language that read a file, and what their path may begin with. */

// The language lets comments stand between a name and its parenthesis.
const fileCall =
  /\b(?:file|filebase64|fileexists|fileset|filemd5|filesha1|filesha256|filesha512|filebase64sha256|filebase64sha512|templatefile)(?:\s|\/\*[\s\S]*?\*\/|(?:#|\/\/)[^\n]*\n)*\(\s*/g;
/** What may stand first in a file function. */
const safeStart =
  /^(?:path\s*\.\s*(?:module|root)\b\s*[,)]|"(?:\$\{\s*path\s*\.\s*(?:module|root)\s*\}|[^"$/~\\%]))/;

/** Behind every call of a file function: the rest of the text, from its path on. */
export const fileCallsIn = (text: string): readonly { readonly call: string; readonly rest: string }[] =>
  [...text.matchAll(fileCall)].map((found) => ({
    call: found[0].trim(),
    rest: text.slice(found.index + found[0].length),
  }));

export const startsSafely = (rest: string): boolean => safeStart.test(rest);

const bare = /^path\s*\.\s*(module|root)\s*[,)]/;
const literal = /^"((?:[^"\\$%]|\$(?!\{)|%(?!\{)|\$\{\s*path\s*\.\s*(?:module|root|cwd)\s*\})*)(["$%])/;

/**
 * What is known of the path of a file function, from where it begins: all of a plain text, what stands before the first part that is
 * filled in later, or null for nothing. `path.module`, `path.root` and `path.cwd` stay in it as `${path.module}` ...
 */
export const knownPath = (rest: string): string | null => {
  const folder = bare.exec(rest)?.[1];
  if (folder !== undefined) return `\${path.${folder}}`;
  const [, text, end] = literal.exec(rest) ?? [];
  if (text === undefined) return null;
  const path = text.replace(
    /\$\{\s*path\s*\.\s*(module|root|cwd)\s*\}/g,
    (_all, which) => `\${path.${which}}`,
  );
  if (end === '"') return path;
  // A name is filled in behind it. One that could climb is not known.
  return !startsSafely(rest) || /\.\./.test(argumentOf(rest).slice(text.length)) ? null : path;
};

/** As far as the first argument may go; what is too long or unusual only makes it longer. */
const argumentOf = (rest: string): string =>
  /^"(?:[^"\\]|\\.|\$\{[^}]*\})*"/.exec(rest)?.[0] ?? rest.slice(0, 400);
