import { AnsiUp } from 'ansi_up';
import { ownValue } from '../domain/own-value.ts';

/** A piece of a line that looks the same. */
export interface Piece {
  /** Class names of ours, separated by blanks; empty for plain text. */
  readonly look: string;
  readonly text: string;
}

/** What a tool printed, in pieces on its way to a page. */
export interface TerminalText {
  /**
   * Complete lines, and what there is of the last one. `joins`: the first line goes on where the last one of the
   * call before stopped.
   */
  push(text: string): { readonly lines: readonly (readonly Piece[])[]; readonly joins: boolean };
}

const begin = '\\u001b';
const csi = `(?:${begin}\\[|\\u009b)`;
/** Ends at its terminator, at the end of the line where a tool left it open, and never swallows more than that. */
const text = '[^\\u0007\\u001b\\u009c\\n\\r]*(?:\\u0007|\\u001b\\\\|\\u009c)?';
const codes = new RegExp(
  [
    // Titles, links, the clipboard, device control: operating system commands, strings, privacy messages.
    `(?:${begin}[\\]PX^_]|[\\u009d\\u0090\\u0098\\u009e\\u009f])${text}`,
    // Colours stay (the group); everything else that begins so moves the cursor, clears, asks or switches.
    `(${begin}\\[[0-9;]*m)`,
    `${csi}[0-?]*[ -/]*[@-~]?`,
    // Character sets and single letters.
    `${begin}[ -/]*[0-~]?`,
    // Every other control character but tab and line feed.
    '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]',
  ].join('|'),
  'g',
);

// Marks that reorder text or cannot be seen: shown, so that they hide nothing.
const unseen =
  /[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Noncharacter_Code_Point}]/gu;

const spelt = (character: string): string =>
  `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`;

/**
 * Text of a tool with its colours, and nothing else that a terminal or a browser would act on. A progress bar that
 * draws over itself becomes one line for each time it did.
 */
export const onlyColours = (raw: string): string =>
  raw
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replaceAll('\r', '\n')
    .replace(codes, (_, colour: string | undefined) => colour ?? '')
    .replace(unseen, spelt);

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#x27;': "'",
};
const plain = (escaped: string): string =>
  escaped.replace(/&(?:amp|lt|gt|quot|#x27);/g, (entity) => ownValue(entities, entity) ?? entity);

/** What ansi_up makes: text, or one span around it, never one inside another. */
const made = /<span(?: style="([^"]*)")?(?: class="([^"]*)")?>([^<]*)<\/span>|([^<]+)/g;

/** `style` holds the words that `createTerminalText` sets, and colours that have no class of ours. */
const looksOf = (style: string, names: string): string =>
  [
    ...style.split(';').filter((word) => /^(?:bold|faint|italic|underline)$/.test(word)),
    ...names.split(' ').filter((name) => /^ansi-[a-z-]+$/.test(name)),
  ]
    .map((name) => (name.startsWith('ansi-') ? name : `ansi-${name}`))
    .join(' ');

const piecesOf = (html: string): readonly Piece[] =>
  [...html.matchAll(made)].map(([, style = '', names = '', inside, bare]) => ({
    look: looksOf(style, names),
    text: plain(inside ?? bare ?? ''),
  }));

/** Begins at the begin of a line unless `joins`. Remembers colours from line to line. */
export const createTerminalText = (joins = false): TerminalText => {
  const ansi = new AnsiUp();
  ansi.use_classes = true;
  ansi.boldStyle = 'bold';
  ansi.faintStyle = 'faint';
  ansi.italicStyle = 'italic';
  ansi.underlineStyle = 'underline';
  let isOpen = joins;
  return {
    push: (raw) => {
      const clean = onlyColours(raw);
      const isJoined = isOpen;
      const lines = clean.split('\n');
      isOpen = lines.at(-1) !== '';
      if (!isOpen) lines.pop();
      return { lines: lines.map((line) => piecesOf(ansi.ansi_to_html(line))), joins: isJoined };
    },
  };
};
