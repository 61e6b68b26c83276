import { ForgeError } from '../port.ts';

interface Page<T> {
  readonly data: T;
  readonly headers: { readonly link?: string | undefined };
}

/**
 * The number of the next page, from a `Link` header; null on the last one. Only the number is
 * taken: the address in it could be anybody's, and we would send it our token.
 * https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api#using-link-headers
 */
export const nextPage = (link: string | undefined): number | null => {
  const target = /<([^<>]*)>[^,<]*;\s*rel="?next"?/.exec(link ?? '')?.[1];
  if (target === undefined) return null;
  const page = /[?&]page=(\d{1,9})(?:&|$)/.exec(target)?.[1];
  return page === undefined ? null : Number(page);
};

/**
 * The cursor of the next page, for lists that have no numbers; null on the last one. As above, only it is taken.
 * https://docs.github.com/en/rest/apps/webhooks#list-deliveries-for-an-app-webhook
 */
export const nextCursor = (link: string | undefined): string | null => {
  const target = /<([^<>]*)>[^,<]*;\s*rel="?next"?/.exec(link ?? '')?.[1];
  const cursor = /[?&]cursor=([^&]{1,200})(?:&|$)/.exec(target ?? '')?.[1];
  return cursor === undefined ? null : decodeURIComponent(cursor);
};

/** All pages in order. `fetchPage` asks for one by its number, counted from 1. */
export async function* pages<T>(fetchPage: (page: number) => Promise<Page<T>>): AsyncGenerator<T> {
  let page: number | null = 1;
  while (page !== null) {
    const { data, headers }: Page<T> = await fetchPage(page);
    yield data;
    const next = nextPage(headers.link);
    if (next !== null && next <= page)
      throw new ForgeError('unavailable', 'the list of pages goes in a circle');
    page = next;
  }
}
