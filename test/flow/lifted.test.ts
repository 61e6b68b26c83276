import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configurationsOf } from '../../src/flow/configurations.ts';
import { liftedBy } from '../../src/flow/lifted.ts';
import type { Files } from '../../src/git/memory/objects.ts';
import { type Asked, createPlacesWorld, from, type Trees } from '../support/places-world.ts';

let world: Awaited<ReturnType<typeof createPlacesWorld>>;
beforeAll(async () => {
  world = await createPlacesWorld();
});
afterAll(() => world.close());

/** `address now place`, with `@base` behind a place that only the base branch has. */
const told = async (trees: Trees, asked?: Asked): Promise<readonly string[]> => {
  const { run, ports } = await world.planned(trees, asked);
  const all = await liftedBy(ports, run, configurationsOf(ports, run));
  return all.map(({ address, now, more, place }) => {
    const at = place === null ? 'nowhere' : `${place.path}:${place.line}`;
    const base = place?.commit == null ? '' : place.commit === run.baseSha ? '@base' : '@?';
    return `${address}${more === 0 ? '' : ` +${more}`} ${now} ${at}${base}`;
  });
};

const db = (lifecycle: string, name = 'db') =>
  `# one\nresource "aws_db_instance" "${name}" {\n  engine = "x"\n${lifecycle}}\n`;
const on = '  lifecycle {\n    prevent_destroy = true\n  }\n';
const off = '  lifecycle {\n    prevent_destroy = false\n  }\n';
const other = '  lifecycle {\n    ignore_changes = []\n  }\n';
const guarded = db(on);
const call = (name: string, source = '../db') => `module "${name}" {\n  source = "${source}"\n}\n`;

