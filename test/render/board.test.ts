import { describe, expect, test } from 'vitest';
import { byteLength, byteLimit } from '../../src/render/budget.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import type { BoardRow } from '../../src/render/view.ts';
import { all, parse, textOf, toPage } from './parse.ts';
import { attribute, networkPlan, noCounts, resource, row, summary, view } from './samples.ts';

const { board } = createRenderer();

describe('numbers', () => {
  test('are absent, not zero, where there is no plan', () => {
    for (const state of ['queued', 'running', 'waiting', 'failed', 'unplanned', 'superseded'] as const) {
      const cells = all(parse(board(view([row('a', state)]))), 'tableCell').map(textOf);
      expect(cells.slice(8, 12)).toEqual(['–', '–', '–', '–']);
    }
  });

  test('all totals stand within the first 25 lines, for any number of projects', () => {
    const rows = Array.from({ length: 100 }, (_, index) =>
      row(`p${index}`, 'planned', { summary: networkPlan }),
    );
    const top = board(view(rows)).split('\n').slice(0, 25).join('\n');
    expect(top).toContain('100 to add, 100 to change, 100 to replace, 100 to destroy');
    expect(top).toContain('100 projects: 100 to apply');
  });

  test('imports, moves and removals from the state are told beside', () => {
    const counts = { ...noCounts, import: 2, move: 1 };
    const body = board(
      view([row('a', 'planned', { counts }), row('b', 'planned', { summary: networkPlan })]),
    );
    expect(body).toContain('| Project | Add | Change | Replace | Destroy | Other | State | Next |');
    expect(body).toContain('| 2 to import, 1 to move | planned |');
    const [header = [], ...rows] = all(toPage(body), 'tr').map((tr) =>
      all(tr, 'element').filter(({ tagName }) => tagName === 'td' || tagName === 'th'),
    );
    for (const cells of rows) expect(cells).toHaveLength(header.length);
  });
});

describe('destroys and replaces', () => {
  const doomed = (many: number) =>
    summary(
      Array.from({ length: many }, (_, index) =>
        resource(index % 2 === 0 ? 'delete' : 'replace', `terraform_data.item[${index}]`),
      ),
    );

  test('are each named', () => {
    const body = board(view([row('a', 'planned', { summary: doomed(50) })]));
    const list = body.slice(0, body.indexOf('<details>'));
    for (let index = 0; index < 50; index += 1) expect(list).toContain(`\`terraform_data.item[${index}]\``);
  });

  test('beyond a hundred are counted, destroys first', () => {
    const body = board(view([row('a', 'planned', { summary: doomed(240) })]));
    const list = body.slice(0, body.indexOf('<details>'));
    expect(list).toContain('120 resources would be destroyed and 120 would be replaced:');
    expect(list.match(/^- destroy /gm)).toHaveLength(100);
    expect(list).toContain('and 140 more, not named here (this list ends at 100):');
    expect(list).toContain('- `a`: 120 `terraform_data` replaced, 20 `terraform_data` destroyed');
  });

  test('that are done are no longer ahead', () => {
    expect(board(view([row('a', 'applied', { summary: doomed(2) })]))).not.toContain('would be');
  });
});

describe('drift', () => {
  test('is kept apart from what the pull request causes', () => {
    const drifted = { address: 'terraform_data.drifted', type: 'terraform_data', attributes: [] };
    const plan = {
      ...summary([resource('update', 'terraform_data.changed', [attribute('input', '"a"', '"b"')])]),
      driftCounts: { relevant: 2, all: 3 },
      drift: [
        { ...drifted, action: 'delete' as const },
        { ...drifted, address: 'terraform_data.other', action: 'update' as const },
      ],
    };
    const body = board(view([row('a', 'planned', { summary: plan })]));
    // Neither among what is destroyed, nor in a number, nor in the difference.
    const [top = '', fold = ''] = body.split('<details');
    expect(top).not.toContain('drifted');
    expect(top).toContain('1 to change');
    expect(top).not.toContain('destroy ');
    expect(fold).toContain('Not from this pull request: 2 resources were changed outside of the tool');
    const [block = ''] = /```diff[\s\S]*?```/.exec(fold) ?? [];
    expect(block).toContain('terraform_data.changed');
    expect(block).not.toMatch(/drifted|other/);
  });
});

