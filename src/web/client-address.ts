import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

/** Who stands behind a connection or a request. The texts only tell clients apart; nothing is allowed because of them. */
export interface ClientAddresses {
  /** Is it the address of a proxy of the operator, which carries the requests of many? */
  isProxy(address: string): boolean;
  /** Of who sent the request: the address of its connection, or what a proxy of the operator says of it. */
  of(request: IncomingMessage): string;
}

/** `::ffff:192.0.2.1` is how a listener on `::` sees 192.0.2.1. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

/**
 * The address as far as it tells clients apart. Whoever has an IPv6 address has 2^64 of them (RFC 6177: at least a /64 for each
 * site), so that only the network counts.
 */
export const networkOf = (address: string): string => {
  const short = plain(address);
  if (!isIPv6(short)) return short;
  const [head = '', tail] = short.replace(/%.*$/, '').split('::');
  const groups = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros =
    tail === undefined
      ? []
      : Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const first = [...before, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').toLowerCase());
  return `${first.join(':')}::/64`;
};

const family = (address: string): 'ipv4' | 'ipv6' => (isIPv6(address) ? 'ipv6' : 'ipv4');

/**
 * @param proxies addresses and networks (`192.0.2.1`, `10.0.0.0/8`), checked. What comes from one of them is told apart by the last
 * address in `X-Forwarded-For` that is none of them. From anywhere else that header is a stranger's claim, and not read.
 */
export const createClientAddresses = (proxies: readonly string[]): ClientAddresses => {
  const known = new BlockList();
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/', 2);
    if (prefix === undefined) known.addAddress(address, family(address));
    else known.addSubnet(address, Number(prefix), family(address));
  }
  const isProxy = (address: string): boolean => {
    const short = plain(address);
    return proxies.length > 0 && isIP(short) !== 0 && known.check(short, family(short));
  };
  return {
    isProxy,
    of: ({ socket, headers }) => {
      const direct = socket.remoteAddress ?? '';
      if (!isProxy(direct)) return networkOf(direct);
      const said = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
      const client = said.map((one) => one.trim()).findLast((one) => isIP(plain(one)) !== 0 && !isProxy(one));
      return networkOf(client ?? direct);
    },
  };
};
