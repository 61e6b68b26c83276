import { ForgeError } from '../port.ts';

/** GitHub's words, in a failure of ours, for what the App was not given. Other refusals are of what was asked for. */
const words = /: 403: Resource not accessible by integration/;

export const isNotPermitted = (error: unknown): boolean =>
  error instanceof ForgeError && error.failure === 'refused' && words.test(error.message);

/** The call's result; `not-permitted` where the App lacks the permission for it, here. */
export const orNotPermitted = async <T>(call: Promise<T>): Promise<T | 'not-permitted'> => {
  try {
    return await call;
  } catch (error) {
    if (isNotPermitted(error)) return 'not-permitted';
    throw error;
  }
};
