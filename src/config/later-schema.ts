import { z } from 'zod';
import { momentShape } from './rules-schema.ts';
import { section } from './schema-parts.ts';

/*
 * Keys that are part of the format before Tidegate does what they say, so that files and editors know their shape. Who
 * uses one is told, and not left to believe that it works.
 */

const notYet = (what: string): string =>
  `left out: ${what} is part of the format, and this version of Tidegate does not do it yet`;

/** Takes the shape, then refuses it. */
const later = <Schema extends z.ZodType>(name: string, schema: Schema, what: string) =>
  schema
    .check((context) => {
      // Of a shape that is wrong, people want to hear first.
      if (context.issues.length === 0)
        context.issues.push({ code: 'custom', message: notYet(`\`${name}\``), input: context.value });
    })
    .optional()
    .describe(`Not done yet. ${what}`);

/** In rules and projects. */
export const laterProjectShape = {
  drift: later(
    'drift',
    section({
      mode: z
        .enum(['off', 'detect', 'issue', 'pr', 'apply'], {
          error: '`off`, `detect`, `issue`, `pr` or `apply`',
        })
        .describe('What is done about a world that is not as it was applied.'),
      schedule: section(momentShape).optional().describe('When it is looked for.'),
    }),
    'Looking for changes that were made beside Git.',
  ),
};