describe('in the project’s own folder', () => {
  const base = { 'live/main.tf': guarded, 'live/other.tf': '# other\n' };
  test.each<[string, Parameters<typeof from>[1], readonly string[]]>([
    ['nothing, where nothing changes', {}, []],
    ['nothing, where something else does', { 'live/main.tf': guarded.replace('"x"', '"y"') }, []],
    ['that it is false now', { 'live/main.tf': db(off) }, ['aws_db_instance.db false live/main.tf:5']],
    [
      'that it is not there any more',
      { 'live/main.tf': db('') },
      ['aws_db_instance.db absent live/main.tf:2'],
    ],
    [
      'the same where the rest of `lifecycle` stays',
      { 'live/main.tf': db(other) },
      ['aws_db_instance.db absent live/main.tf:2'],
    ],
    [
      'that its block is gone',
      { 'live/main.tf': '# one\n' },
      ['aws_db_instance.db gone live/main.tf:5@base'],
    ],
    ['that its file is gone', { 'live/main.tf': null }, ['aws_db_instance.db gone live/main.tf:5@base']],
    ['nothing of a block in another file', { 'live/main.tf': null, 'live/db.tf': guarded }, []],
    [
      'that an override file takes it out',
      { 'live/x_override.tf': db(off) },
      ['aws_db_instance.db false live/x_override.tf:5'],
    ],
    ['nothing of an override of something else', { 'live/x_override.tf': db(other) }, []],
    [
      'that it is no plain value',
      { 'live/main.tf': db(on.replace('true', 'var.x')) },
      ['aws_db_instance.db maybe live/main.tf:5'],
    ],
    ['nothing of another way to write it', { 'live/main.tf': db(on.replace('true', '"true"')) }, []],
    [
      'nothing of the same in JSON',
      {
        'live/main.tf': null,
        'live/main.tf.json': JSON.stringify({
          resource: { aws_db_instance: { db: { lifecycle: { prevent_destroy: true } } } },
        }),
      },
      [],
    ],
    [
      'that it is false now, in JSON',
      {
        'live/main.tf': null,
        'live/main.tf.json': JSON.stringify(
          { resource: { aws_db_instance: { db: { lifecycle: [{ prevent_destroy: false }] } } } },
          null,
          1,
        ),
      },
      ['aws_db_instance.db false live/main.tf.json:7'],
    ],
    [
      'that nobody can tell, where its file cannot be read any more',
      { 'live/main.tf': `${guarded}\r}\n` },
      ['aws_db_instance.db maybe live/main.tf:5@base'],
    ],
    [
      'nothing of what moves and stays protected',
      {
        'live/main.tf': `${db(on, 'new')}moved {\n  from = aws_db_instance.db\n  to = aws_db_instance.new\n}\n`,
      },
      [],
    ],
    [
      'that it moves and loses it',
      {
        'live/main.tf': `${db('', 'new')}moved {\n  from = aws_db_instance.db\n  to = aws_db_instance.new\n}\n`,
      },
      ['aws_db_instance.db absent live/main.tf:2'],
    ],
    [
      'that one instance of it moves, and others do not',
      {
        'live/main.tf': `${db(on, 'new')}moved {\n  from = aws_db_instance.db[0]\n  to = aws_db_instance.new\n}\n`,
      },
      ['aws_db_instance.db gone live/main.tf:5@base'],
    ],
    ['nothing of a folder that the project does not use', { 'elsewhere/main.tf': db('') }, []],
  ])('tells %s', async (_title, change, expected) => {
    expect(await told(from({ ...base, 'elsewhere/main.tf': guarded }, change))).toEqual(expected);
  });

  test('tells it of JSON as well', async () => {
    const json = (value: boolean) =>
      JSON.stringify({ resource: { aws_x: { y: { lifecycle: { prevent_destroy: value } } } } }, null, 1);
    const files = { 'live/main.tf.json': json(true).replace('prevent_destroy', 'prevent\\u005fdestroy') };
    expect(await told(from(files, { 'live/main.tf.json': json(false) }))).toEqual([
      'aws_x.y false live/main.tf.json:6',
    ]);
  });

  test('says so where a file speaks of it, changes and could not be read', async () => {
    const files = { 'live/main.tf': `${guarded}\r# a\n`, 'live/other.tf': `# none\r# of it\n` };
    expect(await told(from(files, { 'live/main.tf': db('') }))).toEqual(['live/main.tf unread nowhere']);
    expect(await told(from(files, { 'live/other.tf': null }))).toEqual([]);
  });

  test('says so where such a file may have called a module', async () => {
    const files = { 'live/main.tf': `${call('db')}\r# a\n`, 'db/main.tf': guarded };
    expect(await told(from(files, { 'live/main.tf': '# no call\n' }))).toEqual([
      'live/main.tf unread nowhere',
    ]);
  });

  test('is not confused by what the base branch brought meanwhile', async () => {
    const trees = {
      dir: 'live',
      base: { 'live/main.tf': db('', 'new'), 'live/old.tf': guarded },
      head: { 'live/main.tf': guarded, 'live/old.tf': db('') },
    };
    // The head knows nothing of `new`, and the line counts in the head's own file.
    const merged = { 'live/main.tf': db('', 'new'), 'live/old.tf': `# two\n${db('')}` };
    expect(await told({ ...trees, merged })).toEqual(['aws_db_instance.db absent live/old.tf:2']);
  });
});

