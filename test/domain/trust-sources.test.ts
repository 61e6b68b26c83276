import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBuiltIn, modulePlace, providerPlace } from '../../src/domain/trust/sources.ts';

describe('where a provider comes from', () => {
  it.each([
    ['null', 'hashicorp/null'],
    ['Hashicorp/Null', 'hashicorp/null'],
    ['registry.terraform.io/hashicorp/null', 'hashicorp/null'],
    ['registry.opentofu.org/hashicorp/null', 'hashicorp/null'],
    [
      'registry.terraform.io.evil.example/hashicorp/null',
      'registry.terraform.io.evil.example/hashicorp/null',
    ],
    ['evil.example/hashicorp/null', 'evil.example/hashicorp/null'],
    ['evil.example:8443/hashicorp/null', 'evil.example:8443/hashicorp/null'],
  ])('%s is %s', (source, place) => {
    expect(providerPlace(source)).toBe(place);
  });

  it.each([
    '',
    '/',
    'a/b/c/d',
    'hashicorp//null',
    'hashicorp/../null',
    'häshicorp/null',
    'hashicorp/null?x',
    ' hashicorp/null',
    'https://x/hashicorp/null',
    '@{x}/y',
  ])('%j is none', (source) => {
    expect(providerPlace(source)).toBeNull();
  });

  it('what is part of Terraform is told from what is called like it', () => {
    expect(isBuiltIn('terraform.io/builtin/terraform')).toBe(true);
    expect(isBuiltIn('evil.example/builtin/terraform')).toBe(false);
  });
});

describe('where a module comes from', () => {
  it.each([
    ['acme/vpc/aws', 'acme/vpc/aws'],
    ['registry.terraform.io/acme/vpc/aws', 'acme/vpc/aws'],
    ['app.terraform.io/acme/vpc/aws//modules/x', 'app.terraform.io/acme/vpc/aws'],
    ['github.com/acme/modules', 'github.com/acme/modules'],
    ['github.com/acme/modules.git//vpc?ref=v1.2', 'github.com/acme/modules'],
    ['git@github.com:acme/modules.git', 'github.com/acme/modules'],
    ['git::https://github.com/acme/modules.git//vpc?ref=v1', 'github.com/acme/modules'],
    ['git::https://github.com/acme/modules.git?ref=v1&depth=1', 'github.com/acme/modules'],
    ['git::ssh://git@git.acme.example:2222/infra/modules.git', 'git.acme.example:2222/infra/modules'],
    ['https://modules.acme.example/vpc.zip', 'modules.acme.example/vpc.zip'],
    ['git::https://GitHub.com/acme/modules', 'github.com/acme/modules'],
    ['https://github.com.evil.example/acme/modules', 'github.com.evil.example/acme/modules'],
    ['evil.example/github.com/acme/aws', null],
  ])('%s is %s', (source, place) => {
    expect(modulePlace(source)).toBe(place);
  });

  it.each([
    'git::https://github.com@evil.example/acme/modules',
    'git::https://user:secret@github.com/acme/modules',
    'https://github.com\\@evil.example/acme/modules',
    'https://github.com#@evil.example/acme/modules',
    'git::https://evil.example/?https://github.com/acme/modules',
    'http://github.com/acme/modules',
    'git::http://github.com/acme/modules',
    'git::git::https://github.com/acme/modules',
    'git::ext::sh -c touch% /tmp/x',
    'git::file:///etc',
    'file:///etc/modules',
    '/etc/modules',
    'hg::https://github.com/acme/modules',
    's3::https://s3.amazonaws.com/bucket/vpc.zip',
    'gcs::https://www.googleapis.com/storage/v1/modules/x.zip',
    'git::https://github.com/acme/modules?ref=--upload-pack=touch',
    'git::https://github.com/acme/modules?sshkey=aGk=',
    'git::https://github.com/acme/modules?archive=zip',
    'git::https://github.com/acme/modules?ref=v1&sshkey=aGk=',
    'git::https://github.com/acme/../evil/modules',
    'github.com/acme/modules//../../evil',
    'git::https://2130706433/acme/modules',
    'git::https://[::1]/acme/modules',
    'git::https://[::ffff:127.0.0.1]/acme/modules',
    'git::https://0x7f000001/acme/modules',
    'git::https://github.com:99999999/acme/modules',
    'git::https://github.com/acme/mod%2fules',
    'git::https://github.com/acme/modules ',
    'git@github.com:acme/modules.git?ref=x;y',
    '-oProxyCommand=x@github.com:acme/modules',
    `\${var.source}`,
    '',
  ])('%j is on no list', (source) => {
    expect(modulePlace(source)).toBeNull();
  });

  it('is a host that anybody would read in it, whatever stands around', () => {
    const pieces = fc.constantFrom(
      'git::',
      'https://',
      'ssh://',
      'http://',
      'git@',
      'github.com',
      'evil.example',
      '@',
      ':',
      '/',
      '//',
      '\\',
      '?ref=',
      '#',
      '..',
      '.git',
      'acme',
      'modules',
      '%2f',
      '[::1]',
      ' ',
      '&',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const source = parts.join('');
        const place = modulePlace(source);
        if (place === null || !place.startsWith('github.com/')) return;
        // Read by the standard as well: no other host is asked.
        const asUrl = source.replace(/^git::/, '').replace(/^git@github\.com:/, 'ssh://git@github.com/');
        const url = new URL(asUrl.includes('://') ? asUrl : `https://${asUrl}`);
        expect(url.hostname).toBe('github.com');
        expect(url.password).toBe('');
      }),
      { numRuns: 5000 },
    );
  });
});
