import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dangersOf } from '../../src/domain/danger/dangers.ts';
import { byteLength, byteLimit } from '../../src/render/budget.ts';
import { dangerGroups, gatherDangers } from '../../src/render/danger.ts';
import { addressCode } from '../../src/render/danger-words.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import { resource as change, plan } from '../runner/plan-json.ts';
import { inCases } from '../support/in-cases.ts';
import { readTerraformPlan } from '../support/read-plan.ts';
import { dangerCatalogue } from '../support/shipped-danger.ts';
import { hostile } from './hostile.ts';
import { all, linkableText, parse, textOf, toPage } from './parse.ts';
import { resource, row, summary, view } from './samples.ts';

const catalogue = dangerCatalogue();
const { board } = createRenderer({ danger: catalogue });
const filesUrl = 'https://forge.example/acme/infra/blob/9f2c01e4';

const kinds = [
  ['create'],
  ['update'],
  ['delete'],
  ['delete', 'create'],
  ['create', 'delete'],
  ['no-op'],
  ['forget'],
] as const;
const types = [
  'aws_db_instance',
  'aws_security_group_rule',
  'aws_lb',
  'google_storage_bucket_iam_member',
  'x',
];

/** Any plan: strangers write addresses, types, paths and values. */
const anyChange = fc
  .record({
    address: hostile(),
    type: fc.oneof(fc.constantFrom(...types), hostile(4)),
    actions: fc.constantFrom(...kinds),
    paths: fc.array(fc.array(fc.oneof(hostile(3), fc.nat(3)), { maxLength: 3 }), { maxLength: 3 }),
    values: fc.record({
      type: fc.constant('ingress'),
      cidr_blocks: fc.array(fc.constantFrom('0.0.0.0/0', '10.0.0.0/8'), { maxLength: 2 }),
      protocol: hostile(),
      deletion_protection: fc.boolean(),
      role: hostile(),
      member: fc.constantFrom('allUsers', 'user:a'),
    }),
    others: fc.dictionary(hostile(2), hostile(), { maxKeys: 3 }),
    reason: fc.option(hostile()),
    line: fc.nat(),
  })
  .map(({ address, type, actions, paths, values, others, reason, line }) => ({
    place: {
      address,
      path: others['path'] ?? address,
      line,
      endLine: line,
      on: 'block' as const,
      argument: null,
    },
    json: change(
      address,
      {
        actions,
        before:
          actions[0] === 'create' && actions.length === 1 ? null : { ...others, deletion_protection: true },
        after: actions[0] === 'delete' && actions.length === 1 ? null : { ...others, ...values },
        replace_paths: paths,
      },
      { type, ...(reason === null ? {} : { action_reason: reason }) },
    ),
  }));

const anyRow = fc
  .record({
    name: hostile(),
    changes: fc.uniqueArray(anyChange, { maxLength: 6, selector: ({ json }) => json.address }),
    url: fc.boolean(),
  })
  .map(({ name, changes, url }) => {
    const read = readTerraformPlan(plan({ resource_changes: changes.map(({ json }) => json) }), catalogue);
    const known = { ...read.summary, places: changes.map(({ place }) => place) };
    return row(name, 'planned', { summary: known, ...(url ? { url: 'https://forge.example/run' } : {}) });
  });

const numberIn = (text: string, pattern: RegExp): number =>
  [...text.matchAll(pattern)].reduce((sum, [, digits = '']) => sum + Number(digits.replaceAll(',', '')), 0);

/** In the title of a group: "2 other resources would be destroyed and 1 would be replaced". */
const inTitles = (titles: readonly string[], outcome: string): number =>
  titles.reduce(
    (sum, title) => sum + numberIn(title, new RegExp(`([\\d,]+)[a-z ]* would be ${outcome}`, 'g')),
    0,
  );

inCases(100, 1_000)('every destroy and every replace of any plan is named, or counted', (numRuns) => {
  fc.assert(
    fc.property(
      fc.array(anyRow, { maxLength: 4 }),
      fc.nat(12),
      fc.nat(3),
      fc.boolean(),
      (rows, named, counted, why) => {
        const groups = dangerGroups(gatherDangers(view(rows, { filesUrl }), catalogue), {
          named,
          why,
          counted,
        });
        const dangers = rows.flatMap(({ summary: one }) => (one === null ? [] : dangersOf(one, catalogue)));
        const destroys = rows.flatMap(({ summary: one }) =>
          (one?.resources ?? []).filter(({ action }) => action === 'delete' || action === 'replace'),
        );
        const titles = groups.map(({ title }) => title);
        for (const [outcome, action] of [
          ['destroyed', 'delete'],
          ['replaced', 'replace'],
        ] as const)
          expect(inTitles(titles, outcome)).toBe(destroys.filter((one) => one.action === action).length);

        const left = titles.find((title) => title.startsWith('and '));
        const items = groups.filter(({ title }) => title !== left).flatMap((group) => group.items);
        const rest = groups.find(({ title }) => title === left)?.items ?? [];
        const more = left === undefined ? 0 : numberIn(left, /^and ([\d,]+) more/g);
        expect(items.length).toBe(Math.min(named, dangers.length));
        expect(items.length + more).toBe(dangers.length);
        if (left === undefined)
          for (const { address } of destroys)
            expect(items.filter((item) => item.includes(addressCode(address))).length).toBeGreaterThan(0);
        if (counted > 0 && more > 0) expect(rest.length).toBeGreaterThan(0);
      },
    ),
    { numRuns },
  );
});

