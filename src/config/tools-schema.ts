import { z } from 'zod';
import { parseConstraint } from '../domain/tool-version.ts';
import { judged, section } from './schema-parts.ts';

const versionPhrase = 'a version or a constraint in quotes, for example `"1.11.4"` or `"~> 1.9"`';

export const version = judged(versionPhrase, (text) =>
  parseConstraint(text) === null ? versionPhrase : null,
);

const ofRunner = section({
  version: version
    .optional()
    .describe(
      'Version of the tool, or a constraint, for projects that say none and whose code says none. Default: whichever is there.',
    ),
  within: version
    .optional()
    .describe(
      'Constraint that holds for every project besides its own: `required_version` is written by whoever opens a pull request.',
    ),
});

/** What the operator says of the versions of tools. */
export const toolsSchema = section({
  runners: z
    .record(z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, { error: 'the name of a runner' }), ofRunner, {
      error: 'a mapping of runners, for example `terraform`, to what is said of each',
    })
    .default({})
    .describe('By the name of the runner.'),
});

export type RawTools = z.infer<typeof toolsSchema>;
