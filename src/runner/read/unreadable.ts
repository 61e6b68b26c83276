import { UserError } from '../../domain/problem.ts';

/** A plan of which nothing is believed, because part of it is not understood. */
export const unreadable = (sentence: string): UserError =>
  new UserError({
    code: 'plan-unreadable',
    sentence,
    advice:
      'Nothing was counted and nothing can be applied. Use a version of the tool that this Tidegate knows, or update Tidegate.',
  });
