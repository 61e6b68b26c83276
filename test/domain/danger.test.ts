import { expect, test } from 'vitest';
import { isEveryAddress } from '../../src/domain/danger/addresses.ts';
import { emptyCatalogue } from '../../src/domain/danger/catalogue.ts';
import { dangersOf } from '../../src/domain/danger/dangers.ts';
import { forAnybody, forAnything } from '../../src/domain/danger/iam-policy.ts';
import { parseRulePath } from '../../src/domain/danger/rule-path.ts';
import type { Exposure } from '../../src/domain/plan-summary.ts';
import { attribute, resource, summary } from '../render/samples.ts';

const catalogue = { ...emptyCatalogue, holdsData: (type: string) => type === 'acme_database' };
const data = { type: 'acme_database' };

const exposure = (kind: Exposure['kind']): Exposure => ({
  kind,
  says: 'open',
  path: 'a',
  before: null,
  after: 'b',
  about: [],
});

test('the worst is first: data, then what is open or not protected, then the rest; each destroy and replace is there', () => {
  const exposures = {
    found: [exposure('opening'), exposure('protection-off')],
    more: { opening: 3, 'protection-off': 0 },
  };
  const plan = summary([
    resource('create', 'acme_other.new', [], { exposures }),
    resource('delete', 'acme_other.gone'),
    resource('forget', 'acme_other.left'),
    resource('replace', 'acme_database.again', [], data),
    resource('update', 'acme_database.same', [], data),
    resource('forget', 'acme_database.left', [], data),
    resource('delete', 'acme_database.gone', [], { ...data, exposures }),
    resource('replace', 'acme_other.again'),
    resource('delete', 'acme_database.old (deposed 00ab)', [], { ...data, deposed: '00ab' }),
  ]);
  const told = dangersOf(plan, catalogue).map(({ kind, address, causes, more }) => [
    kind,
    address,
    causes.length + more,
  ]);
  expect(told).toEqual([
    ['data-loss', 'acme_database.gone', 0],
    ['data-loss', 'acme_database.old (deposed 00ab)', 0],
    ['data-loss', 'acme_database.again', 0],
    ['data-left', 'acme_database.left', 0],
    ['protection-off', 'acme_other.new', 1],
    ['protection-off', 'acme_database.gone', 1],
    ['opening', 'acme_other.new', 4],
    ['opening', 'acme_database.gone', 4],
    ['destroy', 'acme_other.gone', 0],
    ['destroy', 'acme_other.again', 0],
  ]);
});

test('why: the values that force it, all paths, the tool’s own word; and the line it comes from', () => {
  const plan = {
    ...summary([
      resource(
        'replace',
        'acme_database.a',
        [
          attribute('input.size', '1', '2', true),
          attribute('key', '(sensitive value)', '(sensitive value)', true),
          attribute('tags', '"a"', '"b"'),
        ],
        { reason: 'replace_because_cannot_update', replacePaths: ['input', 'key', 'not_kept'] },
      ),
      resource('replace', 'acme_database.b', [attribute('ab', '1', '2')], {
        reason: 'replace_because_tainted',
        replacePaths: ['a'],
      }),
      resource('delete', 'acme_database.c', [attribute('a', '1', null)], {
        reason: 'delete_because_count_index',
      }),
    ]),
    places: [
      {
        address: 'acme_database.a',
        path: 'main.tf',
        line: 3,
        endLine: 9,
        on: 'argument' as const,
        argument: 'input',
      },
      {
        address: 'acme_database.a',
        path: 'main.tf',
        line: 1,
        endLine: 9,
        on: 'block' as const,
        argument: null,
      },
    ],
  };
  const [gone, first, second] = dangersOf(plan, emptyCatalogue);
  expect(first?.causes).toEqual([
    { kind: 'change', path: 'input.size', before: '1', after: '2' },
    { kind: 'change', path: 'key', before: '(sensitive value)', after: '(sensitive value)' },
    { kind: 'path', path: 'not_kept' },
  ]);
  expect(first?.place).toEqual({ path: 'main.tf', line: 3 });
  expect(second?.causes).toEqual([
    { kind: 'reason', reason: 'replace_because_tainted' },
    { kind: 'path', path: 'a' },
  ]);
  expect(gone?.causes).toEqual([{ kind: 'reason', reason: 'delete_because_count_index' }]);
  expect(gone?.place).toBeNull();
});

test.each([
  ['0.0.0.0/0', true],
  ['::/0', true],
  ['0::0/0', true],
  ['10.1.2.3/0', true],
  ['0.0.0.0/1', true],
  ['2000::/3', true],
  ['*', true],
  ['Internet', true],
  ['0.0.0.0/8', false],
  ['10.0.0.0/8', false],
  ['fc00::/7', false],
  ['0.0.0.0', false],
  ['0.0.0.0/0/0', false],
  ['AzureLoadBalancer', false],
  ['', false],
])('every address: %s is %s', (text, expected) => {
  expect(isEveryAddress(text)).toBe(expected);
});

const allow = (more: object) => ({ Statement: { effect: 'Allow', Action: 'a:b', Resource: 'r', ...more } });

test.each<[string, object, boolean]>([
  ['a star', { Principal: '*' }, true],
  ['a star by name', { Principal: { AWS: '*' } }, true],
  ['a star among others', { Principal: { AWS: ['arn:aws:iam::1:root', '*'] } }, true],
  ['names of elements in small letters', { principal: '*' }, true],
  ['everybody but one', { NotPrincipal: { AWS: 'arn:aws:iam::1:root' } }, true],
  ['one account', { Principal: { AWS: 'arn:aws:iam::1:root' } }, false],
  ['a service', { Principal: { Service: 'sns.amazonaws.com' } }, false],
  ['a deny', { effect: 'Deny', Principal: '*' }, false],
  ['no principal', {}, false],
])('a policy for everybody: %s', (_, statement, expected) => {
  expect(forAnybody(allow(statement)).length > 0).toBe(expected);
  expect(forAnybody(JSON.stringify(allow(statement))).length > 0).toBe(expected);
});

test.each<[string, object, boolean]>([
  ['all', { Action: '*', Resource: '*' }, true],
  ['all, in another way', { Action: ['a:b', '*:*'], Resource: ['*'] }, true],
  ['one service', { Action: 'a:*', Resource: '*' }, false],
  ['one resource', { Action: '*', Resource: 'r' }, false],
  ['a deny', { effect: 'Deny', Action: '*', Resource: '*' }, false],
])('a policy for everything: %s', (_, statement, expected) => {
  expect(forAnything(allow(statement)).length > 0).toBe(expected);
});

test('a condition of a policy is told, for it may make little of it', () => {
  const [found] = forAnybody(
    allow({ Principal: '*', Condition: { StringEquals: { 'aws:SourceVpce': 'vpce-1' } } }),
  );
  expect(found?.about).toContainEqual({ path: 'Condition', value: 'aws:SourceVpce' });
});

test.each([null, 7, 'no JSON', '[]', '{"Statement":[null,1,"a",{"Effect":"Allow"}]}', { Statement: 'x' }])(
  'what is no policy lets nobody in: %j',
  (policy) => {
    expect([...forAnybody(policy), ...forAnything(policy)]).toEqual([]);
  },
);

test.each(['a..b', 'a b', '1a', 'a[0]', 'a[*', 'a |', ' | a', 'a[*].', '__proto__[*]x'])(
  'no path of attributes: %j',
  (path) => {
    expect(parseRulePath(path)).toBeNull();
  },
);
