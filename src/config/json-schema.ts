import { z } from 'zod';
import { operatorSchema } from './operator-schema.ts';
import { repositorySchema } from './repository-schema.ts';

const asJson = (schema: z.ZodType, title: string, description: string): string => {
  const generated = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ ...generated, title, description }, null, 2)}\n`;
};

/**
 * Text of the JSON Schemas under `schema/`, by file name. They tell editors what the files may hold;
 * what needs code to check (paths, globs, names) is checked when the file is read.
 */
export const jsonSchemas = (): Readonly<Record<string, string>> => ({
  'tidegate.schema.json': asJson(
    repositorySchema,
    'tidegate.yaml',
    'How Tidegate plans and applies the projects of a repository.',
  ),
  'operator.schema.json': asJson(
    operatorSchema,
    'Operator file of Tidegate',
    'Which repositories a server works for and what it allows them.',
  ),
});
