import { z } from 'zod';
import { addressParts } from '../domain/address-parts.ts';
import { checkStatuses, type PlanSummary, pinClasses, type ResourceChange } from '../domain/plan-summary.ts';

/*
 * A plan's summary as it is stored. Rows of older versions have fewer fields: what is missing in them reads as
 * nothing, and `facts` as `some`, so that nobody takes it for an answer.
 */

const integer = z.number().int();
const counted = integer.default(0);
const texts = z.array(z.string());
export const action = z.enum([
  'create',
  'update',
  'delete',
  'replace',
  'read',
  'move',
  'import',
  'forget',
  'no-op',
]);

const attribute = z.object({
  path: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
  forcesReplacement: z.boolean(),
});

const inner = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('json'), changes: z.array(attribute) }),
  z.object({
    kind: z.literal('lines'),
    lines: z.array(z.object({ sign: z.enum(['+', '-', ' ', '@']), text: z.string() })),
    more: integer,
  }),
]);

const attributes = z.array(attribute.extend({ inner: z.exactOptional(inner) }));

const exposures = z.object({
  found: z.array(
    z.object({
      kind: z.enum(['opening', 'protection-off']),
      says: z.string(),
      path: z.string().nullable(),
      before: z.string().nullable(),
      after: z.string().nullable(),
      about: z.array(z.object({ path: z.string(), value: z.string() })),
    }),
  ),
  more: z.object({ opening: integer, 'protection-off': integer }),
});

const resource = z.object({
  address: z.string(),
  previousAddress: z.string().nullable().default(null),
  module: z.string().nullable().default(null),
  mode: z.enum(['managed', 'data']).default('managed'),
  type: z.string(),
  name: z.string().default(''),
  index: z.union([z.string(), z.number()]).nullable().default(null),
  deposed: z.string().nullable().default(null),
  provider: z.string(),
  action,
  order: z.enum(['delete-first', 'create-first']).nullable().default(null),
  reason: z.string().nullable().default(null),
  importing: z.object({ id: z.string().nullable() }).nullable().default(null),
  replacePaths: texts.default([]),
  sensitive: texts.default([]),
  unknown: texts.default([]),
  attributes,
  unchanged: counted,
  reasons: texts.exactOptional(),
  namespace: z.string().exactOptional(),
  group: z.string().exactOptional(),
  noise: integer.exactOptional(),
  exposures: exposures.exactOptional(),
});

const place = z.object({
  address: z.string(),
  path: z.string(),
  line: integer,
  endLine: integer,
  on: z.enum(['block', 'argument', 'call', 'moved', 'removed']),
  argument: z.string().nullable(),
  policies: z.array(z.object({ name: z.string(), because: z.string() })).optional(),
});

const lifted = z.object({
  address: z.string(),
  type: z.string(),
  more: integer,
  now: z.enum(['false', 'absent', 'gone', 'maybe', 'unread']),
  place: z.object({ path: z.string(), line: integer, commit: z.string().nullable() }).nullable(),
});

const words = z.object({
  tool: z.string(),
  blocked: texts,
  warnings: texts,
  unpredictable: texts,
  notPreviewable: texts,
  unseen: texts.optional(),
  deterministic: z.boolean(),
  verified: z.boolean(),
  base: z.object({ kind: z.string(), value: z.string() }).nullable(),
  target: z.record(z.string(), z.string()),
  facts: z.record(z.string(), z.string()),
  noop: integer,
  noise: z.array(
    z.object({
      path: z.string(),
      before: z.string().nullable(),
      after: z.string().nullable(),
      objects: integer,
    }),
  ),
  noiseLeft: integer,
});

