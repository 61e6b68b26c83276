import { expect, test } from 'vitest';
import { diffEntries } from '../../src/render/diff.ts';
import { resource, summaryOf } from '../runner/plan-json.ts';

const policy = (effect: string, ...actions: readonly string[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Sid: 'Read', Effect: effect, Action: actions, Resource: 'arn:aws:s3:::logs/*' }],
  });

const script = (version: string, more = '') =>
  [
    '#!/bin/sh',
    'set -eu',
    'umask 077',
    `curl -o agent https://example.com/agent-${version}`,
    'chmod +x agent',
    '\tif true; then ./agent; fi',
    ...Array.from({ length: 20 }, (_, index) => `echo step ${index}`),
    `echo done${more}`,
    '',
  ].join('\n');

const told = (before: Record<string, unknown>, after: Record<string, unknown>, more = {}): string =>
  [
    ...diffEntries(
      summaryOf({ resource_changes: [resource('aws_x.a', { before, after, ...more })] }),
      'attributes',
    ),
  ]
    .map(({ text }) => text)
    .join('\n');

test('names stand in a column, and what stays as it is is counted', () => {
  expect(
    told(
      { ami: 'ami-1', tags: { Name: 'web', Old: 'y' }, a: 1, b: 2, arn: null, long: 'x'.repeat(70) },
      { ami: 'ami-2', tags: { Name: 'api', Owner: 'ada' }, a: 1, b: 2, arn: null, long: 'y'.repeat(70) },
      { actions: ['delete', 'create'], replace_paths: [['ami']] },
    ),
  ).toMatchInlineSnapshot(`
    "! replace aws_x.a  # destroy first, then create
    !     ami        = "ami-1" → "ami-2"  # forces replacement
    -     long       = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    +     long       = "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
    ~     tags.Name  = "web" → "api"
    -     tags.Old   = "y"
    +     tags.Owner = "ada"
          # 2 unchanged attributes"
  `);
});

test('of JSON in a text the values that differ are told', () => {
  expect(
    told(
      { name: 'logs', policy: policy('Allow', 's3:GetObject') },
      { name: 'logs', policy: policy('Deny', 's3:GetObject', 's3:PutObject') },
    ),
  ).toMatchInlineSnapshot(`
    "~ update aws_x.a
    ~     policy (JSON):
    ~         Statement[0].Action = ["s3:GetObject"] → ["s3:GetObject","s3:PutObject"]
    ~         Statement[0].Effect = "Allow" → "Deny"
          # 1 unchanged attribute"
  `);
});

test('JSON that is only written in another way is said to be the same', () => {
  expect(told({ policy: '{"a":1,"b":[2]}' }, { policy: '{ "b": [2], "a": 1 }' })).toMatchInlineSnapshot(`
    "~ update aws_x.a
    ~     policy = (the same JSON, written in another way)"
  `);
});

test('of a text of several lines those that differ are told, with what stands beside them', () => {
  expect(told({ user_data: script('1.0') }, { user_data: script('1.1', ' at last') })).toMatchInlineSnapshot(`
    "~ update aws_x.a
    ~     user_data:
              set -eu
              umask 077
    -         curl -o agent https://example.com/agent-1.0
    +         curl -o agent https://example.com/agent-1.1
              chmod +x agent
                  if true; then ./agent; fi
              …
              echo step 18
              echo step 19
    -         echo done
    +         echo done at last"
  `);
});

test('of two texts with nothing in common both are told', () => {
  const lines = (word: string) => Array.from({ length: 500 }, (_, index) => `${word} ${index}`).join('\n');
  const said = told({ text: lines('one') }, { text: lines('two') });
  expect(said.split('\n')).toHaveLength(3);
  expect(said).toContain('-     text = "one 0\\none 1');
  expect(said).toContain('+     text = "two 0\\ntwo 1');
});

test('nothing inside of a text that is sensitive is told, however it is marked', () => {
  const secret = 'hunter2-hunter2';
  const marked = { before_sensitive: { policy: true }, after_sensitive: { policy: true } };
  const hidden = told({ policy: policy('Allow', secret) }, { policy: policy('Deny', secret) }, marked);
  expect(hidden).not.toContain(secret);
  expect(hidden).not.toContain('Effect');
  // The mark stands elsewhere, and the text repeats the value: escaped as JSON, or in one of its lines.
  for (const [before, after] of [
    [JSON.stringify({ key: 'pass"word-one', a: 1 }), JSON.stringify({ key: 'pass"word-one', a: 2 })],
    [JSON.stringify({ key: 'pass"word-one' }), JSON.stringify({ key: 'another' })],
    ['a\npass"word-one\nb', 'a\npass"word-one\nc'],
  ]) {
    const said = told(
      { text: before, password: 'pass"word-one' },
      { text: after, password: 'pass"word-one' },
      { before_sensitive: { password: true }, after_sensitive: { password: true } },
    );
    expect(said).not.toContain('word-one');
  }
});

test('what is inside counts among the rows that a summary holds', () => {
  const changes = Array.from({ length: 300 }, (_, index) =>
    resource(`aws_x.a[${index}]`, {
      before: { policy: policy('Allow', ...Array.from({ length: 15 }, (_, n) => `a${n}`)) },
      after: {
        policy: JSON.stringify(Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`k${n}`, n]))),
      },
    }),
  );
  const { resources } = summaryOf({ resource_changes: changes });
  const rows = resources
    .flatMap(({ attributes }) => attributes)
    .map(({ inner }) => (inner?.kind === 'json' ? inner.changes.length + 1 : 1))
    .reduce((sum, one) => sum + one, 0);
  expect(rows).toBeLessThan(3_400);
});
