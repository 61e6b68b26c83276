import { z } from 'zod';
import { parseConstraint } from '../domain/tool-version.ts';
import { inputKinds, settingsBlock } from './settings-schema.ts';

/** What stands for run-time values in `args`. Lists make one element per value. */
export const placeholders = [
  'plan_file',
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

const arg = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    const found = [...text.matchAll(placeholder)].map((match) => match[1] ?? '');
    for (const name of found) {
      if (!placeholders.some((known) => known === name)) {
        context.addIssue({
          code: 'custom',
          message: `\`{${name}}\` is not a placeholder; there are ${placeholders.map((p) => `\`{${p}}\``).join(', ')}`,
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

/** The shape of `runner.yml`; `runners/README.md` explains it. */
export const runnerFile = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and dashes'),
    executable: z.string().regex(/^[A-Za-z0-9][\w.+-]*$/, 'the name of a program, without a path'),
    detect: z.array(z.string().regex(/^[^/]+$/, 'a file name, `*` for any characters')).min(1),
    read: z.enum(['terraform-json']),
    state: z.enum(['terraform-backend']),
    left_state: z
      .string()
      .regex(/^[^/]+$/, 'a file name')
      .nullable()
      .default(null),
    capabilities: z.array(z.enum(['preview', 'saved-plan', 'workspaces'])),
    fetched_again: z.array(z.string().regex(/^[^/].*[^/]$/, 'a folder, without slashes at its ends')),
    own_folders: z.array(z.string().regex(/^[^/]+$/, 'the name of a folder')).default([]),
    environment: z.record(z.string().regex(/^[A-Za-z_]\w*$/, 'a variable name'), z.string()),
    version: z.strictObject({ args: z.array(z.string().min(1)).min(1), pattern }),
    releases: releases.nullable().default(null),
    with: settingsBlock.default({}),
    inputs: z.enum(inputKinds).optional(),
    steps: z.strictObject({
      plan: z.array(step).min(1),
      apply: z.array(step).min(1),
      look: z.array(step).default([]),
      holder: z.array(step).default([]),
      push_state: z.array(step).default([]),
      force_unlock: z.array(step).default([]),
      import: z.array(step).default([]),
      state_rm: z.array(step).default([]),
    }),
  })
  .superRefine((file, context) => {
    if (file.steps.plan.at(-1)?.output !== 'data')
      context.addIssue({
        code: 'custom',
        path: ['steps', 'plan'],
        message: 'the last step must have `output: data`: its standard output is what is read',
      });
    if (file.steps.plan.some((one) => one.mutates))
      context.addIssue({ code: 'custom', path: ['steps', 'plan'], message: 'no step of a plan may mutate' });
    const { look, holder } = file.steps;
    if (look.length > 0 && look.at(-1)?.output !== 'data')
      context.addIssue({
        code: 'custom',
        path: ['steps', 'look'],
        message: 'the last step must have `output: data`: its standard output is the state',
      });
    for (const [name, steps] of Object.entries({ look, holder }))
      if (steps.some((one) => one.mutates))
        context.addIssue({ code: 'custom', path: ['steps', name], message: 'a look changes nothing' });
    for (const name of ['import', 'state_rm'] as const) {
      const steps = file.steps[name];
      const fits = steps.at(-1)?.mutates === true && steps.filter((one) => one.mutates).length === 1;
      if (steps.length > 0 && !(fits && steps.at(-2)?.output === 'data'))
        context.addIssue({
          code: 'custom',
          path: ['steps', name],
          message:
            'the last step, and no other, must have `mutates: true`, and the one before it `output: data`: its standard output is the state as it was',
        });
    }
    if (!file.steps.apply.some((one) => one.mutates))
      context.addIssue({
        code: 'custom',
        path: ['steps', 'apply'],
        message: 'one step must have `mutates: true`',
      });
  });

export type RunnerFile = z.infer<typeof runnerFile>;
export type StepTemplate = RunnerFile['steps']['plan'][number];
