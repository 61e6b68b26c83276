import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fingerprints } from '../../src/domain/fingerprint.ts';
import { projectKeyFromText } from '../../src/domain/ids.ts';
import type { PlanSummary } from '../../src/domain/plan-summary.ts';
import { valuesOf } from '../../src/domain/summary-words.ts';
import { secretForms } from '../../src/observe/secret-forms.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import { summaryToJson } from '../../src/store/stored-summary.ts';
import { type Json, type SeededSecret, seededSecrets } from '../domain/secret-value/seeded-secrets.ts';
import { row, view } from '../render/samples.ts';
import { inCases } from '../support/in-cases.ts';
import { readTerraformPlan } from '../support/read-plan.ts';
import { change, plan, resource } from './plan-json.ts';

const sign = (text: string) => createHmac('sha256', 'key').update(text).digest('hex');
const fingerprint = fingerprints(sign, projectKeyFromText('1:network:default:*'));
const read = (more: Parameters<typeof plan>[0]) => readTerraformPlan(plan(more), undefined, { fingerprint });
const rows = (summary: PlanSummary) =>
  summary.resources.flatMap(({ attributes }) =>
    attributes.map(({ path, before, after }) => [path, before, after]),
  );
const markOf = (secret: string) => `(sensitive, ${fingerprint(secret)})`;
const { board } = createRenderer();
const shownOf = (summary: PlanSummary) => board(view([row('network', 'planned', { summary })]));

const strong = 'Gk7#vP2!xR9@qL4z';
const stronger = 'Wm3$tN8&hB5*cF1y';

describe('a secret that nobody marked', () => {
  test('is hidden by its name, and shows that it changes', () => {
    const { summary } = read({
      resource_changes: [resource('t.a', { before: { password: strong }, after: { password: stronger } })],
    });
    expect(rows(summary)).toEqual([['password', markOf(strong), markOf(stronger)]]);
    expect(shownOf(summary)).toContain(
      `password = (sensitive, ${fingerprint(strong)} → ${fingerprint(stronger)})`,
    );
  });

  test('that is too easy to guess has no fingerprint, but changes or does not', () => {
    const { summary } = read({
      resource_changes: [
        resource('t.a', { before: { password: 'hunter2' }, after: { password: 'hunter3' } }),
        resource('t.b', {
          before: { flag: true, same: 'hunter2', strong },
          after: { flag: false, same: 'hunter2', strong },
          after_sensitive: { flag: true, same: true, strong: true },
        }),
      ],
    });
    expect(rows(summary)).toEqual([
      ['password', '(sensitive value)', '(sensitive value)'],
      ['flag', '(sensitive value)', '(sensitive value)'],
      ['same', '(sensitive value)', '(sensitive value, unchanged)'],
      ['strong', markOf(strong), markOf(strong)],
    ]);
    const shown = shownOf(summary);
    expect(shown).toContain('password = (sensitive value changes)');
    expect(shown).toContain('flag   = (sensitive value changes)');
    expect(shown).toContain('same   = (sensitive value, unchanged)');
    expect(shown).toContain(`strong = (sensitive, ${fingerprint(strong)}: unchanged)`);
  });

  test('is hidden by its name alone, however short it is', () => {
    const { summary } = read({
      resource_changes: [resource('t.a', { before: { pass: 'one' }, after: { pass: 'two', token: 1234 } })],
    });
    expect(rows(summary)).toEqual([
      ['pass', '(sensitive value)', '(sensitive value)'],
      ['token', null, '(sensitive value)'],
    ]);
  });

  test('takes a part of JSON with it, and of other texts all', () => {
    const container = (password: string) =>
      JSON.stringify([
        { name: 'app', image: 'app:2', environment: [{ name: 'DB_PASSWORD', value: password }] },
      ]);
    const { summary } = read({
      resource_changes: [
        resource('t.a', {
          before: { container_definitions: container(strong), user_data: 'run\n' },
          after: { container_definitions: container(stronger), user_data: `PASSWORD=${strong} run\n` },
        }),
      ],
    });
    const json = (password: string) =>
      JSON.stringify(
        `[{"environment":[{"name":"DB_PASSWORD","value":"${markOf(password)}"}],"image":"app:2","name":"app"}]`,
      );
    expect(rows(summary)).toEqual([
      ['container_definitions', json(strong), json(stronger)],
      ['user_data', '(sensitive value)', markOf(`PASSWORD=${strong} run\n`)],
    ]);
  });

  test('is hidden wherever else the plan has it, in any form', () => {
    const copies = {
      description: `is ${strong} now`,
      encoded: Buffer.from(`user:${strong}`).toString('base64'),
      query: `https://example.com/?q=${encodeURIComponent(strong)}`,
      [`k.${strong}`]: 1,
    };
    const { summary, secrets } = read({
      resource_changes: [
        resource('t.a', { before: {}, after: { password: strong } }),
        resource('t.b', { before: {}, after: copies }),
      ],
      checks: [
        {
          address: { kind: 'resource', to_display: 't.a' },
          status: 'fail',
          instances: [
            { address: { to_display: 't.a' }, status: 'fail', problems: [{ message: `not ${strong}` }] },
          ],
        },
      ],
    });
    expect(secrets).toContain(strong);
    const text = summaryToJson(summary);
    for (const form of secretForms(strong)) expect(text).not.toContain(form);
  });

  test('is said to be the same as where it comes from, also where that stays as it is', () => {
    const { summary } = read({
      resource_changes: [
        resource('random_password.db', {
          actions: ['no-op'],
          before: { result: strong },
          after: { result: strong },
          before_sensitive: { result: true },
          after_sensitive: { result: true },
        }),
        resource('t.a', { before: { password: stronger }, after: { password: strong } }),
      ],
      output_changes: {
        secret: change({ actions: ['create'], before: null, after: strong, after_sensitive: true }),
      },
    });
    expect(summary.sameValues).toEqual([
      { fingerprint: fingerprint(strong), place: 'random_password.db.result' },
    ]);
    const shown = shownOf(summary);
    expect(shown).toContain(
      `(sensitive, ${fingerprint(stronger)} → ${fingerprint(strong)})  # same as random_password.db.result`,
    );
    expect(shown).toContain(`+ output secret = ${markOf(strong)}  # same as random_password.db.result`);
  });

  test('cannot be played by a value that looks like a hidden one', () => {
    const { summary } = read({
      resource_changes: [
        resource('t.a', {
          before: {},
          after: { a: '(sensitive, abcdefgh)', b: ['x', '(sensitive value)'], '(sensitive, abcdefgh)': 1 },
        }),
      ],
    });
    const text = summaryToJson(summary);
    expect(text).not.toContain('abcdefgh');
    expect(rows(summary)[2]).toEqual(['b', null, `["x","${markOf('(sensitive value)')}"]`]);
  });

  test('leaves what people come to see', () => {
    const { summary } = read({
      resource_changes: [
        resource('t.a', {
          before: { secret_name: 'db', tags: { commit: 'a'.repeat(40) } },
          after: { secret_name: 'db2', tags: { commit: 'b'.repeat(40) } },
        }),
      ],
    });
    expect(rows(summary)).toEqual([
      ['secret_name', '"db"', '"db2"'],
      ['tags.commit', `"${'a'.repeat(40)}"`, `"${'b'.repeat(40)}"`],
    ]);
  });
});

