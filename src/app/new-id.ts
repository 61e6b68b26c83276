import { randomBytes } from 'node:crypto';

/**
 * 96 random bits, as digits and letters alone: an id is written into hidden comments, which may not hold `--`, and is typed behind
 * commands, where what begins with `-` is an option.
 */
export const newId = (): string => randomBytes(12).toString('hex');
