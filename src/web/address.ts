import type { IncomingMessage } from 'node:http';

/** `name`, `name:port`, `[address]:port`: RFC 9110, section 7.2. */
const hostShape = /^(?:\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/;

/**
 * Do the host and the target of a request make an address? Whatever reads them later takes them for a URL, and a text that is none
 * (`Host: 127.999.1.1`) would be an error of ours there. A request of HTTP/1.0 has no host.
 */
export const isAddressed = ({ url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>): boolean => {
  const { host } = headers;
  if (host !== undefined && !(hostShape.test(host) && URL.canParse(`http://${host}`))) return false;
  return url.startsWith('/')
    ? URL.canParse(`http://localhost${url}`)
    : /^https?:\/\//i.test(url) && URL.canParse(url);
};
