/** Markup that was escaped or made by ours: the only thing a page is built from. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | null | false | readonly Part[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => entities[character] ?? character);

const partOf = (part: Part): string => {
  if (part === null || part === false) return '';
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return 'html' in part ? part.html : part.map(partOf).join('');
};

/** Every value is escaped unless it is markup already; attributes have to be quoted. */
export const markup = (words: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: String.raw({ raw: words }, ...parts.map(partOf)),
});

/** For text that was made safe elsewhere: the Markdown sanitizer's output and nothing else. */
export const trusted = (html: string): Html => ({ html });
