import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cliConfig } from '../../src/sandbox/local/cli-config.ts';
import { temporaryFolder } from '../support/leftovers.ts';

test('without a mirror terraform only keeps from calling home', async () => {
  expect(await cliConfig(null)).toBe('disable_checkpoint = true\n');
});

test('what is in a mirror is kept from being asked for elsewhere, by name, and nothing else is', async () => {
  const mirror = temporaryFolder('mirror');
  for (const name of [
    'registry.terraform.io/hashicorp/aws',
    'example.com/acme/fake/1.0.0',
    'example.com:8443/acme/fake',
    'example.com:x/acme/fake',
    'example.com/.staging/x',
    'example.com/odd"name/x',
    'half/way',
  ])
    mkdirSync(path.join(mirror, name), { recursive: true });
  writeFileSync(path.join(mirror, 'registry.terraform.io/hashicorp/README'), '');
  expect(await cliConfig(mirror)).toBe(`disable_checkpoint = true
provider_installation {
  filesystem_mirror {
    path = ${JSON.stringify(mirror)}
  }
  direct {
    exclude = ["example.com/acme/fake","example.com:8443/acme/fake","registry.terraform.io/hashicorp/aws"]
  }
}
`);
});

test('a mirror that is empty, or not there, keeps nothing from anywhere', async () => {
  expect(await cliConfig(temporaryFolder('mirror'))).toContain('direct {}');
  expect(await cliConfig('/nowhere/at/all')).toContain('direct {}');
});
