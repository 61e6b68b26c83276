import { appendFileSync, cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Desk, withDesk } from '../../src/cli/desk.ts';
import { comparedFrom, discoverLocally } from '../../src/cli/local-pull.ts';
import type { Discovery } from '../../src/flow/discovery.ts';
import { createMemoryStore } from '../../src/store/memory/store.ts';
import { type Checkout, makeCheckout } from '../support/checkout.ts';
import type { Content } from '../support/git-author.ts';
import { temporaryFolder } from '../support/leftovers.ts';

const layouts = fileURLToPath(new URL('../fixtures/layouts', import.meta.url));

/** What somebody does in a branch. */
type Work = (checkout: Checkout) => void;

interface Change {
  readonly does: Work;
  /** Names of the projects that it affects, in the order of their applies. */
  readonly affects: readonly string[];
  /** What is said of those that it takes away. */
  readonly removes?: Readonly<Record<string, unknown>>;
}

interface Layout {
  readonly finds: readonly string[];
  readonly changes: Readonly<Record<string, Change>>;
}

const writes =
  (files: Readonly<Record<string, Content>>): Work =>
  (checkout) =>
    checkout.write(files);

const replaces =
  (name: string, from: string, to: string): Work =>
  (checkout) => {
    const text = readFileSync(path.join(checkout.folder, name), 'utf8');
    if (!text.includes(from)) throw new Error(`${name} has no ${from}`);
    checkout.write({ [name]: text.replaceAll(from, to) });
  };

/** A line more at the end of a file. */
const edits =
  (...names: readonly string[]): Work =>
  ({ folder }) => {
    for (const name of names) appendFileSync(path.join(folder, name), '\n');
  };

const git =
  (...args: readonly string[]): Work =>
  (checkout) => {
    checkout.git(...args);
  };

const discovered = (desk: Desk, base: string, head: string): Promise<Discovery> =>
  comparedFrom(desk, { base, head }).then(async (compared) =>
    discoverLocally(desk, compared, {
      store: createMemoryStore({ clock: desk.clock }),
      operator: await desk.operatorFor([compared.base.sha, compared.head.sha]),
    }),
  );

/** Follows each change from `main` through the stage that a server has, with real git and the real parser. */
const follow = async (name: string, { changes }: Layout): Promise<unknown> => {
  const folder = temporaryFolder('layout');
  cpSync(`${layouts}/${name}`, folder, { recursive: true, verbatimSymlinks: true });
  const checkout = makeCheckout({}, folder);
  const branches = Object.entries(changes).map(([what, { does }], number) => {
    checkout.git('checkout', '--quiet', '-b', `change-${number}`, 'main');
    does(checkout);
    checkout.commit();
    return [what, `change-${number}`] as const;
  });
  checkout.git('checkout', '--quiet', 'main');
  const terminal = {
    environment: { PATH: process.env['PATH'] },
    folder,
    home: checkout.home,
    out: async () => undefined,
    say: () => undefined,
    colour: false,
    stopped: new Promise(() => undefined),
  };
  let came: unknown = null;
  await withDesk(
    terminal,
    { folder, config: undefined, repository: undefined, generate: false },
    async (desk) => {
      const { projects } = await discovered(desk, 'main', 'main');
      const told: Record<string, unknown> = {};
      for (const [what, branch] of branches) {
        const { affected, skipped, problem } = await discovered(desk, 'main', branch);
        expect(problem, what).toBeNull();
        const gone = skipped.filter(({ removed }) => removed).map((one) => [one.name, one.reason]);
        told[what] = {
          affects: affected.map((project) => project.name),
          ...(gone.length === 0 ? {} : { removes: Object.fromEntries(gone) }),
        };
      }
      came = { finds: projects.map((project) => project.name), changes: told };
      return 0;
    },
  );
  return came;
};