inCases(100, 1_000)('whatever strangers write into it, it is a list with links of ours', (numRuns) => {
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 3 }), (rows) => {
      const body = board(view(rows, { filesUrl }));
      expect(byteLength(body)).toBeLessThanOrEqual(byteLimit);
      const tree = toPage(body);
      const top = (tree.children ?? []).filter(({ type }) => type === 'element');
      const known = new Set(['h3', 'p', 'table', 'ul', 'details']);
      expect(top.filter(({ tagName }) => !known.has(tagName ?? ''))).toEqual([]);
      for (const tag of ['script', 'img', 'h1', 'h2', 'input', 'svg']) expect(all(tree, tag)).toHaveLength(0);
      const links = all(parse(body), 'link').map(({ url }) => url ?? '');
      expect(all(tree, 'a')).toHaveLength(links.length);
      expect(
        links.filter((href) => !href.startsWith(`${filesUrl}/`) && href !== 'https://forge.example/run'),
      ).toEqual([]);
      expect(linkableText(tree)).not.toMatch(/@[a-z\d]|#\d|GH-\d|:\/\/|www\./i);
      const items = all(tree, 'li').map(textOf);
      const destroys = rows.flatMap(({ summary: one }) =>
        (one?.resources ?? []).filter(({ action }) => action === 'delete' || action === 'replace'),
      );
      expect(items.filter((item) => /^(?:destroy|replace) /.test(item)).length).toBeGreaterThanOrEqual(
        destroys.length,
      );
    }),
    { numRuns },
  );
});

test('a hundred are named by their full address, and beyond that all are counted by project and type', () => {
  const long = (index: number) =>
    `module.${'m'.repeat(150)}.aws_db_instance.x${String(index).padStart(5, '0')}`;
  const rows = Array.from({ length: 30 }, (_, at) =>
    row(`p${at}`, 'planned', {
      url: 'https://forge.example/run',
      summary: summary(
        Array.from({ length: 40 }, (__, index) =>
          resource(index % 4 === 0 ? 'replace' : 'delete', long(at * 40 + index), [], {
            type: index % 2 === 0 ? 'aws_db_instance' : 'aws_lb',
          }),
        ),
      ),
    }),
  );
  const body = board(view(rows, { filesUrl }));
  expect(byteLength(body)).toBeLessThanOrEqual(byteLimit);
  expect(body).toContain('300 resources that may hold data would be destroyed and 300 would be replaced:');
  expect(body).toContain('600 other resources would be destroyed:');
  expect(body.match(/^- destroy `module\.m{150}\.aws_db_instance\.x\d{5}` in `p\d+`/gm)).toHaveLength(100);
  expect(body).toContain('and 1,100 more, not named here (this list ends at 100):');
  expect(body).toContain(
    '20 `aws_lb` destroyed, 10 `aws_db_instance` destroyed, 10 `aws_db_instance` replaced',
  );
  const counted = body.slice(body.indexOf('and 1,100 more'), body.indexOf('| Project'));
  expect(counted).toContain('([all of them](https://forge.example/run))');
  const sum =
    numberIn(counted, /([\d,]+) `[a-z_]+` (?:destroyed|replaced)/g) +
    numberIn(counted, /^- ([\d,]+) in 10 more projects/gm);
  expect(sum).toBe(1100);
});

test('an address has at most 200 bytes, and one that is longer keeps both ends', () => {
  expect(addressCode('aws_instance.a')).toBe('`aws_instance.a`');
  const cut = addressCode(`module.${'é'.repeat(300)}.aws_instance.end`);
  expect(byteLength(cut)).toBeLessThanOrEqual(202);
  expect(cut).toMatch(/^`module\.é+…é*\.aws_instance\.end`$/);
  fc.assert(
    fc.property(hostile(200), (address) => {
      expect(byteLength(addressCode(address))).toBeLessThanOrEqual(400);
    }),
  );
});
