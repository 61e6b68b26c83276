import { z } from 'zod';
import { summaryFile } from '../../../src/runner/read/summary-schema.ts';

/** Text of `runners/summary.schema.json`: for editors, and for the tests of tools. That a summary fits itself is checked when it is read. */
export const summaryJsonSchema = (): string =>
  `${JSON.stringify(
    {
      ...z.toJSONSchema(summaryFile, { io: 'input', target: 'draft-7' }),
      title: 'summary.json',
      description: 'What a plan of a tool says to Tidegate.',
    },
    null,
    2,
  )}\n`;
