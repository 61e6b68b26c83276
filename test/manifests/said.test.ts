import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { meaningOf, shown } from '../../src/helm/said.ts';

describe('what a tool says', () => {
  test.for([
    'Error: Kubernetes cluster unreachable: Get "http://127.0.0.1:1/version": dial tcp 127.0.0.1:1: connect: connection refused',
    'Error: UPGRADE FAILED: the server is currently unable to handle the request',
    'Error from server (TooManyRequests): the server has received too many requests and has asked us to try again later',
    'Error: query: failed to query with labels: etcdserver: leader changed',
    'net/http: TLS handshake timeout',
    'Error: failed to do request: Head "https://ghcr.io/v2/": dial tcp: lookup ghcr.io: no such host',
    'Unable to connect to the server: EOF',
  ])('may be of the moment: %s', (text) => {
    expect(meaningOf(text)).toBe('again');
  });

  test.for([
    '',
    'Error: UPGRADE FAILED: template: web/templates/a.yaml:3:5: executing "a" at <.Values.b.c>: nil pointer',
    'Error: Kubernetes cluster unreachable: the server has asked for the client to provide credentials',
    'Error from server (Forbidden): secrets is forbidden: User "x" cannot list resource "secrets"',
    'Error: tls: failed to verify certificate: x509: certificate signed by unknown authority: connection reset',
    'Error: INSTALLATION FAILED: cannot re-use a name that is still in use',
  ])('may be final: %s', (text) => {
    expect(meaningOf(text)).toBe('final');
  });

  test('may be about a kind that nobody has defined yet', () => {
    const text =
      'Error: unable to build kubernetes objects from release manifest: resource mapping not found for name: "a" namespace: "" from "": no matches for kind "Zone" in version "acme.example/v1"';
    expect(meaningOf(text)).toBe('no-kind');
  });

  test('is shown without secrets and without objects', () => {
    const text =
      'Error: unable to build: Secret in version "v1" cannot be handled: {"data":{"a":["unknown"]}} near hunter2, map[x:y] end';
    expect(shown(text, ['hunter2'])).toBe(
      'unable to build: Secret in version "v1" cannot be handled: {…} near ***, map[…] end',
    );
  });

  test('never holds a value that is known to be secret, nor what stands between braces', () => {
    const value = fc.stringMatching(/^[A-Za-z0-9+/=]{4,12}$/);
    fc.assert(
      fc.property(value, value, fc.string(), (secret, unknown, words) => {
        const text = shown(`${words.replaceAll(/[[\]{}]/g, '')} ${secret} {"data": {"a": "<${unknown}>"}}`, [
          secret,
        ]);
        expect(text).not.toContain(secret);
        expect(text).not.toContain(`<${unknown}>`);
      }),
    );
  });

  test('is short', () => {
    expect(shown('x'.repeat(100_000)).length).toBeLessThan(2_100);
  });
});
