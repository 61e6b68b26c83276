import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Place } from '../../src/domain/declared/place.ts';
import type { ResourceChange } from '../../src/domain/plan-summary.ts';
import type { PolicyAnswer } from '../../src/domain/rules/policy-answer.ts';
import { configurationsOf } from '../../src/flow/configurations.ts';
import { placesOf } from '../../src/flow/places.ts';
import type { Files } from '../../src/git/memory/objects.ts';
import { summary } from '../store/samples.ts';
import { changeAt, lineWorlds } from '../support/line-cases.ts';
import { type Asked, createPlacesWorld, from, type Trees } from '../support/places-world.ts';

let world: Awaited<ReturnType<typeof createPlacesWorld>>;
beforeAll(async () => {
  world = await createPlacesWorld();
});
afterAll(() => world.close());

const placesIn = async (
  trees: Trees,
  changes: readonly ResourceChange[],
  { answers = [], ...asked }: Asked & { readonly answers?: readonly PolicyAnswer[] } = {},
): Promise<readonly Place[]> => {
  const { run, ports } = await world.planned(trees, asked);
  return placesOf(ports, run, configurationsOf(ports, run), { ...summary, resources: changes }, answers);
};

const lineOf = (place: Place | undefined): string | null =>
  place === undefined ? null : `${place.path}:${place.line}`;

describe('the corpus', () => {
  const worlds = lineWorlds();
  test('has at least sixty cases', () => {
    expect(worlds.flatMap(({ cases }) => cases).length).toBeGreaterThanOrEqual(60);
  });

  test('at least 95 of 100 lines are found, and none is a wrong one', async () => {
    const told = await Promise.all(
      worlds.map(async (one) => {
        // Several cases are about one address: each is a plan of its own.
        const found: { title: string; expected: string | null; line: string | null }[] = [];
        for (const { title, change, expected } of one.cases) {
          // What only changes has a line where a policy speaks of it.
          const because = `${change.address} is not as it should be`;
          const said: PolicyAnswer = { name: 'opa', definition: '', outcome: 'failed', because };
          const answers = change.action === 'update' ? [said] : [];
          const [place] = await placesIn(one, [change], { answers });
          found.push({ title: `${one.name}: ${title}`, expected, line: lineOf(place) });
        }
        return found;
      }),
    );
    const all = told.flat();
    const wrong = all.filter(({ expected, line }) => line !== null && line !== expected);
    expect(wrong).toEqual([]);
    const there = all.filter(({ expected }) => expected !== null);
    const missed = there.filter(({ line }) => line === null);
    expect(missed.length / there.length, JSON.stringify(missed, null, 1)).toBeLessThanOrEqual(0.05);
  });
});

const engine = (given: string) => ({
  'live/main.tf': `variable "v" {\n  ${given}\n}\nresource "aws_x" "y" {\n  engine = var.v\n}\n`,
});
const change = changeAt('aws_x.y', { action: 'replace', replacePaths: ['engine'] });

describe('the value of a variable', () => {
  const base = { ...engine('default = 1'), 'live/z.auto.tfvars': '', 'vars/a.tfvars': '\n' };
  const found = async (after: Files, asked: Asked = {}) => {
    const [place] = await placesIn(from(base, after), [change], asked);
    return lineOf(place);
  };
  const own = 'live/main.tf:5';

  test('is its default where nothing else gives it', async () => {
    expect(await found(engine('default = 2'))).toBe('live/main.tf:2');
    expect(await found(engine('default = 2'), { env: { TF_VAR_v: 'x' } })).toBe(own);
    expect(await found(engine('default = 2'), { passed: ['TF_VAR_*'] })).toBe(own);
    expect(await found(engine('default = 2'), { passed: ['AWS_*'] })).toBe('live/main.tf:2');
    expect(await found(engine('default = 2'), { extra: ['-var=v=3'] })).toBe(own);
    expect(await found({ ...engine('default = 2'), 'live/terraform.tfvars': 'v = 1\n' })).toBe(
      'live/terraform.tfvars:1',
    );
  });

  test('is that of the last file that gives it', async () => {
    const both = { 'live/terraform.tfvars': 'v = 2\n', 'live/z.auto.tfvars': '\nv = 2\n' };
    expect(await found(both)).toBe('live/z.auto.tfvars:2');
    const files = { ...both, 'vars/a.tfvars': '\n\nv = 3\n' };
    expect(await found(files, { varFiles: ['../vars/a.tfvars'] })).toBe('vars/a.tfvars:3');
    expect(await found(files, { varFiles: ['../vars/none.tfvars'] })).toBe(own);
    expect(await found({ 'live/a.auto.tfvars.json': '{"v": 2}' })).toBe(own);
    expect(await found({ 'live/z.auto.tfvars': 'v = "\n' })).toBe(own);
  });
});

describe('a policy that says no', () => {
  const tree = from(engine(''), {
    'live/more.tf': 'resource "aws_x" "y2" {\n}\nresource "aws_x" "z" {\n  count = 2\n}\n',
  });
  const named = async (because: string, outcome: PolicyAnswer['outcome'] = 'failed') => {
    const changes = ['aws_x.y', 'aws_x.y2', 'aws_x.z[0]', 'aws_x.z[1]', 'module.m.aws_x.y'].map((address) =>
      changeAt(address),
    );
    const answers = [{ name: 'opa', definition: '', outcome, because }];
    const places = await placesIn(tree, changes, { answers });
    return places.flatMap(({ address, policies }) => (policies === undefined ? [] : [address]));
  };

  test('is told of the addresses that it names, and of no others', async () => {
    expect(await named('it says `deny: aws_x.y is public`')).toEqual(['aws_x.y']);
    expect(await named("it says `'aws_x.y2', aws_x.z[1].`")).toEqual(['aws_x.y2', 'aws_x.z[1]']);
    expect(await named('it says `module.m.aws_x.y and aws_x.y.engine and data.aws_x.y`')).toEqual([]);
    expect(await named('it says `aws_x.y`', 'passed')).toEqual([]);
  });
});

test('five thousand changes in many files cost a plan little, and only the worst are looked for', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 50 }, (_, file) => [
      `live/f${file}.tf`,
      Array.from(
        { length: 100 },
        (_one, at) => `resource "aws_x" "y${file}_${at}" {\n  name = "a"\n}\n`,
      ).join(''),
    ]),
  );
  const addresses = Array.from({ length: 5_000 }, (_, at) => `aws_x.y${Math.floor(at / 100)}_${at % 100}`);
  const changes = addresses.map((address, at) => changeAt(address, at < 4_000 ? {} : { action: 'delete' }));
  const places = await placesIn(from(files, {}), changes);
  expect(places).toHaveLength(300);
  expect(places[0]).toMatchObject({ address: 'aws_x.y40_0', path: 'live/f40.tf', line: 1 });
});

test('what is not read says nothing, and nobody waits for it', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 2_001 }, (_, file) => [`live/f${file}.tf`, `# ${file}\n`]),
  );
  expect(await placesIn(from({ ...files, ...engine('') }, {}), [change])).toEqual([]);
});