const summary = z.object({
  formatVersion: z.string(),
  toolVersion: z.string(),
  hasChanges: z.boolean(),
  facts: z.enum(['all', 'some']).default('some'),
  complete: z.boolean().nullable().default(null),
  applyable: z.boolean().nullable().default(null),
  counts: z.object({
    create: integer,
    update: integer,
    replace: integer,
    delete: integer,
    import: integer,
    move: integer,
    forget: integer,
    read: counted,
    invoke: counted,
    deferred: counted,
  }),
  resources: z.array(resource),
  outputs: z.array(
    z.object({
      name: z.string(),
      action: z.enum(['create', 'update', 'delete', 'no-op']),
      before: z.string().nullable(),
      after: z.string().nullable(),
    }),
  ),
  reads: z
    .array(z.object({ address: z.string(), type: z.string(), reason: z.string().nullable() }))
    .default([]),
  deferred: z
    .array(
      z.object({
        address: z.string(),
        type: z.string(),
        action: z.union([action, z.literal('invoke')]),
        reason: z.string(),
      }),
    )
    .default([]),
  invocations: z
    .array(
      z.object({
        address: z.string(),
        type: z.string(),
        trigger: z.string().nullable(),
        event: z.string().nullable(),
      }),
    )
    .default([]),
  checkCounts: z
    .object({ pass: integer, fail: integer, error: integer, unknown: integer })
    .default({ pass: 0, fail: 0, error: 0, unknown: 0 }),
  checks: z
    .array(
      z.object({ address: z.string(), kind: z.string(), status: z.enum(checkStatuses), problems: texts }),
    )
    .default([]),
  driftCounts: z.object({ relevant: integer, all: integer }).default({ relevant: 0, all: 0 }),
  drift: z.array(z.object({ address: z.string(), type: z.string(), action, attributes })).default([]),
  places: z.array(place).optional(),
  lifted: z.array(lifted).optional(),
  content: z.string().optional(),
  sameValues: z.array(z.object({ fingerprint: z.string(), place: z.string() })).optional(),
  kept: integer.optional(),
  filesAway: integer.optional(),
  pin: z.enum(pinClasses).optional(),
  warnings: z
    .array(
      z.object({
        summary: z.string(),
        detail: z.string(),
        file: z.string().nullable(),
        line: integer.nullable(),
        more: integer,
      }),
    )
    .optional(),
  moreWarnings: integer.optional(),
  words: words.optional(),
  feeds: z
    .object({
      digest: z.string(),
      taken: z.array(
        z.object({
          name: z.string(),
          project: z.string(),
          output: z.string(),
          known: z.boolean(),
          sensitive: z.boolean(),
        }),
      ),
    })
    .optional(),
  madeFrom: z.object({ serial: integer, lineage: z.string().nullable() }).optional(),
});

export const summarySchema: z.ZodType<PlanSummary> = summary.transform((stored) =>
  stored.facts === 'all'
    ? stored
    : { ...stored, resources: stored.resources.map((one) => ({ ...one, ...addressParts(one.address) })) },
);

const unlessNone = (list: readonly string[]): readonly string[] | undefined =>
  list.length === 0 ? undefined : list;

/** What reads back as it is when it is not there is not there: thousands of resources have little of it. */
const withoutNothing = (one: ResourceChange) => ({
  ...one,
  previousAddress: one.previousAddress ?? undefined,
  module: one.module ?? undefined,
  mode: one.mode === 'managed' ? undefined : one.mode,
  index: one.index ?? undefined,
  deposed: one.deposed ?? undefined,
  order: one.order ?? undefined,
  reason: one.reason ?? undefined,
  importing: one.importing ?? undefined,
  replacePaths: unlessNone(one.replacePaths),
  sensitive: unlessNone(one.sensitive),
  unknown: unlessNone(one.unknown),
  unchanged: one.unchanged === 0 ? undefined : one.unchanged,
});

/** The text to store; `summarySchema` reads the same summary out of it. */
export const summaryToJson = (given: PlanSummary): string =>
  JSON.stringify({ ...given, resources: given.resources.map(withoutNothing) });
