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

/** A program of the machine with its arguments, never for a shell. */
export const argv = z
  .array(z.string({ error: 'text' }).max(4096, { error: 'at most 4,096 characters' }), {
    error: 'a list of a program and its arguments',
  })
  .min(1, { error: 'a list of a program and its arguments' })
  .max(100, { error: 'a list of at most 100' });

/** Text that code judges: `problem` gives the phrase after "it must be". */
export const judged = (phrase: string, problem: (text: string) => string | null) =>
  z.string({ error: phrase }).check((context) => {
    const message = problem(context.value);
    if (message !== null) context.issues.push({ code: 'custom', message, input: context.value });
  });

export const workflowName = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** What is wrong with a program and its arguments, as the phrase after "it must be"; null where nothing is. */
export const programProblem = ([program = '', ...rest]: readonly string[]): string | null => {
  if ([program, ...rest].some((part) => /\p{Cc}/u.test(part))) return 'a command without control characters';
  if (program === '') return 'a command that begins with a program';
  return (program.includes('/') ? program.startsWith('/') : !program.startsWith('-'))
    ? null
    : 'a command whose program is a name that is on the `PATH` of the server, or an absolute path';
};
