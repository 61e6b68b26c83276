import { z } from 'zod';
import { actions, isGated } from '../domain/rules/requirement.ts';
import { conditionProblem } from './conditions.ts';
import { judged, listOf, section, text } from './schema-parts.ts';
import { suspendSchema } from './suspend-schema.ts';
import { cronProblem, zoneProblem } from './windows.ts';

const login = text('a login of GitHub, for example `ada`', /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/);
const team = text(
  'a team as `ORGANISATION/TEAM`, for example `acme/database`',
  /^[A-Za-z0-9][A-Za-z0-9-]{0,99}\/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/,
);

const peopleShape = {
  teams: listOf(team, 'a list of teams')
    .optional()
    .describe('Teams as `ORGANISATION/TEAM`; members of teams below count.'),
  users: listOf(login, 'a list of logins').optional().describe('Logins.'),
  permission: z
    .enum(['write', 'maintain', 'admin'], { error: '`write`, `maintain` or `admin`' })
    .optional()
    .describe('Everybody with at least this permission in the repository.'),
};

const isAnybody = ({ teams, users, permission }: z.infer<z.ZodObject<typeof peopleShape>>): boolean =>
  [teams, users, permission].some((given) => given !== undefined);

export const peopleSchema = section(peopleShape)
  .refine(isAnybody, { error: 'people: `teams`, `users` or `permission`; `users: []` for nobody' })
  .meta({ id: 'people' });

const approved = section({
  count: z
    .int({ error: 'a whole number from 1 to 20' })
    .min(1, { error: 'a whole number from 1 to 20' })
    .max(20, { error: 'a whole number from 1 to 20' })
    .default(1)
    .describe('How many people have to approve.'),
  ...peopleShape,
  code_owners: z
    .literal(true, { error: '`true`, or left out' })
    .optional()
    .describe(
      'An owner, by CODEOWNERS of the base branch, of each changed file that matters to the project. Where its last line that matches names nobody, nobody is asked, unless `count` is more than 1. Where a line cannot be read, an administrator is asked.',
    ),
}).refine((raw) => raw.code_owners === undefined || !isAnybody(raw), {
  error:
    '`code_owners`, or `teams`, `users` and `permission`, not both; write two requirements to ask for both',
});

const day = 86_400_000;
const units = { m: 60_000, h: 3_600_000, d: day } as const;

/** Milliseconds. */
export const spanMs = (text: string): number =>
  Number.parseInt(text, 10) * (text.endsWith('m') ? units.m : text.endsWith('h') ? units.h : units.d);

/** When something begins. */
export const momentShape = {
  cron: judged('a time in the five fields of cron', cronProblem).describe(
    'When it begins: minute, hour, day of the month, month, day of the week.',
  ),
  zone: judged('the name of a time zone', zoneProblem)
    .default('UTC')
    .describe('Time zone by its IANA name, for example `Europe/Berlin`.'),
};

const span = section({
  ...momentShape,
  for: text('a duration from `1m` to `7d`, for example `8h`', /^[1-9]\d{0,4}[mhd]$/)
    .refine((value) => spanMs(value) <= 7 * day, { error: 'a duration from `1m` to `7d`' })
    .describe('How long it lasts, from `1m` to `7d`.'),
});

const spans = (what: string) =>
  z
    .array(span, { error: 'a list of times' })
    .max(20, { error: 'a list of at most 20 times' })
    .default([])
    .describe(what);

const window = section({
  allow: spans('When it may be done. Empty: at any time that is not denied.'),
  deny: spans('When it may not be done. Wins over `allow`.'),
}).refine(({ allow, deny }) => allow.length + deny.length > 0, { error: 'a window with `allow` or `deny`' });

const set = z.literal(true, { error: '`true`' }).optional();

const kinds = ['approved', 'mergeable', 'up_to_date', 'checks', 'policies', 'window'] as const;
const named = '`approved`, `mergeable`, `up_to_date` or `policies`';
const kindsPhrase =
  'one of `approved`, `mergeable`, `up_to_date`, `checks`, `policies` and `window`, and `when` beside it if it is not always asked for';

const checkName = text('the name of a check', /^[^\p{C}\p{Zl}\p{Zp}]{1,200}$/u);

const requirementMapping = section({
  approved: approved
    .optional()
    .describe('People have to approve. Authors, and who pushed last, do not count.'),
  mergeable: set.describe('GitHub would let it be merged, our own checks aside.'),
  up_to_date: set.describe('The base branch has not moved in files that matter to the project.'),
  checks: z
    .array(checkName, { error: 'a list of checks, for example `[ci/test]`' })
    .min(1, { error: 'a list with one check or more' })
    .max(50, { error: 'a list of at most 50 checks' })
    .optional()
    .describe('These checks or commit statuses are green.'),
  policies: set.describe('Every policy of the operator file holds.'),
  window: window.optional().describe('It is the right time.'),
  when: judged('a condition over the plan', conditionProblem)
    .optional()
    .describe(
      'Condition in CEL over the plan (`plan.destroy > 0`); it is asked for only where that holds, or cannot be answered. Absent: always.',
    ),
}).check((context) => {
  // Of a key that is not known, people want to hear that alone.
  const isOne = kinds.filter((kind) => context.value[kind] !== undefined).length === 1;
  if (!isOne && context.issues.length === 0)
    context.issues.push({ code: 'custom', message: kindsPhrase, input: context.value });
});

