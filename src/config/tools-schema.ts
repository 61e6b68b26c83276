import { z } from 'zod';
import { parseConstraint } from '../domain/tool-version.ts';
import { judged, section, text } from './schema-parts.ts';

const versionPhrase = 'a version or a constraint in quotes, for example `"1.11.4"` or `"~> 1.9"`';

export const version = judged(versionPhrase, (text) =>
  parseConstraint(text) === null ? versionPhrase : null,
);

const address = text(
  'an address such as `https://mirror.example.com/terraform`',
  /^https:\/\/[^\s/?#@]+(?:\/[^\s?#]*[^\s?#/])?$/,
);

const place = text('an absolute path of the server', /^\/[^\p{C}]{1,1000}$/u);

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
  mirror: address
    .optional()
    .describe(
      'Address of a mirror with what the makers have below theirs, for terraform of what is in `https://releases.hashicorp.com/terraform`, for opentofu of `https://github.com/opentofu/opentofu/releases/download`.',
    ),
  index: address
    .optional()
    .describe('Address of the list of versions. Default: `index.json` or `api.json` in the mirror.'),
  key_file: place
    .optional()
    .describe('File with the armored OpenPGP keys that sign on the mirror. Default: the key of the makers.'),
});

/** What the operator says of the versions of tools. */
export const toolsSchema = section({
  download: z
    .boolean({ error: '`true` or `false`' })
    .default(false)
    .describe(
      'May versions be fetched that are not on the `PATH` of the server? They are verified by their checksum and the signature of their makers.',
    ),
  ca_file: place
    .optional()
    .describe('PEM file of a certificate authority that is believed besides the usual ones.'),
  runners: z
    .record(z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, { error: 'the name of a runner' }), ofRunner, {
      error: 'a mapping of runners, for example `terraform`, to what is said of each',
    })
    .default({})
    .describe('By the name of the runner.'),
});

export type RawTools = z.infer<typeof toolsSchema>;
