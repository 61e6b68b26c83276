import { matchesGlob } from './globs.ts';

/** What the server itself lives on; a tool that has one of these is the server. */
const ownSecrets = /^(?:PRIVATE_KEY(?:_PATH)?|WEBHOOK_SECRET|GITHUB_CLIENT_SECRET|DATABASE_URL|TIDEGATE_.*)$/;

/** The variables whose names an allow-list of the operator matches; nothing else of the server's reaches a tool. */
export const passedVariables = (
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && !ownSecrets.test(name) && names.some((glob) => matchesGlob(glob, name))
        ? [[name, value]]
        : [],
    ),
  );
