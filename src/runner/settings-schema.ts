import { z } from 'zod';
import { root } from '../domain/repo-path.ts';
import { settingProblem } from '../domain/settings/check.ts';
import { type DeclaredSettings, settingKinds } from '../domain/settings/declared.ts';

const value = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.array(z.string()),
  z.record(z.string(), z.string()),
]);

const setting = z
  .strictObject({
    kind: z.enum(settingKinds),
    required: z.boolean().default(false),
    /** Of a `choice`: what there is. */
    of: z.array(z.string().min(1)).default([]),
    default: value.nullable().default(null),
    from: z.enum(['base', 'head']).default('base'),
    says: z.string().min(1, 'a sentence for people'),
  })
  .superRefine((one, context) => {
    const add = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if ((one.kind === 'choice') !== one.of.length > 0)
      add('of', 'a list of what may be chosen, of a `choice` and of nothing else');
    const wrong = one.default === null ? null : settingProblem(one, one.default, root);
    if (wrong !== null) add('default', `must be ${wrong.mustBe}`);
  });

/** The settings that projects may give to a runner, by name. */
export const settingsBlock: z.ZodType<DeclaredSettings> = z.record(
  z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'a name of small letters, digits and `_`'),
  setting,
);

/**
 * What can change a plan besides what settings name. `folder`: the project's folder. `chart`: that, and what `Chart.yaml` names by
 * `file://`. `terraform-modules`: that, and the local modules. `tree`: anything in the repository.
 */
export const inputKinds = ['folder', 'chart', 'terraform-modules', 'tree'] as const;
export type InputKind = (typeof inputKinds)[number];
