import { roles } from '../../src/cli/roles.ts';
import { UserError } from '../../src/domain/problem.ts';
import type { Checkout } from '../support/checkout.ts';

/** What a command on a checkout came to. */
export interface Came {
  readonly code: number;
  readonly out: string;
  readonly said: string;
}

/** Runs one as `main.ts` does, in this process. A problem that is thrown is said, and makes the code 1. */
export const run = async (
  checkout: Pick<Checkout, 'folder' | 'home'>,
  role: keyof typeof roles,
  args: readonly string[] = [],
  more: {
    readonly environment?: Readonly<Record<string, string>>;
    readonly stopped?: Promise<unknown>;
    readonly onSay?: (line: string) => void;
  } = {},
): Promise<Came> => {
  let out = '';
  let said = '';
  const code = await roles[role](args, {
    environment: { PATH: process.env['PATH'], ...more.environment },
    folder: checkout.folder,
    home: checkout.home,
    out: async (text) => {
      out += text;
    },
    say: (line) => {
      said += `${line}\n`;
      more.onSay?.(line);
    },
    colour: false,
    stopped: more.stopped ?? new Promise(() => undefined),
  }).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    said += `${error.problem.sentence}\n  ${error.problem.advice}\n`;
    return 1;
  });
  return { code, out, said };
};
