import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { discoveryKeys, repositoryKeys, serverKeys, stepKeys } from '../../../src/config/atlantis/keys.ts';
import { parseOperatorFile } from '../../../src/config/operator-file.ts';
import { exampleIn, withMadeParts } from '../../tools/schema/atlantis-page.ts';
import { taken } from '../stories.ts';

const page = readFileSync(new URL('../../../src/config/coming-from-atlantis.md', import.meta.url), 'utf8');

describe('the page for those who come from Atlantis', () => {
  it('is what the code says (`npm run generate`)', () => {
    expect(withMadeParts(page)).toBe(page);
  });

  it('opens with what will surprise', () => {
    expect(page.split('\n').filter((line) => line.startsWith('## '))[0]).toBe('## What will surprise you');
  });

  it('has a row for every key', () => {
    const rows = page.split('\n').filter((line) => /^\| .* \| (?:read|instead) \| \S/.test(line));
    expect(rows).toHaveLength([repositoryKeys, serverKeys, discoveryKeys, stepKeys].flat().length);
  });

  it('has an operator file that reads the server-side repo config beside it', () => {
    const { atlantisFile, maySet, mayChoose, prefixes } = taken(
      parseOperatorFile(exampleIn(page, 'operator'), 'operator.yaml', {
        name: '/etc/tidegate/repos.yaml',
        text: exampleIn(page, 'repos'),
        host: 'github.com',
      }),
    );
    expect(prefixes).toEqual(['atlantis']);
    expect(atlantisFile('acme/infra')).toBe('atlantis.yaml');
    expect(maySet('acme/infra')).toContain('workflow');
    expect(mayChoose('acme/infra')).toEqual(['staged']);
  });

  it('has the part that is printed as one of an operator file', () => {
    const { rules, workflows } = taken(
      parseOperatorFile(`allow: [acme/*]\n${exampleIn(page, 'printed')}`, 'operator.yaml'),
    );
    expect([...workflows.keys()]).toEqual(['default', 'staged']);
    const asking = rules.find(({ requirements }) => requirements !== undefined);
    expect(asking?.inRepository?.('acme/infra')).toBe(true);
    expect(asking?.inRepository?.('acme/sandbox')).toBe(false);
  });
});