test('inside texts and JSON that differ, what is hidden is hidden too', () => {
  const yaml = (password: string) =>
    `${Array.from({ length: 9 }, (_, index) => `line ${index}`).join('\n')}\npassword: ${password}\n`;
  const json = (password: string, size: number) => JSON.stringify({ size, auth: { password } });
  const { summary } = read({
    resource_changes: [
      resource('t.a', {
        before: { json: json(strong, 1), yaml: yaml(strong) },
        after: { json: json(stronger, 2), yaml: yaml(stronger) },
      }),
    ],
  });
  const [first, second] = summary.resources[0]?.attributes ?? [];
  expect(first?.inner).toEqual({
    kind: 'json',
    changes: [
      {
        path: 'auth.password',
        before: markOf(strong),
        after: markOf(stronger),
        forcesReplacement: false,
      },
      { path: 'size', before: '1', after: '2', forcesReplacement: false },
    ],
  });
  expect(second).toEqual({
    path: 'yaml',
    before: markOf(yaml(strong)),
    after: markOf(yaml(stronger)),
    forcesReplacement: false,
  });
  for (const text of [summaryToJson(summary), shownOf(summary)])
    for (const secret of [strong, stronger]) expect(text).not.toContain(secret);
});

test('what the run was given is hidden with a fingerprint, wherever it stands in a value', () => {
  const { summary } = readTerraformPlan(
    plan({ resource_changes: [resource('t.a', { before: {}, after: { a: `x ${strong}`, b: 'open' } })] }),
    undefined,
    { fingerprint, isGiven: (text) => text.includes(strong) },
  );
  expect(rows(summary)).toEqual([
    ['a', null, markOf(`x ${strong}`)],
    ['b', null, '"open"'],
  ]);
});

/** Whatever may be found of it: none of it may be. Of a key of many lines each. */
const formsOf = (secret: string): readonly string[] => {
  const lines = secret.includes('\n') ? secret.split('\n').filter((line) => line.length >= 16) : [];
  return [secret, ...lines]
    .filter((line) => !line.startsWith('-----'))
    .flatMap((text) => [...secretForms(text)])
    .filter((form) => form.length >= 6);
};

const places = [
  'inner',
  'create',
  'update',
  'rename',
  'replace',
  'delete',
  'nested',
  'json',
  'output',
  'drift',
] as const;
type Place = (typeof places)[number];

