import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { summaryJsonSchema } from '../tools/schema/summary.ts';

const committed: unknown = JSON.parse(
  readFileSync(new URL('../../runners/summary.schema.json', import.meta.url), 'utf8'),
);
const page = readFileSync(new URL('../../runners/README.md', import.meta.url), 'utf8');

test('the JSON Schema of a summary is what the code checks (`npm run generate`)', () => {
  expect(committed).toEqual(JSON.parse(summaryJsonSchema()));
});

test('it takes the example of the page, and nothing with a key that nobody knows', () => {
  const validate = new Ajv({ allowUnionTypes: true }).compile(JSON.parse(summaryJsonSchema()));
  const example: Record<string, unknown> = JSON.parse(
    /## summary\.json\n\n```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '',
  );
  expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...example, itmes: [] })).toBe(false);
  expect(validate({ ...example, schema: 2 })).toBe(false);
});
