import { UserError } from '../domain/problem.ts';

/** What the operator has to put right before a server may start; main prints it and exits 1. */
export const startRefused = (sentence: string, advice: string, cause?: unknown): UserError =>
  new UserError({ code: 'cannot-start', sentence, advice }, cause === undefined ? {} : { cause });
