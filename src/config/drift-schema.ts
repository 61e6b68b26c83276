import { z } from 'zod';
import { driftModes } from '../domain/drift/settings.ts';
import { momentShape } from './rules-schema.ts';
import { listOf, section, text } from './schema-parts.ts';

const modePhrase = '`off`, `detect`, `issue`, `pr` or `apply`';
const mode = z.enum(driftModes, { error: modePhrase });

const pattern = (phrase: string) => text(phrase, /^[^\p{C}\p{Zl}\p{Zp}]{1,500}$/u);

const isDay = (day: string): boolean => {
  const at = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
};

const ignore = section({
  address: pattern('the address of a resource, with `*` for any text').describe(
    'Address of a resource; `*` stands for any text.',
  ),
  paths: listOf(pattern('an attribute, with `*` for any text'), 'a list of attributes')
    .max(100, { error: 'a list of at most 100' })
    .default([])
    .describe(
      'Attributes, with what is below them; `*` stands for any text. A change of these alone is passed over. Empty: whatever is to be done to the resource.',
    ),
  reason: pattern('a sentence').describe('Why. It is shown beside what is passed over.'),
  until: text('a day such as `2026-12-31`', /^\d{4}-\d{2}-\d{2}$/)
    .refine(isDay, { error: 'a day that there is' })
    .describe('Last day (UTC) on which it holds.'),
});

const percent = 'a whole number from 1 to 100';
const most = 'a whole number from 1 to 1000';
const flag = z.boolean({ error: '`true` or `false`' });

const limits = section({
  deletes: flag
    .optional()
    .describe('May something be deleted? Only where every place that says so says yes. Default: `false`.'),
  replaces: flag.optional().describe('The same of what would be replaced. Default: `false`.'),
  most: z
    .int({ error: most })
    .min(1, { error: most })
    .max(1000, { error: most })
    .optional()
    .describe('How many changes at most; the least of all places. Default: 10.'),
  share: z
    .int({ error: percent })
    .min(1, { error: percent })
    .max(100, { error: percent })
    .optional()
    .describe(
      'Which part of the resources of the project, in percent; the least of all places. Default: 30.',
    ),
});

const mapping = section({
  mode: mode.optional().describe('What is done; as the word alone.'),
  schedule: section(momentShape)
    .optional()
    .describe('When it is looked for. Default: once a day, projects of Helm once an hour.'),
  threshold: z
    .int({ error: 'a whole number from 1 to 10' })
    .min(1, { error: 'a whole number from 1 to 10' })
    .max(10, { error: 'a whole number from 1 to 10' })
    .optional()
    .describe('Looks in a row that have to find drift before an issue is opened. Default: 2.'),
  ignore: listOf(ignore, 'a list of what is passed over')
    .max(200, { error: 'a list of at most 200' })
    .optional()
    .describe('What is known to differ: counted and shown, and not told. Lists of all places add up.'),
  limits: limits.optional().describe('What a correction that nobody asked for may do (`mode: apply`).'),
});

/** In rules and projects. */
export const driftSchema = z.union([mapping, mode], {
  error: `${modePhrase}, or a mapping with \`mode\` and more about it`,
});

export type RawDrift = z.infer<typeof driftSchema>;

const parallel = 'a whole number from 1 to 256';

/** Of the operator, for all projects of the server. */
export const operatorDriftSchema = section({
  parallel: z
    .int({ error: parallel })
    .min(1, { error: parallel })
    .max(256, { error: parallel })
    .default(2)
    .describe(
      'Looks at a time on this server. They are counted among `parallel_runs`, and whatever pull requests ask for goes first.',
    ),
  jitter: text('a duration from `0m` to `240m`, for example `10m`', /^(?:0|[1-9]\d{0,2})m$/)
    .refine((value) => Number.parseInt(value, 10) <= 240, { error: 'a duration from `0m` to `240m`' })
    .default('10m')
    .describe(
      'Over how long looks are spread that would begin together: those of one schedule, and those that were missed while the server was away.',
    ),
});

/** Of the operator, for some repositories. */
export const repositoryDriftSchema = section({
  most: mode
    .optional()
    .describe(
      'The most that `drift` of `tidegate.yaml` may ask for; a file that asks for more is refused. Default: `pr`.',
    ),
  unapproved: flag
    .optional()
    .describe(
      'May drift be put back by itself (`mode: apply`) where rules ask for approvals, or name who may apply? Everything else that they ask for holds all the same. Default: `false`.',
    ),
  check: z
    .enum(['neutral', 'failure', 'off'], { error: '`neutral`, `failure` or `off`' })
    .optional()
    .describe(
      'What the check `tidegate/drift` on the newest commit of a branch comes to where a project drifts. `off`: there is none. Default: `neutral`.',
    ),
});
