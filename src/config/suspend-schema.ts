import { z } from 'zod';
import { lastingMs } from '../domain/lasting.ts';
import type { SuspendedInGit } from '../domain/suspension.ts';
import { judged, section, text } from './schema-parts.ts';
import type { OperatorSettings } from './types.ts';

const year = 365 * 24 * 3_600_000;

const lasting = (example: string) => {
  const phrase = `a duration from \`1m\` to \`365d\`, for example \`${example}\``;
  return text(phrase, /^[1-9]\d{0,4}[mhd]$/).refine((value) => (lastingMs(value) ?? 0) <= year, {
    error: phrase,
  });
};

const ms = (value: string): number => lastingMs(value) ?? 0;

/** Of the operator: how long `/suspend` may be for. */
export const suspendingSchema = section({
  default: lasting('8h').default('8h').describe('For how long, where whoever asks does not say.'),
  longest: lasting('7d').default('7d').describe('For how long at most.'),
}).refine((raw) => ms(raw.default) <= ms(raw.longest), {
  error: '`default` that is not longer than `longest`',
});

export const compileSuspend = (raw: z.infer<typeof suspendingSchema>): OperatorSettings['suspend'] => ({
  defaultMs: ms(raw.default),
  longestMs: ms(raw.longest),
});

/** Without a zone it would be another moment for everybody who reads it. */
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/;
const momentPhrase = 'a moment with its zone, for example `2026-12-24T18:00:00+01:00`';

const words = (what: string, most: number) =>
  z
    .string({ error: what })
    .trim()
    .min(1, { error: what })
    .max(most, { error: `${what}, of at most ${most} characters` });

/** Of a rule or a project: nothing is applied to it until then. */
export const suspendSchema = section({
  by: words('who answers for it, a login or a name', 100).describe('Who answers for it, for people.'),
  reason: words('why, in words', 500).describe('Why, for people.'),
  until: judged('a moment', (value) =>
    moment.test(value) && !Number.isNaN(Date.parse(value)) ? null : momentPhrase,
  ).describe('When it ends, with its zone: `2026-12-24T18:00:00+01:00`.'),
});

export const compileSuspended = (
  { by, reason, until }: z.infer<typeof suspendSchema>,
  source: string,
): SuspendedInGit => ({ by, reason, until: Date.parse(until), source });
