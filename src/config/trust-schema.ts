import { z } from 'zod';
import { previewPlaces } from '../domain/preview.ts';
import { glob, listOf, section } from './schema-parts.ts';

const answers = ['allow', 'trust', 'refuse'] as const;

const answer = (normal: (typeof answers)[number], what: string) =>
  z.enum(answers, { error: '`allow`, `trust` or `refuse`' }).default(normal).describe(what);

const listed = (normal: readonly string[], what: string) => {
  const shape = section({
    allow: listOf(glob, 'a list of globs')
      .default([...normal])
      .describe(what),
    otherwise: answer('trust', 'What holds for those that no glob of `allow` means.'),
  });
  return shape.default(shape.parse({}));
};

const forks = section({
  plan: z
    .enum(['refuse', 'trust'], { error: '`refuse` or `trust`' })
    .default('refuse')
    .describe(
      'Pull requests from forks, those of the same organisation too: `refuse` plans none, `trust` plans a commit of one after `/trust`.',
    ),
  apply: z
    .enum(['refuse', 'allow'], { error: '`refuse` or `allow`' })
    .default('refuse')
    .describe('May a plan of a fork be applied?'),
});

/**
 * What strangers' code is asked before it runs. `allow`: it passes. `trust`: it waits until somebody who may write comments `/trust` with
 * the commit. `refuse`: it is not planned. Only what the base branch does not have is asked.
 */
export const trustSchema = section({
  providers: listed(
    ['hashicorp/*'],
    'Providers that pass, as `NAMESPACE/TYPE`, or `HOST/NAMESPACE/TYPE` of another registry than the public ones; globs.',
  ).describe('Providers that nothing on the base branch uses.'),
  modules: listed(
    [],
    'Modules that pass, as `NAMESPACE/NAME/SYSTEM` of the public registry or `HOST/PATH` of others, without version and folder; globs.',
  ).describe(
    'Modules from outside the repository that nothing on the base branch uses, or not in this version.',
  ),
  programs: answer(
    'trust',
    'Data sources and providers that run a program while planning, such as `external`, and programs of theirs that changed.',
  ),
  provisioners: answer('trust', 'Provisioners and their connections: they run in an apply.'),
  http: answer('trust', 'Data sources that ask an address while planning.'),
  remote_state: answer('trust', 'Data sources that read the state of other projects.'),
  server_files: answer('trust', 'Files outside the repository that are read, or may be.'),
  backends: answer(
    'trust',
    "A backend, or its settings, that changed; and one of a new project that is another project's.",
  ),
  lock_file: answer(
    'trust',
    'A `.terraform.lock.hcl` that is gone, or has other hashes for the same version.',
  ),
  override_files: answer('trust', 'Files such as `override.tf`, which change what stands in others.'),
  variable_files: answer(
    'allow',
    'Files such as `terraform.tfvars` and `*.auto.tfvars`, which are read without being named.',
  ),
  tool_settings: answer(
    'trust',
    'Settings that a tool or git might believe: `.terraformrc`, `.netrc`, `.gitconfig`, `.terraform` and the like.',
  ),
  submodules: answer('trust', 'Submodules. They are never fetched.'),
  git_attributes: answer('trust', 'Filters in `.gitattributes`, LFS among them. They are never run.'),
  hooks: answer('trust', 'Git hooks, and folders that git would take for a repository. They are never run.'),
  links: answer('refuse', 'Symbolic links that lead out of the repository.'),
  unreadable: answer('trust', 'Configuration that cannot be read, so that nobody knows what it brings.'),
  settings: answer(
    'trust',
    'Settings (`with`, `runner`) that say where a project acts, of one that the base branch does not have yet and that no rule says.',
  ),
  charts: listed(
    [],
    'Charts that pass, as `HOST/PATH/NAME`, whether from a repository or a registry; globs.',
  ).describe(
    'Charts from outside the repository, dependencies of others among them, that nothing on the base branch uses, or not in this version.',
  ),
  forks: forks
    .default(forks.parse({}))
    .describe('Pull requests whose head branch lives in another repository.'),
  previews: z
    .enum(previewPlaces, { error: '`walls`, `always` or `never`' })
    .default('walls')
    .describe(
      'Offline previews of what waits for trust, by tools that can make one (`untrusted: preview` of a runner). `walls`: where `isolation` is `bubblewrap`, without a network; `always`: also where nothing keeps a tool from the network and the files of this machine; `never`.',
    ),
  by_author: z
    .boolean({ error: '`true` or `false`' })
    .default(false)
    .describe('May authors comment `/trust` on pull requests of their own?'),
});
