import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import type { ConfigurationReader } from '../../src/runner/port.ts';
import { type ConfigurationReaderOptions, createConfigurationReader } from '../../src/runner/read/hcl.ts';
import { temporaryFolder } from '../support/leftovers.ts';

const open: ConfigurationReader[] = [];
const create = (options: Partial<ConfigurationReaderOptions> = {}): ConfigurationReader => {
  const reader = createConfigurationReader({ clock: createSystemClock(), ...options });
  open.push(reader);
  return reader;
};
afterEach(async () => {
  for (const reader of open.splice(0)) await reader.close();
});

const shared = createConfigurationReader({ clock: createSystemClock() });
afterAll(() => shared.close());

const readAll = (reader: ConfigurationReader, files: Readonly<Record<string, string | Buffer>>) =>
  reader.facts(
    Object.keys(files).map((name) => ({ path: name, blob: `blob of ${String(files[name])}` })),
    async (blobs) =>
      new Map(
        Object.values(files)
          .map((text) => [`blob of ${String(text)}`, Buffer.from(text)] as const)
          .filter(([blob]) => blobs.includes(blob)),
      ),
  );

/** `@{` stands for Terraform's `${`, which would read like a template of ours. */
const read = async (written: string, name = 'live/main.tf', reader = shared) => {
  const text = written.replaceAll('@{', '${');
  const facts = (await readAll(reader, { [name]: text })).get(name);
  if (facts === undefined) throw new Error('no facts');
  return facts;
};

test('tells modules, backend and provider', async () => {
  expect(
    await read(`
terraform {
  required_version = "~> 1.11"
  backend "s3" {
    bucket = "state"
  }
}
provider "aws" {
  region = "eu-central-1"
}
module "network" {
  source = "../modules/network"
}
module "two" {
  for_each = toset(["a"])
  source   = "git::https://example.com/x.git?ref=v1"
}
`),
  ).toEqual({
    moduleSources: ['../modules/network', 'git::https://example.com/x.git?ref=v1'],
    hasOpenSource: false,
    backend: 's3',
    hasProvider: true,
    requiredVersions: ['~> 1.11'],
    selfContained: true,
    error: null,
    code: expect.anything(),
  });
});

test.each(['"@{var.p}/m"', 'var.p', '"%{ if var.p }./a%{ else }./b%{ endif }"'])(
  'tells that the source of a module is an expression: %s',
  async (source) => {
    const text = `variable "p" {}\nmodule "m" {\n  source = ${source}\n}\n`;
    expect(await read(text)).toMatchObject({ moduleSources: [], hasOpenSource: true, error: null });
  },
);

test('tells a cloud block, and that there is nothing', async () => {
  expect(await read('terraform {\n  cloud {\n    organization = "o"\n  }\n}\n')).toMatchObject({
    backend: 'cloud',
  });
  expect(await read('')).toEqual({
    moduleSources: [],
    hasOpenSource: false,
    backend: null,
    hasProvider: false,
    requiredVersions: [],
    selfContained: true,
    error: null,
    code: expect.anything(),
  });
});

test.each([
  [
    'one block',
    { module: { a: { source: './a' } }, terraform: { backend: { http: {} } }, provider: { x: {} } },
  ],
  [
    'lists',
    {
      module: [{ a: [{ source: './a' }] }],
      terraform: [{ backend: [{ http: [{}] }] }],
      provider: [{ x: [{}] }],
    },
  ],
])('reads the JSON syntax: %s', async (_what, content) => {
  expect(await read(JSON.stringify(content), 'live/main.tf.json')).toEqual({
    moduleSources: ['./a'],
    hasOpenSource: false,
    backend: 'http',
    hasProvider: true,
    requiredVersions: [],
    selfContained: true,
    error: null,
    code: expect.anything(),
  });
});

