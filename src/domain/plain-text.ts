// Letters and digits of any script, and the marks that names of folders, projects and resource keys
// use. No quote, backslash, `$`, backtick, `;`, `&`, `|`, `<`, `>`, parenthesis or line break.
const plain = /^[\p{L}\p{M}\p{N} _\-./:@+,=~%#*?[\]{}!^]*$/u;
// Letters by category that no reader sees (Hangul fillers, variation selectors ...).
const ignorable = /\p{Default_Ignorable_Code_Point}/u;

/** Only characters that can be typed in a selector or in the key of a resource address. */
export const isPlainText = (text: string): boolean => plain.test(text) && !ignorable.test(text);

export const plainTextRule =
  'letters, digits, spaces and ``_ - . / : @ + , = ~ % # * ? [ ] { } ! ^``; `?` stands for any other character';
