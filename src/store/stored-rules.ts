import { z } from 'zod';
import type { ProjectSettings } from '../domain/project.ts';
import { permissions } from '../domain/pull.ts';
import { actions, type People, type Requirement, type Requirements } from '../domain/rules/requirement.ts';

const texts = z.array(z.string());

const people: z.ZodType<People> = z.object({
  users: texts,
  teams: texts,
  permission: z.enum(permissions).nullable(),
});

const spans = z.array(z.object({ cron: z.string(), durationMs: z.number(), zone: z.string() }));
const common = { when: z.string().nullable(), source: z.string() };

const requirement: z.ZodType<Requirement> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('approved'),
    count: z.number().int(),
    from: people.nullable(),
    codeOwners: z.boolean(),
    ...common,
  }),
  z.object({ kind: z.literal('checks'), names: texts, ...common }),
  z.object({ kind: z.literal('window'), allow: spans, deny: spans, ...common }),
  z.object({ kind: z.literal('environment'), name: z.string(), ...common }),
  z.object({ kind: z.enum(['mergeable', 'up_to_date', 'policies']), ...common }),
]);

const approved: Requirement = {
  kind: 'approved',
  count: 1,
  from: null,
  codeOwners: false,
  when: null,
  source: 'not on record',
};

/** Until there was more than one requirement they were names, and all for an apply. */
const names = z
  .array(z.literal('approved'))
  .transform((list): Requirements => (list.length === 0 ? {} : { apply: [approved] }));

export const storedRequirements: z.ZodType<Requirements> = z.union([
  names,
  z.partialRecord(z.enum(actions), z.array(requirement)),
]);

/** Not in old rows. */
export const storedWho: z.ZodType<ProjectSettings['who']> = z
  .partialRecord(z.enum(actions), z.array(people))
  .default({});
