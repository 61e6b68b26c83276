import { z } from 'zod';
import { exitWords } from '../domain/exit-codes.ts';
import { pinClasses } from '../domain/plan-summary.ts';
import { parseConstraint } from '../domain/tool-version.ts';
import { inputKinds, settingsBlock } from './settings-schema.ts';

/** What stands for run-time values in `args`. Lists make one element per value. */
export const placeholders = [
  'plan_dir',
  'plan_file',
  'summary',
  'workspace',
  'var_files',
  'backend_files',
  'extra',
  'state_file',
  'lock_id',
  'addresses',
  'import_id',
] as const;
export type Placeholder = (typeof placeholders)[number];

const placeholder = /\{([^{}]*)\}/g;

/** `with.NAME`: the setting of that name; null for anything else. */
export const settingOf = (name: string): string | null =>
  /^with\.([a-z][a-z0-9_]{0,63})$/.exec(name)?.[1] ?? null;

const arg = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    const found = [...text.matchAll(placeholder)].map((match) => match[1] ?? '');
    for (const name of found) {
      if (!placeholders.some((known) => known === name) && settingOf(name) === null) {
        context.addIssue({
          code: 'custom',
          message: `\`{${name}}\` is not a placeholder; there are ${[...placeholders, 'with.NAME'].map((p) => `\`{${p}}\``).join(', ')}`,
        });
      }
    }
    if (found.length > 1)
      context.addIssue({ code: 'custom', message: 'at most one placeholder in one element' });
  });

const step = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and dashes'),
    args: z.array(arg).min(1),
    output: z.enum(['log', 'data']).default('log'),
    mutates: z.boolean().default(false),
    /** The tool gets a terminal to draw on. */
    terminal: z.boolean().default(false),
    /** The step is left out in this tool workspace. */
    unless_workspace: z.string().optional(),
    /** It may begin when the step before it has written this file, whole, and is not over. */
    once_written: z.literal('{plan_file}').optional(),
  })
  .superRefine((one, context) => {
    if (!one.terminal) return;
    if (one.mutates)
      context.addIssue({
        code: 'custom',
        path: ['terminal'],
        message: 'a step that mutates gets no terminal: whoever holds that takes the tool down with it',
      });
    if (one.output === 'data')
      context.addIssue({
        code: 'custom',
        path: ['terminal'],
        message:
          'a step with `output: data` gets no terminal: that mixes what is printed with errors and rewrites line ends',
      });
  });

const pattern = z.string().superRefine((text, context) => {
  try {
    new RegExp(text);
  } catch (error) {
    context.addIssue({
      code: 'custom',
      message: error instanceof Error ? error.message : 'not a regular expression',
    });
  }
});

const releasePath = z
  .string()
  .regex(/^(?:[\w.{}-]+\/)*[\w.{}-]+$/, 'a path below `base`, with `{version}`, `{os}` and `{arch}`')
  .refine((text) => !text.split('/').includes('..'), 'a path below `base`');

const https = z.string().regex(/^https:\/\/[^\s/?#@]+(?:\/[^\s?#]*[^\s?#/])?$/, 'an address with HTTPS');

const releases = z.strictObject({
  within: z.string().refine((text) => parseConstraint(text) !== null, 'a constraint over versions'),
  base: https,
  index: https,
  archive: releasePath,
  checksums: releasePath,
  signatures: z.array(releasePath).min(1),
  key: z.string().regex(/^[\w-]+\.asc$/, 'the name of a file beside this one'),
  fingerprint: z.string().regex(/^[0-9A-F]{40}$/, 'forty hexadecimal digits in capitals'),
});

const steps = z.array(step);

/** `prepare` to `apply` are what a plan and an apply are made of; `drift` looks at the world, `codify` writes down what is there. */
const phases = z.strictObject({
  prepare: steps.default([]),
  validate: steps.default([]),
  plan: steps.min(1),
  show: steps.default([]),
  /** In the place of `plan`, for a plan that destroys. */
  destroy: steps.default([]),
  apply: steps.min(1),
  drift: steps.default([]),
  codify: steps.default([]),
  look: steps.default([]),
  holder: steps.default([]),
  push_state: steps.default([]),
  force_unlock: steps.default([]),
  import: steps.default([]),
  state_rm: steps.default([]),
  outputs: steps.default([]),
});
export type Phase = keyof z.infer<typeof phases>;

/** Those in which an exit code can tell whether there are changes. */
const telling = ['plan', 'show', 'destroy', 'drift'] as const;
export type TellingPhase = (typeof telling)[number];
export const isTelling = (phase: Phase): phase is TellingPhase => telling.some((one) => one === phase);

const codes = z.record(
  z.string().regex(/^(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])$/, 'an exit code, 0 to 255'),
  z.enum(exitWords),
);
const failing = z.record(
  z.string().regex(/^(?:[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])$/, 'an exit code, 1 to 255: 0 is that it went well'),
  z.enum(['error', 'blocked', 'again']),
);
const perPhase = <T extends z.ZodType>(one: (phase: Phase) => T) => {
  const names = phases.keyof().options;
  return z.strictObject(Object.fromEntries(names.map((name) => [name, one(name).optional()])));
};

const duration = z
  .string()
  .regex(/^[1-9]\d{0,4}(?:s|m|h)$/, 'a duration such as `90s`, `15m` or `2h`')
  .transform((text) => {
    const unit = text.endsWith('s') ? 1000 : text.endsWith('m') ? 60_000 : 3_600_000;
    return Number.parseInt(text, 10) * unit;
  });

/** The shape of `runner.yml`; `runners/README.md` explains it. */
export const runnerFile = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and dashes'),
    executable: z
      .string()
      .regex(
        /^(?:\.\/)?[A-Za-z0-9][\w.+-]*$/,
        'the name of a program on the PATH, or `./NAME` of a file beside this one',
      )
      .optional(),
    program: z
      .string()
      .regex(/^[a-z][a-z0-9-]*$/, 'the name of a program of Tidegate')
      .optional(),
    detect: z.array(z.string().regex(/^[^/]+$/, 'a file name, `*` for any characters')).min(1),
    read: z.enum(['terraform-json', 'summary']),
    state: z.enum(['terraform-backend', 'none']),
    pin: z.enum(pinClasses),
    exit_codes: perPhase((phase) => (isTelling(phase) ? codes : failing)).default({}),
    timeouts: perPhase(() => duration).default({}),
    left_state: z
      .string()
      .regex(/^[^/]+$/, 'a file name')
      .nullable()
      .default(null),
    capabilities: z.array(z.enum(['preview', 'saved-plan', 'workspaces'])).default([]),
    fetched_again: z
      .array(z.string().regex(/^[^/].*[^/]$/, 'a folder, without slashes at its ends'))
      .default([]),
    own_folders: z.array(z.string().regex(/^[^/]+$/, 'the name of a folder')).default([]),
    environment: z.record(z.string().regex(/^[A-Za-z_]\w*$/, 'a variable name'), z.string()).default({}),
    version: z.strictObject({ args: z.array(z.string().min(1)).min(1), pattern }),
    releases: releases.nullable().default(null),
    with: settingsBlock.default({}),
    inputs: z.enum(inputKinds).optional(),
    /** What becomes of code that nobody trusted: it is held, or shown by a plan that neither looks nor runs any of it. */
    untrusted: z.enum(['held', 'preview']).default('held'),
    /** It takes outputs of other projects. */
    feeds: z.boolean().default(false),
    phases,
  })
  .superRefine((file, context) => {
    for (const [path, message] of faultsOf(file))
      context.addIssue({ code: 'custom', path: [...path], message });
  });

type Fault = readonly [path: readonly string[], message: string];

/** What is wrong with keys that have to fit each other. */
function* faultsOf(file: RunnerFile): Generator<Fault> {
  const { phases, read, state } = file;
  if (file.untrusted === 'preview' && (read !== 'summary' || state !== 'none'))
    yield [
      ['untrusted'],
      'only a tool with `read: summary` and `state: none` can preview what nobody trusts: others run code and ask a backend while they plan',
    ];
  for (const [name, all] of Object.entries(phases))
    for (const [, text = ''] of all.flatMap(({ args }) =>
      args.flatMap((one) => [...one.matchAll(placeholder)]),
    )) {
      const setting = settingOf(text);
      if (setting !== null && !Object.hasOwn(file.with, setting))
        yield [['phases', name], `\`{${text}}\`: \`with\` declares no \`${setting}\``];
    }
  if ((file.executable === undefined) === (file.program === undefined))
    yield [['executable'], 'either `executable` or `program`, and not both'];
  const plan = [...phases.prepare, ...phases.validate, ...phases.plan, ...phases.show];
  if (read === 'terraform-json' && plan.at(-1)?.output !== 'data')
    yield [
      ['phases', phases.show.length > 0 ? 'show' : 'plan'],
      'the last step must have `output: data`: its standard output is what is read',
    ];
  if (read === 'summary') {
    const printing = Object.entries(phases).find(
      ([name, all]) => !['show', 'look', 'import', 'state_rm', 'outputs'].includes(name) && all.some(isData),
    );
    if (printing !== undefined)
      yield [
        ['phases', printing[0]],
        'only the last step of `show` may have `output: data`: it prints the summary',
      ];
    if (phases.show.slice(0, -1).some(isData))
      yield [['phases', 'show'], 'only the last step may have `output: data`: it prints the summary'];
  }
  for (const [name, all] of Object.entries(phases))
    if (all.some((one, index) => one.once_written !== undefined && (name !== 'show' || index > 0)))
      yield [['phases', name], 'only the first step of `show` may have `once_written`'];
  for (const name of ['prepare', 'validate', 'plan', 'show', 'destroy', 'drift', 'codify'] as const)
    if (phases[name].some((one) => one.mutates)) yield [['phases', name], 'no step of a plan may mutate'];
  const { look, holder, outputs } = phases;
  if (look.length > 0 && look.at(-1)?.output !== 'data')
    yield [['phases', 'look'], 'the last step must have `output: data`: its standard output is the state'];
  if (outputs.length > 0 && outputs.at(-1)?.output !== 'data')
    yield [
      ['phases', 'outputs'],
      'the last step must have `output: data`: its standard output are the outputs',
    ];
  if (file.feeds && read !== 'summary') yield [['feeds'], 'only a tool with `read: summary` is told of them'];
  for (const [name, all] of Object.entries({ look, holder, outputs }))
    if (all.some((one) => one.mutates)) yield [['phases', name], 'a look changes nothing'];
  if (state === 'none') {
    const names = ['look', 'holder', 'push_state', 'force_unlock', 'import', 'state_rm'] as const;
    for (const name of names)
      if (phases[name].length > 0) yield [['phases', name], 'there is no state: `state` is `none`'];
    if (file.left_state !== null) yield [['left_state'], 'there is no state: `state` is `none`'];
  }
  for (const name of ['import', 'state_rm'] as const) {
    const all = phases[name];
    const fits = all.at(-1)?.mutates === true && all.filter((one) => one.mutates).length === 1;
    if (all.length > 0 && !(fits && all.at(-2)?.output === 'data'))
      yield [
        ['phases', name],
        'the last step, and no other, must have `mutates: true`, and the one before it `output: data`: its standard output is the state as it was',
      ];
  }
  if (phases.apply.filter((one) => one.mutates).length !== 1 || phases.apply.at(-1)?.mutates !== true)
    yield [['phases', 'apply'], 'the last step, and no other, must have `mutates: true`'];
  const names = [...phases.prepare, ...phases.validate, ...phases.show].map(({ name }) => name);
  for (const name of ['plan', 'destroy'] as const) {
    const all = [...names, ...phases[name].map((one) => one.name)];
    const twice = all.find((one, index) => all.indexOf(one) < index);
    if (twice !== undefined) yield [['phases', name], `\`${twice}\` is the name of two steps of a plan`];
  }
  if (phases.destroy.length > 0) {
    const [one, other] = [phases.plan, phases.destroy].map((all) => all.map(({ name }) => name).join(' '));
    if (one !== other)
      yield [
        ['phases', 'destroy'],
        'its steps must have the names of those of `plan`, in whose place they stand',
      ];
  }
}

const isData = ({ output }: StepTemplate): boolean => output === 'data';

type Parsed = z.infer<typeof phases>;
export type StepTemplate = Parsed['plan'][number];
export type RunnerFile = z.infer<typeof runnerFile>;