describe('selfContained', () => {
  const body = (expression: string) => `locals {\n  x = ${expression}\n}\n`;
  test.each([
    ['a file below the module', body('file("@{path.module}/files/x.json")')],
    ['a file below the root', body('templatefile("@{path.root}/x.tpl", { a = 1 })')],
    ['a file beside', body('filesha256("./x.zip")')],
    ['a name that is filled in', body('file("@{path.module}/@{terraform.workspace}.json")')],
    ['a set of files', body('fileset(path.module, "*.json")')],
    ['three dots', body('merge([{}]...)')],
    ['three dots in a text', body('"wait ..."')],
    ['a name that begins with a slash', body('"/aws/lambda/one"')],
    ['a data source of a provider', 'data "aws_ami" "x" {\n  owners = ["self"]\n}\n'],
    [
      'an archive of a folder below',
      'data "archive_file" "x" {\n  type = "zip"\n  source_dir = "@{path.module}/src"\n  output_path = "x.zip"\n}\n',
    ],
    ['a module beside', 'module "m" {\n  source = "../m"\n  x = "y"\n}\n'],
  ])('holds: %s', async (_what, text) => {
    expect(await read(text)).toMatchObject({ selfContained: true, error: null });
  });

  test.each([
    ['a set of files beside the folder', body('fileset("../shared", "*")')],
    ['dots in the middle', body('file("@{path.module}/../x.tpl")')],
    ['dots in a here document', body('<<EOT\n../x\nEOT')],
    ['dots in a key', body('{ "../x" = 1 }')],
    ['path.cwd', body('path.cwd')],
    ['abspath', body('abspath(path.module)')],
    ['pathexpand', body('pathexpand("~/x")')],
    ['dirname', body('file("@{dirname(path.module)}/x")')],
    ['a path from a variable', 'variable "p" {}\nlocals {\n  x = file(var.p)\n}\n'],
    ['a path that begins with a variable', 'variable "p" {}\nlocals {\n  x = file("@{var.p}/x")\n}\n'],
    ['an absolute file', body('file("/etc/hosts")')],
    ['a file function deep inside', body('[for f in ["a"] : { a = "x @{filebase64(f)}" }]')],
    ['an external program', 'data "external" "x" {\n  program = ["true"]\n}\n'],
    ['a data source that runs a script', 'data "shell_script" "x" {}\n'],
    [
      'an archive of any folder',
      'variable "p" {}\ndata "archive_file" "x" {\n  type = "zip"\n  source_dir = var.p\n}\n',
    ],
    [
      'a provisioner',
      'resource "terraform_data" "x" {\n  provisioner "local-exec" {\n    command = "true"\n  }\n}\n',
    ],
    ['a module input', 'module "m" {\n  source = "./m"\n  x = file("../x")\n}\n'],
  ])('does not: %s', async (_what, text) => {
    expect(await read(text)).toMatchObject({ selfContained: false, error: null });
  });
});

test('says file and line of what does not parse, and reads on', async () => {
  const facts = await readAll(shared, {
    'a/broken.tf': 'locals {\n  a = \n}\n',
    'b/broken.tf': 'locals {\n  a = \n}\n',
    'c/broken.tf.json': '{\n  "a": }\n',
    'd/fine.tf': 'locals {}\n',
  });
  expect(facts.get('a/broken.tf')?.error).toMatch(/^a\/broken\.tf:2: Invalid expression/);
  expect(facts.get('b/broken.tf')?.error).toMatch(/^b\/broken\.tf:2: /);
  expect(facts.get('c/broken.tf.json')?.error).toBe('c/broken.tf.json:2: this is not valid JSON');
  expect(facts.get('a/broken.tf')?.selfContained).toBe(false);
  expect(facts.get('d/fine.tf')?.error).toBeNull();
});

test('text that is hostile is an error or an answer, never a crash', async () => {
  const facts = await readAll(shared, {
    'nul.tf': '\0',
    'deep.tf': `locals {\n  a = ${'['.repeat(3000)}${']'.repeat(3000)}\n}\n`,
    'proto.tf.json': '{"__proto__": {"module": {"a": {"source": "./a"}}}, "module": null}',
    'list.tf.json': '[]',
    'bytes.tf': Buffer.from([0xff, 0xfe, 0x00]),
    'after.tf': 'module "m" {\n  source = "./m"\n}\n',
  });
  expect(facts.get('nul.tf')?.error).toMatch(/^nul\.tf:1: /);
  expect(facts.get('bytes.tf')?.error).not.toBeNull();
  expect(facts.get('after.tf')).toMatchObject({ moduleSources: ['./m'], error: null });
});

