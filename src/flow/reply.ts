import { z } from 'zod';
import { driftWays } from '../domain/drift/pull.ts';
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
  z.object({ kind: z.literal('environment'), login: z.string(), environment: z.string() }),
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
    kind: z.literal('suspended'),
    login: z.string(),
    command: z.string(),
    reason: z.string(),
    until: z.number().int(),
    projects: z.array(z.string()),
    /** Of these an apply was under way, and goes on. */
    running: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('resumed'),
    login: z.string(),
    command: z.string(),
    projects: z.array(
      z.object({
        name: z.string(),
        /** What was ended. */
        was: z.array(z.object({ login: z.string(), until: z.string(), reason: z.string() })),
        /** Its drift is put back by itself again. */
        goesOn: z.boolean().exactOptional(),
        /** A file suspends it still. */
        still: z.object({ source: z.string(), until: z.string() }).nullable(),
      }),
    ),
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
  /** A pull request of ours about drift. */
  z.object({
    kind: z.literal('drift-pull'),
    login: z.string(),
    command: z.string(),
    number: z.number().int(),
    asker: z.string(),
    // Absent in what an earlier version wrote.
    way: z.enum(driftWays).default('restore'),
  }),
  /** A pull request of ours that takes a merged one back. */
  z.object({
    kind: z.literal('rollback'),
    login: z.string(),
    command: z.string(),
    number: z.number().int(),
    asker: z.string(),
    state: z.enum(['open', 'closed', 'merged']),
    lasting: z.number().int(),
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
