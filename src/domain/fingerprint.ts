import type { ProjectKey } from './ids.ts';

/*
 * What people see of a secret: that it is the same, or another. Decision 29 says why it is of a project, and of long texts only.
 */

/** 32 signs, 8 of them: 40 bits. Not hexadecimal: GitHub takes such a word for a commit. */
const signs = 'abcdefghijklmnopqrstuvwxyz234567';
const length = 8;

const shortest = 16;
const fewestSigns = 7;

/** Could nobody find it by planning guesses of theirs? Passwords of people are short. */
const isHardToGuess = (secret: string): boolean =>
  secret.length >= shortest && new Set(secret.slice(0, 200)).size >= fewestSigns;

/**
 * Fingerprints under this installation's key for one project: elsewhere the same secret has another. Null for a secret that could
 * be guessed.
 *
 * @param sign HMAC (hex) under the installation's key, that signs other things too
 */
export const fingerprints =
  (sign: (text: string) => string, project: ProjectKey) =>
  (secret: string): string | null => {
    if (!isHardToGuess(secret)) return null;
    let rest = Number.parseInt(sign(`fingerprint\n${JSON.stringify([project, secret])}`).slice(0, 10), 16);
    let text = '';
    while (text.length < length) {
      text += signs.charAt(rest % signs.length);
      rest = Math.floor(rest / signs.length);
    }
    return text;
  };