test('a file that is too large is an error by itself', async () => {
  const reader = create({ maxBytes: 50 });
  const facts = await readAll(reader, { 'large.tf': `# ${'x'.repeat(60)}\n`, 'small.tf': '' });
  expect(facts.get('large.tf')?.error).toMatch(/^large\.tf: larger than 50 bytes/);
  expect(facts.get('small.tf')?.error).toBeNull();
});

test('a file whose contents are missing is an error, and is asked for again', async () => {
  const reader = create();
  const files = [{ path: 'x.tf', blob: 'b1' }];
  expect((await reader.facts(files, async () => new Map())).get('x.tf')?.error).toMatch(/missing/);
  const again = await reader.facts(files, async () => new Map([['b1', Buffer.from('')]]));
  expect(again.get('x.tf')?.error).toBeNull();
});

test('asks for each blob once, as long as it is kept', async () => {
  const reader = create({ kept: 2 });
  const asked: string[] = [];
  const facts = (...names: readonly string[]) =>
    reader.facts(
      names.map((name) => ({ path: `${name}.tf`, blob: name })),
      async (blobs) => {
        asked.push(...blobs);
        return new Map(blobs.map((blob) => [blob, Buffer.from('')]));
      },
    );
  await facts('a', 'b');
  await facts('a', 'b');
  expect(asked).toEqual(['a', 'b']);
  await facts('a', 'c');
  await facts('a');
  expect(asked).toEqual(['a', 'b', 'c']);
  await facts('b');
  expect(asked).toEqual(['a', 'b', 'c', 'b']);
});

test('a process that hangs or dies is replaced, and only its file is an error', async () => {
  const script = path.join(temporaryFolder('parser'), 'process.mjs');
  // Answers as the real one does, but for two texts.
  writeFileSync(
    script,
    `process.on('message', (questions) => {
       const texts = questions.map(({ text }) => text.trim());
       if (texts.includes('die')) process.exit(1);
       if (texts.includes('lie')) process.send('nonsense');
       const facts = { moduleSources: [String(process.pid)], backend: null, hasProvider: false, selfContained: true, error: null };
       if (texts.every((text) => text === 'fine')) process.send(texts.map(() => ({ facts })));
     });
     process.on('disconnect', () => process.exit());`,
  );
  const reader = create({ script, limitMs: 1500 });
  const facts = await readAll(reader, {
    '1.tf': 'fine',
    '2.tf': 'die',
    '3.tf': 'hang',
    '4.tf': 'lie',
    '5.tf': 'fine ',
  });
  expect(facts.get('1.tf')?.error).toBeNull();
  expect(facts.get('5.tf')?.error).toBeNull();
  expect(facts.get('2.tf')?.error).toBe('2.tf: the parser crashed on this file');
  expect(facts.get('3.tf')?.error).toMatch(/did not finish/);
  expect(facts.get('4.tf')?.error).toMatch(/no answer/);
  const later = await reader.facts(
    [{ path: 'x.tf', blob: 'other' }],
    async () => new Map([['other', Buffer.from('fine')]]),
  );
  expect(later.get('x.tf')?.error).toBeNull();
  expect(later.get('x.tf')?.moduleSources).not.toEqual(facts.get('1.tf')?.moduleSources);
});

test('a process whose parser is no longer as it was is replaced, before the files of others', async () => {
  const script = path.join(temporaryFolder('parser'), 'process.mjs');
  // As the real one after a text that is nested too deep: from then on it reads nothing.
  writeFileSync(
    script,
    `let spent = false;
     process.on('message', (questions) => {
       spent ||= questions[0].text === 'deep';
       const facts = { moduleSources: [], backend: null, hasProvider: false, selfContained: true, error: null };
       process.send(spent ? [{ error: 'it has exited', spent }] : questions.map(() => ({ facts })));
     });
     process.on('disconnect', () => process.exit());`,
  );
  const facts = await readAll(create({ script }), { '1.tf': 'deep', '2.tf': 'fine' });
  expect(facts.get('1.tf')?.error).toContain('it has exited');
  expect(facts.get('2.tf')?.error).toBeNull();
});

