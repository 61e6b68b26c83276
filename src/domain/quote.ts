// Everything a reader cannot see or that changes the order in which text is seen.
const invisible = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const longest = 120;

/** Text on one line in which every invisible character is spelt out as `<U+200B>`. */
export const printable = (text: string): string =>
  text.replace(invisible, (char) => {
    const hex = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `<U+${hex}>`;
  });

/**
 * A user's words as a Markdown code span: nothing in them can end the span, mention somebody or
 * hide. Longer than 120 characters is cut, with an ellipsis that says so.
 */
export const quoted = (text: string): string => {
  const whole = [...printable(text)];
  const shown = whole.length > longest ? `${whole.slice(0, longest).join('')}…` : whole.join('');
  if (!shown.includes('`')) return shown.trim() === '' ? `\`"${shown}"\`` : `\`${shown}\``;
  const longestRun = Math.max(...(shown.match(/`+/g) ?? ['']).map((run) => run.length));
  const fence = '`'.repeat(longestRun + 1);
  return `${fence} ${shown} ${fence}`;
};

/** "`a`, `b` and `c`". */
export const quotedList = (texts: readonly string[]): string => {
  const parts = texts.map(quoted);
  const last = parts.pop() ?? '';
  return parts.length === 0 ? last : `${parts.join(', ')} and ${last}`;
};
