import { z } from 'zod';
import { globProblem } from './globs.ts';

/*
 * House rule of these schemas: every `error` is a phrase that follows "must be", so that
 * `explain.ts` can make the same kind of sentence of any of them; `.describe` is what the reference says.
 */

/** A mapping with these keys and no others. Its message for a foreign key is the list of known ones. */
export const section = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : 'a mapping of keys to values',
  });

export const text = (phrase: string, pattern: RegExp) =>
  z.string({ error: phrase }).regex(pattern, { error: phrase });

export const listOf = <Item extends z.ZodType>(item: Item, phrase: string) =>
  z.array(item, { error: phrase }).max(1000, { error: 'a list of at most 1,000' });

/** A glob, refused with the reason that the matcher would have. */
export const glob = z.string({ error: 'a glob' }).check((context) => {
  const why = globProblem(context.value);
  if (why !== null)
    context.issues.push({ code: 'custom', message: `a glob; this one ${why}`, input: context.value });
});
