import { z } from 'zod';
import { leftReasons } from '../domain/followup.ts';
import { type ProblemCode, problemCatalogue } from '../domain/problem.ts';
import { isVerdict } from '../domain/stored-verdict.ts';
import type { Verdict } from '../domain/verdict.ts';

const isCode = (text: string): text is ProblemCode => Object.hasOwn(problemCatalogue, text);

const problem = z.object({
  code: z.string().refine(isCode),
  sentence: z.string(),
  advice: z.string(),
  details: z.string().exactOptional(),
});

const verdict = z.custom<Verdict>(isVerdict);

/**
 * What an answer to a comment says, as it is kept with its report. `status` and `refusals` are
 * looked up when they are sent; the rest is said as it was decided.
 */
const replyContent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('help'), login: z.string() }),
  z.object({ kind: z.literal('status'), login: z.string() }),
  z.object({ kind: z.literal('problem'), login: z.string(), command: z.string(), problem }),
  z.object({
    kind: z.literal('refusals'),
    login: z.string(),
    command: z.string(),
    batchId: z.string(),
    /** Projects that were not even tried. */
    left: z.array(z.object({ project: z.string(), problem })).exactOptional(),
  }),
  z.object({
    kind: z.literal('unlocked'),
    login: z.string(),
    projects: z.array(
      z.object({
        name: z.string(),
        atEnd: z.boolean(),
        applied: z.boolean(),
        of: z.number().int().nullable(),
        /** What waited for its turn, and is not begun any more; as people type it. */
        dropped: z.string().nullable().default(null),
      }),
    ),
  }),
  z.object({
    kind: z.literal('cancelled'),
    login: z.string(),
    command: z.string(),
    projects: z.array(
      z.object({
        name: z.string(),
        verb: z.enum(['plan', 'apply']),
        /** `asked`: the tool of an apply was asked to stop, once. `insisted`: a second time. */
        what: z.enum(['ended', 'asked', 'insisted', 'refused']),
      }),
    ),
  }),
  z.object({
    kind: z.literal('acknowledged'),
    login: z.string(),
    command: z.string(),
    projects: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('overridden'),
    login: z.string(),
    command: z.string(),
    policy: z.string(),
    projects: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('why'),
    login: z.string(),
    command: z.string(),
    projects: z.array(z.object({ name: z.string(), verdict })),
    /** Projects that were asked about and not looked at. */
    more: z.number().int(),
  }),
  /** A pull request of ours for what is left. */
  z.object({
    kind: z.literal('followup'),
    login: z.string(),
    command: z.string(),
    number: z.number().int(),
    asker: z.string(),
    projects: z.array(z.object({ name: z.string(), because: z.enum(leftReasons) })),
    /** Left out, with a phrase behind the name. */
    notYet: z.array(z.object({ name: z.string(), why: z.string() })),
  }),
  /** How it ended is looked up when it is sent. */
  z.object({ kind: z.literal('operated'), login: z.string(), run: z.string() }),
  /** What the state has is looked up when it is sent. */
  z.object({
    kind: z.literal('recovery'),
    login: z.string(),
    command: z.string(),
    sentence: z.string(),
    runs: z.array(z.string()),
  }),
]);

export type ReplyContent = z.infer<typeof replyContent>;

/** Throws for content that this version did not write. */
export const readReplyContent = (content: unknown): ReplyContent => replyContent.parse(content);
