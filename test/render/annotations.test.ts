import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Lifted } from '../../src/domain/declared/lifted.ts';
import type { Place } from '../../src/domain/declared/place.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import { attribute, resource, row, summary, view } from './samples.ts';

const renderer = createRenderer();

const placeOf = (address: string, line: number, more: Partial<Place> = {}): Place => ({
  address,
  path: 'live/main.tf',
  line,
  endLine: line + 3,
  on: 'argument',
  argument: 'engine',
  ...more,
});
const planned = (
  resources: Parameters<typeof summary>[0],
  places: readonly Place[],
  name = 'live',
): ReturnType<typeof row> => row(name, 'planned', { summary: { ...summary(resources), places } });
const lift = (
  address: string,
  now: Lifted['now'],
  line: number,
  more = 0,
  commit: string | null = null,
): Lifted => ({ address, type: 'aws_db', now, more, place: { path: 'live/main.tf', line, commit } });
const said = (...rows: readonly ReturnType<typeof row>[]) => renderer.planCheck(view(rows)).annotations;

describe('annotations of the plan check', () => {
  test('of one line are one, and the worst comes first', () => {
    const many = Array.from({ length: 7 }, (_, index) => resource('replace', `aws_x.y[${index}]`));
    const found = said(
      planned(
        [...many, resource('delete', 'aws_x.z', [], { reason: 'delete_because_count_index' })],
        [...many.map(({ address }) => placeOf(address, 3)), placeOf('aws_x.z', 9)],
      ),
    );
    expect(found?.map(({ startLine, endLine, title }) => [startLine, endLine, title])).toEqual([
      [9, 9, 'Destroys aws_x.z'],
      [3, 3, 'Replaces 7 resources'],
    ]);
    expect(found?.[0]?.message).toBe('aws_x.z is destroyed because count does not reach it any more.');
    expect(found?.[1]?.message.split('\n')).toHaveLength(6);
    expect(found?.[1]?.message).toContain('And 2 more.');
  });

  test.each(['constructor', '__proto__', 'toString'])(
    'a reason that a tool calls %s is told by none of ours',
    (reason) => {
      const changes = [
        resource('delete', 'aws_x.a', [], { reason }),
        resource('replace', 'aws_x.b', [], { reason }),
      ];
      const found = said(planned(changes, [placeOf('aws_x.a', 3), placeOf('aws_x.b', 9)]));
      expect(found).toHaveLength(2);
      for (const { title, message } of found ?? [])
        expect(`${title} ${message}`).not.toMatch(/because|function|object Object/);
    },
  );

  test('say what is not protected any more, on a line that is at the head, whatever the plan changes', () => {
    const lifted = [
      lift('aws_db.a', 'false', 2, 1),
      lift('aws_db.b', 'gone', 5, 0, 'base'),
      lift('aws_db.c', 'maybe', 7, 0),
    ];
    const found = said(row('live', 'planned', { summary: summary([]), lifted }), row('other', 'unplanned'));
    expect(found?.map(({ startLine, level, title, message }) => [startLine, level, title, message])).toEqual([
      [
        2,
        'failure',
        'Unprotects aws_db.a',
        'aws_db.a (project live) is not protected from being destroyed any more: prevent_destroy was true and is false. The same holds for 1 more address of this block.',
      ],
      [
        7,
        'failure',
        'Unprotects aws_db.c',
        'aws_db.c (project live) may not be protected from being destroyed any more: whether prevent_destroy still holds is not known.',
      ],
    ]);
  });

  test('of what is destroyed and was protected are one, of both', () => {
    const both = planned([resource('delete', 'aws_db.a[1]')], [placeOf('aws_db.a[1]', 2)]);
    const [found, ...others] = said({ ...both, lifted: [lift('aws_db.a', 'absent', 2)] }) ?? [];
    expect(others).toEqual([]);
    expect(found?.title).toBe('Destroys 1 resource and unprotects 1 resource');
    expect(found?.message.split('\n')).toHaveLength(2);
  });

  test('are none of what is only made or changed, but where a policy says no', () => {
    const changes = [resource('create', 'aws_x.a'), resource('update', 'aws_x.b')];
    const policies = [{ name: 'opa', because: 'it says `aws_x.b is public`' }];
    expect(said(planned(changes, [placeOf('aws_x.a', 1), placeOf('aws_x.b', 2, { policies })]))).toEqual([
      {
        path: 'live/main.tf',
        startLine: 2,
        endLine: 2,
        level: 'failure',
        title: 'Changes aws_x.b',
        message: 'aws_x.b. Policy opa does not pass: it says aws_x.b is public',
      },
    ]);
  });

  test('put first what may hold data, then what is opened or not protected any more, and say so', () => {
    const exposures = {
      found: [
        {
          kind: 'opening' as const,
          says: 'open to `every` address',
          path: 'ingress[0].cidr_blocks',
          before: null,
          after: '["0.0.0.0/0"]',
          about: [],
        },
      ],
      more: { opening: 0, 'protection-off': 0 },
    };
    const policies = [{ name: 'opa', because: 'no' }];
    const all = [
      resource('delete', 'aws_x.b'),
      resource('update', 'aws_sg.c', [], { exposures }),
      resource('forget', 'aws_db.d', [], { type: 'aws_db' }),
      resource('replace', 'aws_db.e', [], { type: 'aws_db' }),
      resource('update', 'aws_x.f'),
      resource('forget', 'aws_x.g'),
    ];
    const places = all.map(({ address }, index) =>
      placeOf(address, index + 1, address === 'aws_x.f' ? { policies } : {}),
    );
    const danger = { holdsData: (type: string) => type === 'aws_db', rulesOf: () => [], lossesOf: () => [] };
    const { annotations = [] } = createRenderer({ danger }).planCheck(view([planned(all, places)]));
    expect(annotations.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'failure: aws_db.e, which may hold data, is replaced.',
      'failure: aws_db.d, which may hold data, leaves the state and stays in the world.',
      'failure: aws_sg.c: open to every address (ingress[0].cidr_blocks, nothing to ["0.0.0.0/0"]).',
      'warning: aws_x.b is destroyed.',
      'failure: aws_x.f. Policy opa does not pass: no',
    ]);
  });

  test('are at most fifty, and how many more there are is said', () => {
    const many = Array.from({ length: 120 }, (_, index) => resource('delete', `aws_x.y${index}`));
    const check = renderer.planCheck(
      view([
        planned(
          many,
          many.map(({ address }, index) => placeOf(address, index + 1)),
        ),
      ]),
    );
    expect(check.annotations).toHaveLength(50);
    expect(check.summary).toContain('70 more lines');
  });

  test('name the project where there are several, and a call of a module from elsewhere', () => {
    const change = resource('replace', 'module.m.aws_x.y', [attribute('engine', '"14"', '"15"', true)]);
    const place = placeOf(change.address, 3, { on: 'call', argument: null });
    expect(said(planned([change], [place], 'a'), planned([change], [place], 'b'))).toMatchObject([
      {
        title: 'Replaces 2 resources',
        message:
          'module.m.aws_x.y (project a) is replaced because of engine ("14" to "15"). Its module is declared elsewhere and called here.\n' +
          'module.m.aws_x.y (project b) is replaced because of engine ("14" to "15"). Its module is declared elsewhere and called here.',
      },
    ]);
  });

  test('come with the result and not before', () => {
    const change = resource('delete', 'aws_x.y');
    const done = planned([change], [placeOf('aws_x.y', 1)]);
    const check = renderer.planCheck(view([done, row('other', 'running')]));
    expect(check).toMatchObject({ status: 'in_progress' });
    expect('annotations' in check).toBe(false);
  });

  test('hide nothing and keep to their limits, whatever strangers call their things', () => {
    const text = fc.string({ unit: 'binary', maxLength: 400 });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text, text, text), { minLength: 1, maxLength: 8 }), (all) => {
        const changes = all.map(([key, path, before, after]) =>
          resource('replace', `aws_x.y[${JSON.stringify(key)}]`, [attribute(path, before, after, true)]),
        );
        const policies = [{ name: all[0]?.[0] ?? '', because: all[0]?.[1] ?? '' }];
        const places = changes.map(({ address }, index) => placeOf(address, (index % 3) + 1, { policies }));
        for (const { title, message } of said(planned(changes, places)) ?? []) {
          expect([...title].length).toBeLessThanOrEqual(255);
          expect(Buffer.byteLength(message)).toBeLessThan(20_000);
          expect(title + message.replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
        }
      }),
      { numRuns: 300 },
    );
  });
});
