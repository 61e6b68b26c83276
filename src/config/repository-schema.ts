import { z } from 'zod';
import { glob, listOf, section, text } from './schema-parts.ts';
import { ruleSchema, settingsShape } from './settings-schema.ts';

const projectName = text(
  'a name of letters, digits and `_ - . / : @ + = ~`, at most 100 characters, not starting with a dash',
  /^[\p{L}\p{N}_.][\p{L}\p{M}\p{N}_./:@+=~ -]{0,99}$/u,
);

const workspaceName = text(
  'a workspace name of letters, digits and `_ - .`, at most 90 characters, not starting with a dash',
  /^(?!\.{1,2}$)[A-Za-z0-9_.][A-Za-z0-9_.-]{0,89}$/,
);

const watchedGlob = z.string({ error: 'a glob' }).max(512, { error: 'a glob of at most 512 characters' });

const outputName = text('the name of an output', /^[\p{L}_][\p{L}\p{N}_-]{0,254}$/u);

const feedName = text(
  'a name, or several with dots between them, of letters, digits, `_` and `-`, for example `ingress.host`',
  /^(?=.{1,200}$)[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*$/,
);

const dependency = z.union(
  [
    projectName,
    section({
      project: projectName.describe('Its name.'),
      outputs: listOf(outputName, 'a list of output names')
        .optional()
        .describe(
          'Outputs of it that this project uses. `[]`: none, both are planned together and only the applies have an order. Absent: any of them.',
        ),
    }),
  ],
  { error: 'the name of a project, or a mapping with `project` and `outputs`' },
);

export const projectSchema = section({
  name: projectName
    .optional()
    .describe(
      'Unique. Default: the dir (`root` for `.`), with `/WORKSPACE` behind it where that is not `default`.',
    ),
  // What a path is, parseRepoPath says, so that all paths are refused in the same words.
  dir: z
    .string({ error: 'a folder of the repository, for example `network/prod`' })
    .describe(
      'Folder of the project; `.` is the root of the repository. A glob such as `live/*` stands for every folder with root configuration that it matches and that no other entry names, each a project by itself.',
    ),
  workspace: workspaceName.default('default').describe("The tool's workspace."),
  branches: listOf(glob, 'a list of branches, for example `[main, release/*]`')
    .min(1, { error: 'a list with one branch or more' })
    .optional()
    .describe('Base branches (globs) of the pull requests that this project is for. Absent: every one.'),
  when_modified: listOf(watchedGlob, 'a list of globs')
    .optional()
    .describe(
      'Globs relative to `dir` of files whose change plans this project; `../` reaches the rest of the repository, a leading `!` excludes. Default: every file in `dir`. Files of `dir`, local modules, variable and backend files always count. Where this key is absent, variable and backend files that only other projects of the same `dir` have do not.',
    ),
  depends_on: listOf(dependency, 'a list of project names')
    .default([])
    .describe(
      'Projects that must be applied before this one. What uses outputs of one of them is planned after that was applied; a name alone may use any. Where outputs that it uses change it is planned even if none of its files did.',
    ),
  feeds: z
    .record(
      feedName,
      section({
        project: projectName.describe('Its name; `depends_on` has it as well.'),
        output: outputName.describe('Which of its outputs.'),
      }),
      {
        error: 'a mapping of names to `{project, output}`',
      },
    )
    .optional()
    .describe(
      'Outputs of other projects of this repository that the tool of this one is given, by the names under which it gets them; of Helm, places in its values such as `ingress.host`. Each is in `depends_on`. One that the base branch does not have waits for a `/trust`.',
    ),
  ...settingsShape,
});

/** Of the key that was there before `mode`. */
const modeInstead = (value: boolean): string =>
  `left out: write \`mode: ${value ? 'enabled' : 'disabled'}\` instead`;

const discoverySchema = section({
  mode: z
    .enum(['auto', 'enabled', 'disabled'], { error: '`auto`, `enabled` or `disabled`' })
    .default('auto')
    .describe(
      'Make projects of folders with root configuration that no project names: where `projects` is absent (`auto`), besides those of `projects` (`enabled`), or never (`disabled`).',
    ),
  enabled: z
    .boolean({ error: 'left out: `mode` says it' })
    .check((context) => {
      context.issues.push({ code: 'custom', message: modeInstead(context.value), input: context.value });
    })
    .optional()
    .describe('Gone: `mode` says it.'),
  ignore: listOf(glob, 'a list of globs')
    .default([])
    .describe('Globs of folders that never become projects by themselves.'),
});

export const repositorySchema = section({
  version: z.literal(1, { error: '`1`' }).describe('Version of this format.'),
  projects: listOf(projectSchema, 'a list of projects')
    .optional()
    .describe('The projects of this repository. Absent: they are found by themselves.'),
  rules: listOf(ruleSchema, 'a list of rules')
    .default([])
    .describe(
      'Settings for every project whose dir matches; later rules win, requirements and lists of people add up. Only the base branch counts.',
    ),
  discovery: discoverySchema.optional().describe('How projects are found by themselves.'),
});

export type RawRepositoryFile = z.infer<typeof repositorySchema>;
export type RawProject = z.infer<typeof projectSchema>;