const at = (place: Place, index: number, attributes: Readonly<Record<string, Json>>) => {
  const address = `aws_thing.this[${index}]`;
  switch (place) {
    case 'create':
      return { resource: resource(address, { actions: ['create'], before: null, after: attributes }) };
    case 'update':
      return { resource: resource(address, { before: { size: 1 }, after: { size: 2, ...attributes } }) };
    case 'rename':
      return { resource: resource(address, { before: attributes, after: { size: 2 } }) };
    case 'replace':
      return {
        resource: resource(address, {
          actions: ['delete', 'create'],
          before: { ...attributes, size: 1 },
          after: attributes,
          replace_paths: [['size']],
        }),
      };
    case 'delete':
      return { resource: resource(address, { actions: ['delete'], before: attributes, after: null }) };
    case 'nested':
      return {
        resource: resource(address, {
          before: { block: [] },
          after: { block: [{ on: true, in: attributes }] },
        }),
      };
    case 'inner':
      return {
        resource: resource(address, {
          before: { body: JSON.stringify({ deep: [{}], size: 1 }), text: 'one\ntwo\n' },
          after: {
            body: JSON.stringify({ deep: [attributes], size: 2 }),
            text: `one\ntwo\n${Object.values(attributes)
              .filter((value) => typeof value === 'string')
              .join('\n')}\n`,
          },
        }),
      };
    case 'json':
      return {
        resource: resource(address, { before: {}, after: { body: JSON.stringify({ deep: [attributes] }) } }),
      };
    case 'output':
      return {
        output: [`o${index}`, change({ before: null, actions: ['create'], after: attributes })] as const,
      };
    case 'drift':
      return { drift: resource(address, { before: { size: 1 }, after: { size: 2, ...attributes } }) };
    default: {
      const never: never = place;
      return never;
    }
  }
};

const planWith = (placed: readonly (readonly [SeededSecret, Place])[]) => {
  const parts = placed.map(([{ attributes }, place], index) => at(place, index, attributes));
  return {
    resource_changes: parts.flatMap((part) => ('resource' in part ? [part.resource] : [])),
    output_changes: Object.fromEntries(parts.flatMap((part) => ('output' in part ? [part.output] : []))),
    resource_drift: parts.flatMap((part) => ('drift' in part ? [part.drift] : [])),
    relevant_attributes: parts.flatMap((part) =>
      'drift' in part ? [{ resource: part.drift.address, attribute: [] }] : [],
    ),
  };
};

const secrets = seededSecrets(4, 7);

/** Which of the secrets can be found in the texts, in whatever form. */
const leaked = (all: readonly SeededSecret[], texts: readonly string[]): readonly string[] =>
  all
    .filter(({ secret }) => formsOf(secret).some((form) => texts.some((text) => text.includes(form))))
    .map(({ kind, secret }) => `${kind}: ${secret}`);

test.each(places)('each of 200 seeded secrets is hidden: %s', (place) => {
  for (const one of secrets) {
    const { summary } = read(planWith([[one, place]]));
    expect(leaked([one], [summaryToJson(summary), ...valuesOf(summary), shownOf(summary)])).toEqual([]);
  }
});

inCases(150, 1_000)(
  'property: no seeded secret is in a summary or a comment in any form, wherever they are',
  (numRuns) => {
    const placed = fc.tuple(fc.constantFrom(...secrets), fc.constantFrom(...places));
    fc.assert(
      fc.property(fc.uniqueArray(placed, { minLength: 1, maxLength: 8, selector: ([one]) => one }), (all) => {
        const { summary } = read(planWith(all));
        const texts = [summaryToJson(summary), ...valuesOf(summary), shownOf(summary)];
        expect(
          leaked(
            all.map(([one]) => one),
            texts,
          ),
        ).toEqual([]);
      }),
      { numRuns },
    );
  },
);

test('the same plan without secrets’ names and shapes known would show them', () => {
  // That the property looks in the right place: the values are there, where nothing about them says what they are.
  const bare = { kind: 'plain word', secret: 'lighthouse', attributes: { input: 'lighthouse' } };
  const { summary } = read(planWith([[bare, 'create']]));
  expect(leaked([bare], [summaryToJson(summary), shownOf(summary)])).toEqual(['plain word: lighthouse']);
});

test('a secret that the run was given is hidden where the tool made a number of it', () => {
  const [pin, long] = ['83746521', '12345678901234567890'];
  const text = plan({
    resource_changes: [
      resource('t.a', {
        before: { n: 1 },
        after: { n: 'PIN', list: ['PIN'], long: 'LONG', in: '{"a":PIN}' },
      }),
    ],
    output_changes: { o: change({ actions: ['create'], before: null, after: 'PIN' }) },
  }).toString();
  const bytes = Buffer.from(text.replaceAll('"PIN"', pin).replaceAll('PIN', pin).replaceAll('"LONG"', long));
  const told = (isGiven: (text: string) => boolean) =>
    JSON.stringify(readTerraformPlan(bytes, undefined, { fingerprint, isGiven }).summary);
  const open = told(() => false);
  const hidden = told((one) => one.includes(pin) || one.includes(long));
  for (const secret of [pin, long]) {
    expect(open).toContain(secret);
    expect(hidden).not.toContain(secret);
  }
});