describe('size', () => {
  const big = (many: number, attributes: number) =>
    summary(
      Array.from({ length: many }, (_, index) =>
        resource(
          index % 10 === 0 ? 'delete' : 'update',
          `module.region["é${index}"].terraform_data.item`,
          Array.from({ length: attributes }, (_, at) =>
            attribute(`input.key${at}`, `"${'a'.repeat(90)}"`, '"b"'),
          ),
        ),
      ),
    );

  test('attributes go first, and it is said', () => {
    const body = board(view([row('a', 'planned', { summary: big(200, 10) })]));
    expect(byteLength(body)).toBeLessThanOrEqual(byteLimit);
    expect(body).toContain('attributes are left out');
    expect(body).toContain('_Left out, because a comment can only be so long: attributes of `a`._');
    expect(body).toContain('terraform_data.item');
  });

  test('a small project keeps its details beside a large one', () => {
    const rows = [
      row('large', 'planned', { summary: big(5000, 2) }),
      row('small', 'planned', { summary: networkPlan }),
    ];
    const body = board(view(rows));
    expect(byteLength(body)).toBeLessThanOrEqual(byteLimit);
    expect(body).toContain('triggers_replace = "v1" → "v2"');
    expect(body).toContain('most of `large`');
    expect(body).toContain('4,950 more changes left out');
  });

  test('a plan of 100 projects is one whole comment', () => {
    const rows = Array.from({ length: 100 }, (_, index) =>
      row(`project-${index}`, 'planned', { summary: big(60, 5), next: `\`/apply -p project-${index}\`` }),
    );
    const body = board(view(rows));
    expect(byteLength(body)).toBeLessThanOrEqual(byteLimit);
    const tree = toPage(body);
    expect(all(tree, 'tr')).toHaveLength(101);
    expect(body).toContain('would be destroyed');
    expect(body).toContain('Left out');
    expect(body.trimEnd().endsWith('</sub>')).toBe(true);
  });

  const cells = (body: string) =>
    all(toPage(body), 'tr')
      .slice(1)
      .map((tr) => (tr.children ?? []).filter(({ type }) => type === 'element').map(textOf));

  test('projects without changes are one line where there are many', () => {
    const quiet = Array.from({ length: 12 }, (_, index) =>
      row(`quiet-${index}`, 'planned', { summary: summary([]) }),
    );
    const body = board(view([...quiet, row('network', 'planned', { summary: networkPlan })]));
    expect(cells(body).map(([name]) => name)).toEqual(['network']);
    expect(body).toContain(
      '12 projects have no changes: `quiet-0`, `quiet-1`, `quiet-2`, `quiet-3`, `quiet-4` and 7 more.',
    );
    const none = board(view(quiet));
    expect(cells(none)).toEqual([]);
    expect(none).toContain('12 projects have no changes');
    expect(cells(board(view(quiet.slice(0, 4))))).toHaveLength(4);
  });

  test('beyond 150 projects with changes the table has a row for each folder, and one for each that needs a look', () => {
    const rows = Array.from({ length: 400 }, (_, index) =>
      index === 390
        ? row('broken', 'failed', { dir: 'live/eu/broken' })
        : row(`p${index}`, 'planned', {
            summary: networkPlan,
            dir: `live/${['eu', 'us', 'ap'][index % 3]}/p${index}`,
          }),
    );
    expect(cells(board(view(rows.slice(0, 150))))).toHaveLength(150);
    const body = board(view(rows));
    expect(byteLength(body)).toBeLessThanOrEqual(byteLimit);
    expect(cells(body).map(([name, ...rest]) => [name, ...rest.slice(0, 5)])).toEqual([
      ['broken', '–', '–', '–', '–', '✗ plan failed'],
      ['live/eu/ (133 projects)', '133', '133', '133', '133', '133 to apply'],
      ['live/us/ (133 projects)', '133', '133', '133', '133', '133 to apply'],
      ['live/ap/ (133 projects)', '133', '133', '133', '133', '133 to apply'],
    ]);
  });

  test('of very many folders the largest have a row, and the rest is counted', () => {
    const rows = Array.from({ length: 1000 }, (_, index) =>
      index === 900
        ? row('broken', 'failed', { dir: 'broken' })
        : row(`project-${index}`, 'planned', { summary: networkPlan, dir: `${'x'.repeat(100)}${index}` }),
    );
    const body = board(view(rows));
    expect(byteLength(body)).toBeLessThanOrEqual(byteLimit);
    expect(body).toContain('| `broken` |');
    const shown = cells(body).length;
    expect(body).toContain(`${1000 - shown} more projects not shown in this table`);
  });

  test('output of a failed tool keeps its end', () => {
    const output = Array.from({ length: 100_000 }, (_, index) => `line ${index}`).join('\n');
    const body = board(view([row('a', 'failed', { output })]));
    expect(byteLength(body)).toBeLessThanOrEqual(byteLimit);
    expect(body).toContain('line 99999');
    expect(body).toMatch(/earlier lines left out/);
  });
});

