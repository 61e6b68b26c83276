import { createPrivateKey } from 'node:crypto';

/**
 * A GitHub App's private key, as it comes through environments: PEM, PEM with `\n` written out, or
 * base64 of either. Gives PKCS #8 PEM; null for anything that is not an RSA key of 2,048 bits or more.
 */
export const readPrivateKey = (text: string): string | null => {
  const withLines = text
    .trim()
    .replace(/^(["'])(.*)\1$/s, '$2')
    .replaceAll('\\r', '')
    .replaceAll('\\n', '\n');
  const pem = withLines.includes('-----BEGIN')
    ? withLines
    : Buffer.from(withLines, 'base64').toString('utf8').replaceAll('\\n', '\n');
  if (!pem.includes('-----BEGIN')) return null;
  try {
    const key = createPrivateKey(pem.trim());
    if (key.asymmetricKeyType !== 'rsa') return null;
    if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) return null;
    return key.export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch {
    // The error of the parser can hold parts of what it was given.
    return null;
  }
};
