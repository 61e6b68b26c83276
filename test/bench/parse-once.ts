/** What nobody who reads the same files can do without: the parser of Terraform's language, once for each text. */
import { readFileSync } from 'node:fs';
import { parse } from '@cdktn/hcl2json';

const texts: unknown = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
if (!Array.isArray(texts)) throw new Error('no list of texts');
for (const text of texts) await parse('main.tf', String(text));
