/** Writes what is made from the schemas of the files: `npm run generate`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { jsonSchemas } from '../../../src/config/json-schema.ts';
import { configurationReference } from '../../../src/config/reference.ts';
import { withMadeParts } from './atlantis-page.ts';
import { summaryJsonSchema } from './summary.ts';

const folder = new URL('../../../src/config/', import.meta.url);
for (const [name, text] of Object.entries(jsonSchemas()))
  writeFileSync(new URL(`schema/${name}`, folder), text);
writeFileSync(new URL('reference.md', folder), configurationReference());
writeFileSync(new URL('../../../runners/summary.schema.json', import.meta.url), summaryJsonSchema());
const coming = new URL('coming-from-atlantis.md', folder);
writeFileSync(coming, withMadeParts(readFileSync(coming, 'utf8')));
