import { z } from 'zod';

/*
 * `summary.json`, format 1, as a tool writes it. Strict: a key that nobody knows may be one that matters. `runners/README.md` says
 * what each means.
 */

const line = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'one line, without control characters');
const name = line(1_000);
const sentence = line(2_000);
const sentences = z.array(sentence).max(1_000).default([]);
const texts = z.record(line(200), line(2_000)).default({});
const count = z.int().nonnegative();
const pointer = z
  .string()
  .max(4_000)
  .regex(/^(?:\/(?:[^~/]|~[01])*)*$/, 'a JSON pointer');
const pointers = z.array(pointer).max(10_000);

const actions = ['create', 'update', 'replace', 'delete', 'import', 'forget', 'noop'] as const;

const item = z.strictObject({
  address: name.describe('Stable and unique: the identity of the thing.'),
  action: z.enum(actions),
  type: name.optional().describe('Kind of the thing. Default: the address up to its first `/`.'),
  name: name.optional(),
  namespace: name.optional(),
  group: z.string().max(1_000).optional(),
  before: z.unknown().optional().describe('What is there. The differences are found by Tidegate.'),
  after: z.unknown().optional().describe('What will be there.'),
  unknown: pointers.default([]).describe('Places in `after` whose values are known only after the apply.'),
  sensitive: z
    .union([z.literal(true), pointers])
    .default([])
    .describe('What is never shown, only whether it changes: all of it, or these places.'),
  reasons: z.array(sentence).max(20).default([]),
  noise: pointers.default([]).describe('Places whose changes are told for all things together, and counted.'),
});

const noChanges = { create: 0, update: 0, replace: 0, delete: 0, import: 0, forget: 0, noop: 0 };

/** Items and runs of one summary. */
const most = 100_000;

export const summaryFile = z.strictObject({
  schema: z.literal(1),
  tool: z.strictObject({ name, version: line(200) }),
  items: z.array(item).max(most),
  changes: z
    .strictObject({
      create: count.default(0),
      update: count.default(0),
      replace: count.default(0),
      delete: count.default(0),
      import: count.default(0),
      forget: count.default(0),
      noop: count.default(0),
    })
    .default(noChanges)
    .describe('Has to fit the items. Of `noop` there may be more than items.'),
  runs: z
    .array(
      z.strictObject({
        address: name,
        type: name,
        event: name.nullable().default(null),
        trigger: name.nullable().default(null),
      }),
    )
    .max(most)
    .default([])
    .describe('What an apply runs besides.'),
  blocked: sentences.describe('What makes an apply impossible until a human acts.'),
  warnings: sentences,
  unpredictable: z
    .array(line(5_000))
    .max(10_000)
    .default([])
    .describe(
      'Addresses, or `address#/pointer`, of values that are made anew at the apply: nothing compares them.',
    ),
  not_previewable: sentences,
  unseen: sentences.describe(
    'What of what is there it did not look at: that there is nothing to change does not say then that all is as it should be.',
  ),
  deterministic: z.boolean().default(true),
  verified: z
    .boolean()
    .default(true)
    .describe('False: made without a look at what is there; for reading only.'),
  base: z.strictObject({ kind: name, value: name }).nullable().default(null),
  target: texts,
  facts: texts,
  outputs: z
    .array(
      z.strictObject({
        name,
        before: z.unknown().default(null),
        after: z.unknown().default(null),
        sensitive: z.boolean().default(false),
      }),
    )
    .max(10_000)
    .default([]),
});

export type SummaryFile = z.infer<typeof summaryFile>;
export type SummaryItem = SummaryFile['items'][number];
export type ItemAction = (typeof actions)[number];
