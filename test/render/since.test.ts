import { describe, expect, test } from 'vitest';
import { comparePlans } from '../../src/domain/plan-comparison.ts';
import type { ResourceChange } from '../../src/domain/plan-summary.ts';
import { byteLength, byteLimit } from '../../src/render/budget.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import type { SinceApproved } from '../../src/render/view.ts';
import { attribute, networkPlan, resource, row, summary, view } from './samples.ts';

const { board } = createRenderer();

const between = (from: readonly ResourceChange[], to: readonly ResourceChange[]): SinceApproved => ({
  logins: ['ada'],
  plan: '1a2b3c4d5e6f',
  comparison: comparePlans(summary(from), summary(to)),
});
const shown = (...since: readonly SinceApproved[]): string =>
  board(view([row('a', 'planned', { summary: networkPlan, since })]));
/** The part of the board that is about them. */
const part = (...since: readonly SinceApproved[]): string => {
  const body = shown(...since);
  return body.slice(body.indexOf('**Since'), body.indexOf('```diff')).trim();
};

const size = (to: string) => attribute('size', '1', to);
const items = (action: 'update' | 'replace', many: number) =>
  Array.from({ length: many }, (_, index) => resource(action, `terraform_data.item[${index}]`));

describe('what changed since an approval', () => {
  test('is said of each resource and output, what is destroyed now first, before the plan', () => {
    const from = summary(
      [
        resource('update', 'aws_db.x', [size('2')]),
        resource('update', 'aws_s3.y', [size('2'), attribute('tags', null, '(sensitive value)')]),
        resource('delete', 'aws_vpc.old'),
      ],
      [{ name: 'url', action: 'update', before: '"a"', after: '"b"' }],
    );
    const to = {
      ...summary(
        [
          resource('replace', 'aws_db.x', [size('2')]),
          resource('update', 'aws_s3.y', [size('3'), attribute('tags', null, null)]),
          resource('create', 'aws_vpc.new'),
        ],
        [{ name: 'url', action: 'update', before: '"a"', after: '"c"' }],
      ),
      toolVersion: '1.12.0',
    };
    const since = { logins: ['ada', 'grace'], plan: '1a2b3c4d5e6f', comparison: comparePlans(from, to) };
    expect(part(since)).toMatchInlineSnapshot(`
      "**Since \`ada\` and \`grace\` approved** (plan \`1a2b3c4d5e6f\`) the plan changed:

      - \`aws_db.x\` would be replaced, was to be updated
      - \`aws_vpc.new\` would be created, was not in it
      - \`aws_s3.y\` would be updated in another way: \`size\` becomes \`3\`, was to become \`2\`; \`tags\` differs
      - \`aws_vpc.old\` is no longer in it, was to be destroyed
      - output \`url\` would be updated in another way: \`value\` becomes \`"c"\`, was to become \`"b"\`
      - and the version of the tool changed"
    `);
  });

  test('beyond ten is counted, exactly', () => {
    const text = part(
      between(items('update', 30), [...items('replace', 12), ...items('update', 28).slice(12)]),
    );
    expect(text.match(/^- `/gm)).toHaveLength(10);
    expect(text).toContain('- and 2 resources with another action and 2 resources no longer in it');
  });

  test('is said to be nothing that is shown where only the digest tells', () => {
    expect(part(between(items('update', 1), items('update', 1)))).toMatchInlineSnapshot(
      `"**Since \`ada\` approved** (plan \`1a2b3c4d5e6f\`) something changed that the plan does not show: what it was made from, or a value that is not for everybody's eyes."`,
    );
  });

  test('is not known where what was approved is not kept', () => {
    expect(part({ logins: ['ada'], plan: '1a2b3c4d5e6f', comparison: null })).toMatchInlineSnapshot(
      `"**Since \`ada\` approved** (plan \`1a2b3c4d5e6f\`) the plan changed; what was approved is not kept any more."`,
    );
  });

  test('is a paragraph for each plan that was approved', () => {
    const text = part(between(items('update', 1), []), {
      ...between([], items('update', 1)),
      logins: ['b', 'c', 'd', 'e', 'f', 'g', 'h'],
      plan: '000000000000',
    });
    expect(text.match(/\*\*Since/g)).toHaveLength(2);
    expect(text).toContain('**Since `b`, `c`, `d`, `e`, `f` and 2 more approved** (plan `000000000000`)');
  });

  test('calls nobody, and what people and tools wrote is no markup', () => {
    const hostile = between(
      [resource('update', '@acme/team`</details>', [attribute('x', null, '"<b>@ada #1"')])],
      [resource('update', '@acme/team`</details>', [attribute('x', null, '"`@grace"')])],
    );
    // GitHub makes nothing of what stands between back-ticks.
    const text = part({ ...hostile, logins: ['ada', '@all'] }).replaceAll(/`[^`]*`/g, '');
    expect(text).toContain('would be updated in another way');
    expect(text).not.toContain('@');
    expect(text).not.toContain('</details>');
    expect(text).not.toContain('<b>');
  });
});

describe('in a comment that is too long', () => {
  const wide = (to: string) =>
    Array.from({ length: 9 }, (_, index) =>
      resource('update', `aws_s3.${'y'.repeat(280)}[${index}]`, [size(to)]),
    );
  const since = between(
    [...wide('2'), resource('update', 'aws_db.x')],
    [...wide('3'), resource('replace', 'aws_db.x')],
  );
  const planOf = (many: number) =>
    summary(
      Array.from({ length: many }, (_, index) =>
        resource('update', `terraform_data.item[${index}]`, [
          attribute('input', '"a"', `"${'b'.repeat(100)}"`),
        ]),
      ),
    );

  test('it is told in brief before anything of the plan goes', () => {
    const plan = { summary: planOf(100) };
    // There is room for the plan, and a little more.
    const room = byteLength(board(view([row('a', 'planned', plan)]))) + 5_000;
    const body = board(view([row('a', 'planned', { ...plan, since: [since, since] })]), room);
    expect(byteLength(body)).toBeLessThanOrEqual(room);
    expect(body).toContain(
      'the plan changed: `aws_db.x` would be replaced, was to be updated; 9 resources done in another way.',
    );
    expect(body).not.toContain('- `aws_s3');
    expect(body).not.toContain('attributes are left out');
    expect(body).toContain(
      '_Left out, because a comment can only be so long: what changed in `a` since other plans._',
    );
  });

  test('the brief stays beside what is left of the plan', () => {
    const body = board(view([row('a', 'planned', { summary: planOf(900), since: [since] })]));
    expect(byteLength(body)).toBeLessThanOrEqual(byteLimit);
    expect(body).toContain('attributes are left out');
    expect(body).toContain('`aws_db.x` would be replaced, was to be updated');
  });
});
