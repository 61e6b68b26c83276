import { type Html, markup } from './html.ts';

/** Only web addresses become links: an App may come with any text as an address. */
export const webLink = (address: string | null, words: string): Html | null => {
  if (address === null || !URL.canParse(address)) return null;
  const { protocol, href } = new URL(address);
  if (protocol !== 'http:' && protocol !== 'https:') return null;
  return markup`<a href="${href}" rel="nofollow noopener noreferrer">${words}</a>`;
};
