import { secretsGiven } from './given-values.ts';
import { createMask } from './masking.ts';

/**
 * What is said of an error that nothing caught, without whatever is a secret in the server's own environment: it goes where
 * people and collectors read.
 */
export const lastWords = (
  error: unknown,
  environment: Readonly<Record<string, string | undefined>>,
): string => {
  const mask = createMask();
  const given = Object.entries(environment).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  for (const secret of secretsGiven(Object.fromEntries(given))) mask.add(secret);
  return mask.text(error instanceof Error ? (error.stack ?? error.message) : String(error));
};