describe('plans that are the same', () => {
  const same = { ...networkPlan, content: 'c0ffee' };
  const folds = (rows: readonly BoardRow[]) => all(toPage(board(view(rows))), 'details').length;

  test('are told once, with the place of each', () => {
    const rows = ['eu', 'us', 'ap', 'sa', 'af', 'me', 'ca'].map((name) =>
      row(name, 'planned', { summary: same, url: `https://tidegate.example/runs/${name}` }),
    );
    const body = board(view(rows));
    expect(all(toPage(body), 'details')).toHaveLength(1);
    expect(body).toContain('<b><code>eu</code></b>, <b><code>us</code></b>');
    expect(body).toContain('and 2 more: 1 to add, 1 to change, 1 to replace, 1 to destroy each');
    expect(body).toContain('The plans of these 7 projects are the same, value for value:');
    for (const { name, url } of rows)
      expect(body).toContain(
        `\`${name}\`: Folder \`infra/${name}\` · terraform \`1.11.4\` · [run and log](${url})`,
      );
    // The table has a row of each, and each danger is named for each.
    expect(all(toPage(body), 'tr')).toHaveLength(8);
    expect(body).toContain('7 resources would be destroyed and 7 would be replaced');
  });

  test('show the marks of one, and say so, and none that comes from elsewhere', () => {
    const plan = (mark: string, place: string | null) => ({
      ...summary([resource('create', 'aws_thing.one', [attribute('token', null, `(sensitive, ${mark})`)])]),
      content: 'c0ffee',
      ...(place === null ? {} : { sameValues: [{ fingerprint: mark, place }] }),
    });
    const of = (...plans: readonly (readonly [string, string | null])[]) =>
      plans.map(([mark, place], index) => row(`p${index}`, 'planned', { summary: plan(mark, place) }));
    const one = board(view(of(['abcdefgh', 'var.token'], ['hgfedcba', 'var.token'])));
    expect(all(toPage(one), 'details')).toHaveLength(1);
    expect(one).toContain('same as var.token');
    expect(one).toContain('Secrets are marked as `p0` marks them');
    expect(folds(of(['abcdefgh', null], ['hgfedcba', null]))).toBe(1);
    // The same value, which one of them has from elsewhere.
    expect(folds(of(['abcdefgh', 'var.token'], ['hgfedcba', 'var.other']))).toBe(2);
    expect(folds(of(['abcdefgh', 'var.token'], ['hgfedcba', null]))).toBe(2);
    expect(board(view(of(['abcdefgh', null])))).not.toContain('are marked');
  });

  test('only where all of it is: the plan, the tool, and what is said beside it', () => {
    const one = row('one', 'planned', { summary: same });
    expect(folds([one, row('two', 'planned', { summary: same })])).toBe(1);
    const others: readonly Partial<BoardRow>[] = [
      { summary: { ...same, content: 'another' } },
      { summary: networkPlan },
      { summary: { ...same, toolVersion: '1.12.0' } },
      {
        summary: {
          ...same,
          driftCounts: { relevant: 1, all: 1 },
          drift: [{ address: 'a.b', type: 'a', action: 'update', attributes: [] }],
        },
      },
      { summary: same, runner: 'tofu' },
      { summary: same, problem: { code: 'not-approved', sentence: 'An approval is missing.', advice: '' } },
      { summary: same, since: [{ logins: ['ada'], plan: 'abc', comparison: null }] },
    ];
    for (const other of others) expect(folds([one, row('two', 'planned', other)])).toBe(2);
    expect(folds([one, row('two', 'applied', { summary: same })])).toBe(2);
    // Values that nobody is shown may differ where all that is shown is alike.
    expect(
      folds([
        row('one', 'planned', { summary: networkPlan }),
        row('two', 'planned', { summary: networkPlan }),
      ]),
    ).toBe(2);
  });
});