test('contents that come in parts are asked for until all are there, or none comes', async () => {
  const reader = create();
  const asked: string[][] = [];
  const facts = await reader.facts(
    ['a', 'b', 'c', 'gone'].map((name) => ({ path: `${name}.tf`, blob: name })),
    async (blobs) => {
      asked.push([...blobs]);
      return new Map(
        blobs
          .filter((blob) => blob !== 'gone')
          .slice(0, 1)
          .map((blob) => [blob, Buffer.from('')]),
      );
    },
  );
  expect([...facts].filter(([, { error }]) => error === null).map(([path]) => path)).toEqual([
    'a.tf',
    'b.tf',
    'c.tf',
  ]);
  expect(facts.get('gone.tf')?.error).toBe('gone.tf: its contents are missing');
  expect(asked.map((blobs) => blobs.length)).toEqual([4, 3, 2, 1]);
});

test('files that take too long together leave the rest unread, this time', async () => {
  const passed = { ms: 0 };
  const reader = create({ budgetMs: 1000, clock: { ...createSystemClock(), monotonic: () => passed.ms } });
  const load = async (blobs: readonly string[]) => {
    passed.ms += 600;
    return new Map(blobs.slice(0, 1).map((blob) => [blob, Buffer.from('')]));
  };
  const files = ['a', 'b', 'c'].map((name) => ({ path: `${name}.tf`, blob: name }));
  const facts = await reader.facts(files, load);
  expect(facts.get('a.tf')?.error).toBeNull();
  expect(facts.get('c.tf')).toMatchObject({
    selfContained: false,
    error: expect.stringMatching(/^c.tf: not read/),
  });
  await reader.facts(files, load);
  expect((await reader.facts(files, load)).get('c.tf')?.error).toBeNull();
});

test('the process ends when idle, and another starts when it is needed', async () => {
  const script = path.join(temporaryFolder('parser'), 'process.mjs');
  writeFileSync(
    script,
    `process.on('message', () => process.send([{ facts: { moduleSources: [String(process.pid)], backend: null, hasProvider: false, selfContained: true, error: null } }]));
     process.on('disconnect', () => process.exit());`,
  );
  const reader = create({ script, idleMs: 1 });
  const pid = async (blob: string) =>
    Number(
      (await reader.facts([{ path: 'x.tf', blob }], async () => new Map([[blob, Buffer.from(blob)]]))).get(
        'x.tf',
      )?.moduleSources[0],
    );
  const first = await pid('1');
  const isGone = () => {
    try {
      process.kill(first, 0);
      return false;
    } catch {
      return true;
    }
  };
  await expect.poll(isGone, { timeout: 20_000 }).toBe(true);
  expect(await pid('2')).not.toBe(first);
});

test('after close it refuses', async () => {
  const reader = create();
  await reader.close();
  await expect(readAll(reader, { 'x.tf': '' })).rejects.toThrow('closed');
});

test('closed while it reads, nothing of it waits any more', async () => {
  const clock = createSystemClock();
  const waiting = new Set<number>();
  const reader = create({
    clock: {
      ...clock,
      sleep: async (ms, signal) => {
        const own = waiting.size + ms;
        waiting.add(own);
        await clock.sleep(ms, signal);
        waiting.delete(own);
      },
    },
    idleMs: 77_000,
  });
  const { promise: loaded, resolve: load } = Promise.withResolvers<ReadonlyMap<string, Buffer>>();
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const facts = reader.facts([{ path: 'x.tf', blob: 'x' }], () => {
    ask();
    return loaded;
  });
  await asked;
  const closing = reader.close();
  load(new Map([['x', Buffer.from('')]]));
  await Promise.all([closing, facts]);
  expect([...waiting]).toEqual([]);
});