const requirement = z.union(
  // A mapping first: of what is wrong in one, people want to hear that.
  [
    requirementMapping,
    z.enum(['approved', 'mergeable', 'up_to_date', 'policies'], {
      error: `${named}, or a mapping with more about it`,
    }),
  ],
  { error: `a requirement: ${kindsPhrase}` },
);

const requirementList = z
  .array(requirement, { error: 'a list of requirements, for example `[approved]`' })
  .max(50, { error: 'a list of at most 50 requirements' })
  .meta({ id: 'requirements' });

const byAction = <Item extends z.ZodType>(item: Item, what: (action: string) => string) =>
  section({
    plan: item.optional().describe(what('plan')),
    'plan-all': item.optional().describe(what('plan-all')),
    apply: item.optional().describe(what('apply')),
    'apply-all': item.optional().describe(what('apply-all')),
    destroy: item.optional().describe(what('destroy')),
    import: item.optional().describe(what('import')),
    'state-rm': item.optional().describe(what('state-rm')),
    unlock: item.optional().describe(what('unlock')),
    cancel: item.optional().describe(what('cancel')),
    recover: item.optional().describe(what('recover')),
    'force-unlock': item.optional().describe(what('force-unlock')),
    trust: item.optional().describe(what('trust')),
    override: item.optional().describe(what('override')),
    consumers: item.optional().describe(what('consumers')),
    suspend: item.optional().describe(what('suspend')),
    'break-glass': item.optional().describe(what('break-glass')),
  } satisfies Record<(typeof actions)[number], unknown>);

type RawList = z.infer<typeof requirementList>;

const asksPlan = (one: RawList[number]): boolean =>
  one === 'policies' || (typeof one === 'object' && (one.policies !== undefined || one.when !== undefined));

/** Asks what only a look into the repository tells, which is taken for plans and applies. */
const asksRepository = (one: RawList[number]): boolean =>
  one === 'up_to_date' ||
  (typeof one === 'object' && (one.up_to_date !== undefined || one.approved?.code_owners === true));

/** Keys are of no type here. */
const gated: ReadonlySet<string> = new Set(actions.filter(isGated));

/** Before anything else there is no plan, and what asks about one would never hold. */
const requirementsByAction = byAction(
  requirementList,
  (action) => `What must hold before \`${action}\`.`,
).check((context) => {
  for (const [action, list] of Object.entries(context.value)) {
    if (gated.has(action)) continue;
    for (const [index, one] of (list ?? []).entries())
      if (action !== 'plan' && asksRepository(one))
        context.issues.push({
          code: 'custom',
          message: 'another requirement; `up_to_date` and `code_owners` are for `plan` and `apply`',
          path: [action, index],
          input: one,
        });
      else if (asksPlan(one))
        context.issues.push({
          code: 'custom',
          message: 'a requirement that needs no plan; `policies` and `when` are for `apply`',
          path: [action, index],
          input: one,
        });
  }
});

/** Rules that can only narrow: those of all places add up. */
export const rulesShape = {
  requirements: z
    .union([requirementList, requirementsByAction], {
      error: 'a list of requirements for an apply, or a mapping of such lists by verb',
    })
    .optional()
    .describe(
      'What must hold before an apply, as a list, or before each verb, as a mapping of lists. Requirements of all rules add up; none can be taken away.',
    ),
  who_may: byAction(peopleSchema, (action) => `Who may \`${action}\`.`)
    .optional()
    .describe(
      'Who may do what, instead of those who usually may: people with write permission, for `force-unlock` administrators, for `destroy` and `apply-all` nobody, for `consumers` those who may plan, for `suspend` those who may apply; `break-glass` is for administrators, of whom it may name fewer. Where several rules say who, a person has to be in each.',
    ),
  bind_approvals: z
    .enum(['plan', 'commit'], { error: '`plan` or `commit`' })
    .optional()
    .describe(
      'What an approval is given to: the `plan` that was shown before it, or just the `commit`. Default: `plan`.',
    ),
  suspend: suspendSchema
    .optional()
    .describe(
      'Nothing is applied to it until then, as after `/suspend`; plans go on. Those of all rules add up.',
    ),
};

export type RawRequirement = z.infer<typeof requirement>;
export type RawPeople = z.infer<typeof peopleSchema>;
export type RawRules = z.infer<z.ZodObject<typeof rulesShape>>;
