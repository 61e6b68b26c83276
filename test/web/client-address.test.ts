import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createClientAddresses, networkOf } from '../../src/web/client-address.ts';

const requestFrom = (address: string, forwarded?: string): IncomingMessage => {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: address });
  const request = new IncomingMessage(socket);
  if (forwarded !== undefined) request.headers['x-forwarded-for'] = forwarded;
  return request;
};

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:0DB8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['', ''],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

describe('who sent a request', () => {
  const { of, isProxy } = createClientAddresses(['10.0.0.5', '192.168.0.0/16', '2001:db8::/32']);

  test.each([
    ['nobody said otherwise', '10.0.0.5', undefined, '10.0.0.5'],
    ['a proxy of ours says', '10.0.0.5', '203.0.113.9', '203.0.113.9'],
    ['one before it could say anything', '10.0.0.5', '1.1.1.1, 203.0.113.9', '203.0.113.9'],
    ['two proxies of ours', '192.168.3.4', '1.1.1.1, 203.0.113.9, 10.0.0.5', '203.0.113.9'],
    ['a listener on both families', '::ffff:10.0.0.5', '203.0.113.9', '203.0.113.9'],
    ['over IPv6', '2001:db8::7', '2001:db9:1:2::3', '2001:db9:1:2::/64'],
    ['no address', '10.0.0.5', 'unknown, constructor', '10.0.0.5'],
    ['a stranger who says so', '198.51.100.7', '203.0.113.9', '198.51.100.7'],
  ])('%s', (_what, address, forwarded, client) => {
    expect(of(requestFrom(address, forwarded))).toBe(client);
  });

  test('without a proxy of ours nobody is one', () => {
    expect(['10.0.0.5', '192.168.255.255', '::ffff:10.0.0.5'].map(isProxy)).toEqual([true, true, true]);
    expect(['10.0.0.6', '', 'x'].map(isProxy)).toEqual([false, false, false]);
    expect(createClientAddresses([]).isProxy('10.0.0.5')).toBe(false);
  });
});
