import { createHash } from 'node:crypto';
import type { Written } from './definitions.ts';

/**
 * A file of variables in JSON syntax. Null: it cannot be told what it says.
 * https://developer.hashicorp.com/terraform/language/values/variables#variable-definitions-tfvars-files
 */
export const jsonVariables = (text: string): ReadonlyMap<string, Written> | null => {
  // What reads JSON here would round it.
  if (/[\d.]{16,}/.test(text)) return null;
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return null;
  }
  // A list of objects is a file as well.
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return null;
  return new Map(
    Object.entries(read).map(([name, value]) => {
      const written = JSON.stringify(value);
      const digest = createHash('sha256').update(written).digest('base64url').slice(0, 16);
      return [name, { argument: { text: written, digest }, isJson: true }] as const;
    }),
  );
};