describe('in modules', () => {
  const base = { 'live/main.tf': call('one') + call('two'), 'db/main.tf': guarded };
  test.each<[string, Parameters<typeof from>[1], readonly string[]]>([
    ['nothing, where nothing changes', {}, []],
    [
      'all addresses at once',
      { 'db/main.tf': db('') },
      ['module.one.aws_db_instance.db +1 absent db/main.tf:2'],
    ],
    [
      'that a call goes, though its folder stays as it is',
      { 'live/main.tf': call('one') },
      ['module.two.aws_db_instance.db gone db/main.tf:5@base'],
    ],
    [
      'that a call leads to another folder',
      { 'live/main.tf': call('one') + call('two', '../db2'), 'db2/main.tf': db('') },
      ['module.two.aws_db_instance.db absent db2/main.tf:2'],
    ],
    [
      'nothing of a folder with another name',
      { 'live/main.tf': call('one', '../new') + call('two'), 'new/main.tf': guarded },
      [],
    ],
    [
      'that nobody can tell what a registry has',
      { 'live/main.tf': call('one') + call('two', 'acme/db/aws') },
      ['module.two.aws_db_instance.db maybe db/main.tf:5@base'],
    ],
    [
      'that nobody can tell, where the file of the call cannot be read',
      { 'live/main.tf': `${call('one')}${call('two')}\r#` },
      ['module.one.aws_db_instance.db +1 maybe db/main.tf:5@base'],
    ],
    [
      'nothing of a call that moves',
      {
        'live/main.tf': `${call('one')}${call('three')}moved {\n  from = module.two\n  to = module.three\n}\n`,
      },
      [],
    ],
    [
      'nothing of what moves into a module',
      {
        'live/main.tf': `${call('one')}${call('outer', '../outer')}moved {\n  from = module.two\n  to = module.outer.module.two\n}\n`,
        'outer/main.tf': call('two'),
      },
      [],
    ],
    [
      'calls in calls',
      { 'db/main.tf': call('in', '../deep'), 'deep/main.tf': guarded },
      ['module.one.aws_db_instance.db +1 gone db/main.tf:5@base'],
    ],
  ])('tells %s', async (_title, change, expected) => {
    expect(await told(from(base, change))).toEqual(expected);
  });

  test('that call each other in circles, or cannot be counted, are not known', async () => {
    const round = {
      'live/main.tf': call('a', '../a'),
      'a/main.tf': call('a', '../a') + call('b', '../a') + guarded,
    };
    expect(await told(from(round, { 'a/main.tf': round['a/main.tf'].replace('true', 'false') }))).toEqual([
      'live unread nowhere',
    ]);
  });
});

describe('what is no plain value', () => {
  const main = (given: string) =>
    `variable "keep" {\n  ${given}\n}\nlocals {\n  keep = var.keep\n}\n${db(on.replace('true', 'local.keep'))}`;
  const base = { 'live/main.tf': main('default = true'), 'live/z.auto.tfvars': '' };
  test.each<[string, Files, readonly string[]]>([
    ['nothing, where nothing that it comes from changes', { 'live/other.tf': '# a\n' }, []],
    [
      'that it may be another one',
      { 'live/main.tf': main('default = false') },
      ['aws_db_instance.db maybe live/main.tf:11'],
    ],
    [
      'that a file of variables may make it another one',
      { 'live/z.auto.tfvars': 'keep = false\n' },
      ['aws_db_instance.db maybe live/main.tf:11'],
    ],
  ])('tells %s', async (_title, change, expected) => {
    expect(await told(from(base, change))).toEqual(expected);
  });

  test('tells that a file of variables may have made it another one', async () => {
    const files = { ...base, 'live/z.auto.tfvars': 'keep = false\n' };
    expect(await told(from(files, { 'live/z.auto.tfvars': '' }))).toEqual([
      'aws_db_instance.db maybe live/main.tf:11',
    ]);
  });
});

test('a project that protects nothing is not read for it', async () => {
  const { run, ports } = await world.planned(from({ 'live/main.tf': db(other) }, { 'live/main.tf': db('') }));
  const asked: string[] = [];
  const configuration: typeof ports.configuration = {
    ...ports.configuration,
    outlines: (files, load) => {
      asked.push(...files.map(({ path }) => path));
      return ports.configuration.outlines(files, load);
    },
  };
  const watched = { ...ports, configuration };
  expect(await liftedBy(watched, run, configurationsOf(watched, run))).toEqual([]);
  expect(asked).toEqual([]);
});

test('where it cannot be looked for, that is what is told', async () => {
  const { run, ports } = await world.planned(from({ 'live/main.tf': guarded }, { 'live/main.tf': db('') }));
  const git: typeof ports.git = { ...ports.git, entries: async () => Promise.reject(new Error('away')) };
  const broken = { ...ports, git };
  expect(await liftedBy(broken, run, configurationsOf(broken, run))).toEqual([
    { address: 'live', type: '', more: 0, now: 'unread', place: null },
  ]);
});
