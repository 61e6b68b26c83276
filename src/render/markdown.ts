/**
 * Text that may stand in a comment as it is: made by the functions of this file, or by a template
 * from such text. Everything that users and tools wrote goes through one of them.
 */
declare const brand: unique symbol;
export type Markdown = string & { readonly [brand]: 'Markdown' };

/** Fixed words of ours with checked parts between them. */
export const md = (words: TemplateStringsArray, ...parts: readonly (Markdown | number)[]): Markdown =>
  String.raw({ raw: words }, ...parts) as Markdown;

export const join = (parts: readonly Markdown[], separator: string): Markdown =>
  parts.join(separator) as Markdown;

export const nothing = '' as Markdown;

// Controls, marks that reorder text (Unicode UAX 9), characters that take no room and code points that
// are no characters: what a reader cannot see must not hide in what is approved. U+200C and U+200D stay, scripts and emoji need them.
const invisible =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Noncharacter_Code_Point}]/gu;

const shown = (character: string): string =>
  `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`;

// biome-ignore lint/complexity/useRegexLiterals: the escape character is clearer as an escape in a string
const terminalCodes = new RegExp(
  '\\u001b(?:\\[[0-9;?]*[ -/]*[@-~]|\\][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\))',
  'g',
);

/** Several lines made safe to look at: no terminal codes, no character that cannot be seen. */
export const visibleLines = (text: string): string =>
  text.toWellFormed().replace(terminalCodes, '').replaceAll('\r\n', '\n').replace(invisible, shown);

/** One line: line ends become spaces. */
export const visible = (text: string): string =>
  visibleLines(text)
    .replace(/[\n\t]+/g, ' ')
    .trim();

/** At most `limit` characters, and the cut is seen. */
export const clip = (text: string, limit: number): string => {
  const characters = [...text.slice(0, limit * 2)];
  if (text.length <= limit || (characters.length <= limit && text.length <= limit * 2)) return text;
  return `${characters.slice(0, limit - 1).join('')}…`;
};

const entity = (character: string): string => `&#${character.codePointAt(0)};`;

/**
 * Entities do not stop GitHub from making links of `@name`, `#1`, `GH-1` and addresses: it looks at the text
 * of the finished page. A character of no width in between does, and is what other bots use.
 */
const defuse = (escaped: string): string =>
  escaped
    .replace(/&#64;/g, '&#64;&#8203;')
    .replace(/&#35;(?=\d)/g, '&#35;&#8203;')
    .replace(/(GH-)(?=\d)/gi, '$1&#8203;')
    .replace(/:\/\//g, ':&#8203;//')
    .replace(/(www)\./gi, '$1&#8203;.');

/** One line of prose: no character of it means anything to Markdown, HTML or GitHub's links. */
export const text = (raw: string): Markdown =>
  defuse(
    visible(raw)
      .replace(/[&<>"'`*_[\]\\|~#@!${}^]/g, entity)
      // A paragraph may begin with it: no list, heading underline or quote.
      .replace(/^(?:[-+=:]|\d+(?=[.)]))/, (start) => [...start].map(entity).join('')),
  ) as Markdown;

const inEntities = (line: string): string =>
  line.replace(/[^A-Za-z0-9 ./:=,+()-]/gu, (character) => entity(character));

/**
 * One line of code, good in prose, table cells and links alike. Back-ticks are used where they are enough:
 * they cannot say a pipe behind a backslash in a table. In the other form GitHub still makes links of addresses.
 */
export const code = (raw: string, limit = 300): Markdown => {
  const line = clip(visible(raw), limit);
  if (line === '') return md`(empty)`;
  return (/[`|\\]/.test(line) ? `<code>${defuse(inEntities(line))}</code>` : `\`${line}\``) as Markdown;
};

/** The same where Markdown is not read, as in a `<summary>`. */
export const htmlCode = (raw: string): Markdown => `<code>${inEntities(visible(raw))}</code>` as Markdown;

/**
 * A sentence in which back-ticks mark names and values, and nothing else is markup. A value that holds a
 * back-tick itself can only move the border between code and prose, and both are inert.
 */
export const phrase = (raw: string, limit = 1000): Markdown =>
  clip(visible(raw), limit)
    .split(/(`[^`]+`)/)
    .map((part, index) => {
      if (index % 2 === 1) return code(part.slice(1, -1));
      const inert = text(part);
      // `text` trims; the spaces between words and code must stay.
      return `${/^\s/.test(part) ? ' ' : ''}${inert}${/\S\s$/.test(part) ? ' ' : ''}`;
    })
    .join('') as Markdown;

/** A phrase whose lines stay lines. */
export const lines = (raw: string, limit = 1000): Markdown =>
  clip(visibleLines(raw), limit)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => phrase(line, limit))
    .join('<br>') as Markdown;

/** A code block that its content cannot end. */
export const fence = (content: string, language: 'diff' | 'text'): Markdown => {
  const body = visibleLines(content).replace(/\n+$/, '');
  const longest = (body.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2);
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${body}\n${ticks}` as Markdown;
};

/** A link; only the text where the address is not one of the web. */
export const link = (label: Markdown, address: string): Markdown => {
  if (!URL.canParse(address)) return label;
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return label;
  const safe = url.href.replace(/[()<>|\\`*_[\]{}\s"'&~]/g, (character) =>
    character === '&' || character === '_' || character === '~'
      ? entity(character)
      : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return `[${label}](${safe})` as Markdown;
};

/** The hidden line by which a comment is found again. It is ours: one that is not plain is a bug. */
const marker = (raw: string): Markdown => {
  if (!/^[\w .:;,=/@#+{}"-]+$/.test(raw) || raw.includes('--'))
    throw new TypeError(`not a marker: ${JSON.stringify(raw)}`);
  return `<!-- ${raw} -->` as Markdown;
};

/** What is not shown and others may read. It has to be made so that it cannot end: that it can is a bug. */
const unseen = (raw: string): Markdown => {
  if (raw.includes('--') || /[<>]/.test(raw))
    throw new TypeError(`not for a comment: ${JSON.stringify(raw)}`);
  return `<!-- ${raw} -->` as Markdown;
};

/** The first line of a comment is its marker, whatever the templates say, and the last one its facts. */
export const marked = (raw: string, body: Markdown, facts: string | null = null): Markdown =>
  facts === null ? md`${marker(raw)}\n${body}` : md`${marker(raw)}\n${body}\n${unseen(facts)}\n`;