const all: Readonly<Record<string, Layout>> = {
  environments: {
    finds: ['environments/dev', 'environments/prod', 'environments/staging'],
    changes: {
      'one environment': { does: edits('environments/prod/main.tf'), affects: ['environments/prod'] },
      'its variables': {
        does: edits('environments/staging/terraform.tfvars'),
        affects: ['environments/staging'],
      },
      'a module that all use': {
        does: edits('modules/network/main.tf'),
        affects: ['environments/dev', 'environments/prod', 'environments/staging'],
      },
      'a module three calls away': {
        does: edits('modules/words/main.tf'),
        affects: ['environments/prod', 'environments/staging'],
      },
      'a nested module': {
        does: edits('modules/service/label/main.tf'),
        affects: ['environments/prod', 'environments/staging'],
      },
      words: { does: edits('README.md', '.github/workflows/lint.yml'), affects: [] },
      'a new environment': {
        does: writes({
          'environments/qa/main.tf': 'terraform {\n  backend "s3" {\n    key = "qa"\n  }\n}\n',
        }),
        affects: ['environments/qa'],
      },
      'an environment with another name': {
        does: git('mv', 'environments/staging', 'environments/stage'),
        affects: ['environments/stage'],
        removes: { 'environments/staging': expect.stringContaining('`environments/stage` keeps its state') },
      },
      'an environment less': {
        does: git('rm', '-rq', 'environments/dev'),
        affects: ['environments/dev'],
        removes: { 'environments/dev': expect.stringContaining('Their end is planned') },
      },
      'a module with another name': {
        does: (checkout) => {
          checkout.git('mv', 'modules/network', 'modules/net');
          for (const name of ['dev', 'prod', 'staging'])
            replaces(`environments/${name}/main.tf`, 'modules/network', 'modules/net')(checkout);
        },
        affects: ['environments/dev', 'environments/prod', 'environments/staging'],
      },
    },
  },
  workspaces: {
    finds: ['dev', 'staging', 'prod'],
    changes: {
      'the code': { does: edits('platform/main.tf'), affects: ['dev', 'staging', 'prod'] },
      'its module': { does: edits('modules/queue/main.tf'), affects: ['dev', 'staging', 'prod'] },
      words: { does: edits('docs/index.md'), affects: [] },
      'a workspace less': {
        does: replaces(
          'tidegate.yaml',
          '  - {name: prod, dir: platform, workspace: prod, depends_on: [{project: staging, outputs: []}]}\n',
          '',
        ),
        affects: [],
        removes: { prod: expect.stringContaining('its code stays') },
      },
      'a workspace more': {
        does: replaces(
          'tidegate.yaml',
          'projects:\n',
          'projects:\n  - {name: qa, dir: platform, workspace: qa}\n',
        ),
        affects: ['qa'],
      },
      'the folder with another name': {
        does: (checkout) => {
          checkout.git('mv', 'platform', 'base');
          replaces('tidegate.yaml', 'dir: platform', 'dir: base')(checkout);
        },
        affects: ['dev', 'staging', 'prod'],
        removes: {
          dev: expect.stringContaining('moves to `base`'),
          staging: expect.stringContaining('moves to `base`'),
          prod: expect.stringContaining('moves to `base`'),
        },
      },
    },
  },
  'variable-files': {
    finds: ['dev', 'prod'],
    changes: {
      'the code': { does: edits('stack/main.tf'), affects: ['dev', 'prod'] },
      'variables that every run reads': { does: edits('stack/common.auto.tfvars'), affects: ['dev', 'prod'] },
      'variables of one': { does: edits('stack/env/prod.tfvars'), affects: ['prod'] },
      'the backend of one': { does: edits('stack/env/dev.tfbackend'), affects: ['dev'] },
      'variables beside the dir': { does: edits('shared/eu.tfvars'), affects: ['prod'] },
      'variables of nobody': { does: edits('shared/us.tfvars'), affects: [] },
      'a file in the dir that nobody names': {
        does: writes({ 'stack/env/qa.tfvars': '' }),
        affects: ['dev', 'prod'],
      },
    },
  },
  generated: {
    finds: ['billing', 'search'],
    changes: {
      'what is generated': { does: edits('stacks/billing/generated.tf'), affects: ['billing'] },
      'what it is made of': { does: edits('templates/backend.tf.tmpl'), affects: ['billing', 'search'] },
      'words beside it': { does: edits('templates/README.md'), affects: [] },
      'the generator': { does: edits('generate', 'stacks.json'), affects: [] },
      'a folder that nobody lists': { does: edits('stacks/draft/main.tf'), affects: [] },
      'one of its stacks more': {
        does: replaces('tidegate.yaml', 'projects:\n', 'projects:\n  - {name: draft, dir: stacks/draft}\n'),
        affects: ['draft'],
      },
    },
  },
  cdk: {
    finds: ['cdktf.out/stacks/app', 'cdktf.out/stacks/network'],
    changes: {
      'a stack': {
        does: edits('cdktf.out/stacks/network/cdk.tf.json'),
        affects: ['cdktf.out/stacks/network'],
      },
      'a module of a stack': {
        does: edits('cdktf.out/stacks/app/assets/__cdktf_module_asset_26CE565C/1F2A/main.tf'),
        affects: ['cdktf.out/stacks/app'],
      },
      'the program alone': { does: edits('main.py', 'cdktf.out/manifest.json'), affects: [] },
      'a stack less': {
        does: git('rm', '-rq', 'cdktf.out/stacks/network'),
        affects: ['cdktf.out/stacks/network'],
        removes: { 'cdktf.out/stacks/network': expect.stringContaining('Their end is planned') },
      },
    },
  },
  nothing: {
    finds: [],
    changes: {
      'the program': { does: edits('src/main.py'), affects: [] },
      'the first project': {
        does: writes({ 'infra/main.tf': 'terraform {\n  backend "s3" {}\n}\n' }),
        affects: ['infra'],
      },
    },
  },
  modules: {
    finds: [],
    changes: {
      'a module': { does: edits('modules/vpc/main.tf'), affects: [] },
      'an example of it': { does: edits('modules/vpc/examples/complete/main.tf'), affects: [] },
    },
  },
  opentofu: {
    finds: ['both', 'json', 'only'],
    changes: {
      'one beside code of terraform': { does: edits('both/extra.tofu'), affects: ['both'] },
      'a module': { does: edits('shared/main.tofu'), affects: ['only'] },
      'one in JSON': { does: edits('json/main.tofu.json'), affects: ['json'] },
    },
  },
  // Sources of modules are expressions: those of `app` can be worked out, that of `open` cannot.
  early: {
    finds: ['app', 'open', 'other'],
    changes: {
      'a module by a local': { does: edits('modules/m/main.tf'), affects: ['app', 'open'] },
      'a module by a default': { does: edits('mods/queue/main.tf'), affects: ['app', 'open'] },
      'a module that only somebody unknown may use': { does: edits('modules/n/main.tf'), affects: ['open'] },
      words: { does: edits('README.md'), affects: ['open'] },
      'another project': { does: edits('other/main.tf'), affects: ['other'] },
      'the value of a local': {
        does: replaces('app/main.tf', '"../modules"', '"../mods"'),
        affects: ['app'],
      },
    },
  },
  single: {
    finds: ['root'],
    changes: {
      'the code': { does: edits('main.tf'), affects: ['root'] },
      'a module below it': { does: edits('dns/main.tf'), affects: ['root'] },
    },
  },
  links: {
    finds: ['live/dev', 'live/prod'],
    changes: {
      'what a link in one folder leads to': { does: edits('shared/provider.tf'), affects: ['live/prod'] },
      'the module behind a link': {
        does: edits('modules/queue-v2/main.tf'),
        affects: ['live/dev', 'live/prod'],
      },
      'the module behind it before': { does: edits('modules/queue-v1/main.tf'), affects: [] },
      'what nobody links to any more': {
        does: git('rm', '-q', 'live/prod/provider.tf'),
        affects: ['live/prod', 'shared'],
      },
      'the link itself': {
        does: writes({ current: { link: 'modules/queue-v1' } }),
        affects: ['live/dev', 'live/prod'],
      },
    },
  },
  'remote-modules': {
    finds: ['queue', 'vpc'],
    changes: {
      'the commit of one': {
        does: replaces('vpc/main.tf', 'v1.4.0', 'v1.5.0'),
        affects: ['vpc'],
      },
    },
  },
};

describe('layouts that people have', () => {
  const follows = async (name: string, layout: Layout): Promise<void> => {
    const { finds, changes } = layout;
    const told = Object.entries(changes).map(([what, { does: _does, ...rest }]) => [what, rest]);
    expect(await follow(name, layout)).toEqual({ finds, changes: Object.fromEntries(told) });
  };
  const isShort = ([name]: readonly [string, Layout]): boolean =>
    ['modules', 'single', 'early'].includes(name);
  test.each(Object.entries(all).filter(isShort))('%s', follows);
  test.each(Object.entries(all).filter((one) => !isShort(one)))('%s', { tags: ['long'] }, follows);
});
