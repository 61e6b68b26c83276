import { z } from 'zod';
import type { Bots } from '../domain/rules/bots.ts';
import { section, text } from './schema-parts.ts';

const answer = (what: string) =>
  z.enum(['allow', 'refuse'], { error: '`allow` or `refuse`' }).default('refuse').describe(what);

/** `bots` of the operator file: what is done with pull requests whose author is a bot account. */
export const botsSchema = z.record(
  text('a login of GitHub without `[bot]`, for example `renovate`', /^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/),
  section({
    plan: answer(
      'Are its pull requests planned by themselves? `refuse`: somebody who may plan has to comment `/plan`, after each push.',
    ),
    apply: answer(
      'May its pull requests be applied? `allow`: by whoever may, once everything holds that is asked for. `refuse`: by nobody.',
    ),
  }),
  { error: 'a mapping of logins to what may be done with their pull requests' },
);

type Raw = z.infer<typeof botsSchema>;

/** Two names of one account: GitHub knows no capital letters. */
export const sameBots = (raw: Raw): { readonly name: string; readonly sentence: string } | null => {
  const names = Object.keys(raw);
  const name = names.find((one, at) =>
    names.slice(0, at).some((other) => other.toLowerCase() === one.toLowerCase()),
  );
  if (name === undefined) return null;
  return {
    name,
    sentence: `The bot \`${name.toLowerCase()}\` is listed twice; GitHub knows no capital letters.`,
  };
};

/** `sourceOf` says where a bot is listed, or with null where the list begins. */
export const compileBots = (raw: Raw, sourceOf: (name: string | null) => string): Bots => ({
  listed: Object.entries(raw).map(([name, { plan, apply }]) => ({
    login: name.toLowerCase(),
    plan,
    apply,
    source: sourceOf(name),
  })),
  source: sourceOf(null),
});
