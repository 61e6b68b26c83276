import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCondition, createConditions } from '../../src/config/conditions.ts';
import type { ChangeAction } from '../../src/domain/plan-summary.ts';
import type { PlanView, ResourceView } from '../../src/domain/rules/plan-view.ts';

const resource = (type: string, action: ChangeAction, more: Partial<ResourceView> = {}): ResourceView => ({
  address: `${type}.main`,
  type,
  kind: type,
  namespace: '',
  name: 'main',
  module: '',
  mode: 'managed',
  provider: 'registry.terraform.io/hashicorp/aws',
  action,
  previousAddress: '',
  reason: '',
  ...more,
});

const view = (resources: readonly ResourceView[], more: Partial<PlanView> = {}): PlanView => ({
  create: 0,
  update: 0,
  replace: 0,
  delete: 0,
  import: 0,
  move: 0,
  forget: 0,
  read: 0,
  destroy: 0,
  hasChanges: resources.length > 0,
  onlyMoves: false,
  pin: 'exact',
  verified: true,
  target: [],
  resources,
  outputs: [],
  ...more,
});

const database = view([resource('aws_db_instance', 'replace'), resource('aws_vpc', 'update')], {
  replace: 1,
  update: 1,
  destroy: 1,
  outputs: [{ name: 'id', action: 'update' }],
});

const holds = (text: string, plan: PlanView = database): boolean => {
  const compiled = compileCondition(text);
  if ('wrong' in compiled) throw new Error(`${compiled.wrong.why} at ${compiled.wrong.at}`);
  return compiled.value.holds(plan);
};

const refusal = (text: string): string => {
  const compiled = compileCondition(text);
  return 'wrong' in compiled ? compiled.wrong.why : 'taken';
};

describe('a condition', () => {
  it.each([
    ['plan.destroy > 0', true],
    ['plan.destroy > 1', false],
    ['plan.replace + plan.delete * 2 >= 1 && !plan.only_moves', true],
    ['plan.resources.exists(r, r.type == "aws_db_instance" && r.action == "replace")', true],
    ['plan.resources.exists(r, r.type == "aws_db_instance" && r.action == "delete")', false],
    ['plan.resources.all(r, r.action in ["create", "update"])', false],
    ['plan.resources.filter(r, r.action == "update").size() == 1', true],
    ['size(plan.resources) == 2', true],
    ['plan.resources.exists_one(r, r.address.startsWith("aws_vpc."))', true],
    ['plan.resources.exists(r, r.module == "" && r.mode == "managed" && r.name == "main")', true],
    ['plan.resources.exists(r, r.previous_address != "")', false],
    ['plan.outputs.exists(o, o.name == "id" && o.action == "update")', true],
    ['["aws_db_instance", "aws_rds_cluster"].exists(t, plan.resources.exists(r, r.type == t))', true],
    ['plan.has_changes ? plan.create == 0 : false', true],
    ['plan.resources.exists(r, r.type.lowerAscii().contains("db"))', true],
    ['plan.resources.exists(r, r.kind == "aws_vpc" && r.namespace == "")', true],
    ['plan.pin == "exact" && plan.verified', true],
    ['plan.target.exists(t, t.name == "context" && t.value == "prod")', false],
    ['true', true],
  ])('%s is %s', (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  it.each([
    ['plan.destory > 0', 'did you mean `destroy`?'],
    ['plan.destroy', 'gives int'],
    ['"yes"', 'gives string'],
    ['plan.destroy > "0"', 'no such overload'],
    ['plan.destroy > 0 &&', 'Unexpected token'],
    ['plan.resources.name == "x"', 'List index must be int'],
    ['plan.resources.exists(r, r.create > 0)', 'No such key: create'],
    ['plan.resources.exists(r, r.type)', 'must return bool'],
    ['pull.author == "ada"', 'uses the field `author`'],
    ['other > 1', 'Unknown variable: other'],
    ['plan.resources.exists(plan, plan.action == "create")', 'calls something else `plan`'],
    ['', 'Unexpected token'],
    [`plan.destroy > 0${' '.repeat(1_000)}`, 'is longer than 1,000 characters'],
    ['\u0000', ''],
  ])('%j is refused with the reason', (text, why) => {
    expect(refusal(text)).not.toBe('taken');
    expect(refusal(text)).toContain(why);
  });

  it('that was refused says where', () => {
    expect(compileCondition('plan.create > 0 && plan.destory > 0')).toMatchObject({ wrong: { at: 24 } });
  });
});

describe('a condition by strangers', () => {
  it.each([
    'plan.constructor == 1',
    'plan.__proto__ == 1',
    'plan.prototype == 1',
    'plan.toString() == ""',
    'plan["constructor"] == 1',
    'plan.resources["length"] == 1',
    'plan.resources.exists(r, r["__proto__"] == 1)',
    'plan.resources.exists(constructor, constructor.constructor == 1)',
    'dyn(plan).constructor == 1',
    'type(plan) == type(1)',
    'has(plan.constructor)',
    '{"a": plan}.a.destroy > 0',
    'Plan{} == plan',
    'cel.bind(x, plan, x.destroy > 0)',
    'google.protobuf == 1',
    'timestamp("2026-01-01T00:00:00Z") < timestamp("2027-01-01T00:00:00Z")',
    'b"a" == b"a"',
    '1.5 > 1.0',
    '"a".matches("(a+)+$")',
    'plan.resources.exists(r, r.address.matches("(a|a)*b"))',
    'plan.resources.map(r, r.type) == ["a"]',
    'plan.resources.map(r, r.type).join().size() > 1',
    '("a" + "b") == "ab"',
    '(plan.resources + plan.resources).size() > 1',
    'plan.resources == plan.resources',
    'plan.resources.exists(r, r in plan.resources)',
    '[plan.resources].exists(r, true)',
    '"a".split("").size() > 1',
    'plan.resources.exists(r, plan.resources.exists(s, plan.resources.exists(t, true)))',
    'plan.resources.filter(r, plan.resources.filter(s, plan.outputs.exists(t, true)).size() > 0).size() > 0',
  ])('%s is refused', (text) => {
    expect(refusal(text)).not.toBe('taken');
  });

  it.each([
    ['brackets', '('.repeat(1_000)],
    ['closed brackets', `${'('.repeat(499)}1${')'.repeat(499)}`],
    ['negations', `${'!'.repeat(990)}true`],
    ['signs', `${'-'.repeat(990)}1 > 0`],
    ['lists', '['.repeat(1_000)],
    ['mappings', '{1:'.repeat(300)],
    ['members', `plan${'.a'.repeat(490)}`],
    ['indexes', `plan${'[0]'.repeat(300)}`],
    ['choices', `${'true ? '.repeat(140)}true`],
    ['a long sum', `${'1+'.repeat(490)}1 > 0`],
    ['a long list', `1 in [${'1,'.repeat(490)}1]`],
    ['a large number', `${'9'.repeat(990)} > 0`],
    ['quotes', '"""'.repeat(333)],
    ['escapes', `"${'\\u0000'.repeat(160)}" == ""`],
    ['loops', 'plan.resources.exists(r, '.repeat(40)],
  ])('of many %s takes no time to be read', (_, text) => {
    const start = process.hrtime.bigint();
    for (let count = 0; count < 20; count += 1) compileCondition(text);
    expect(Number(process.hrtime.bigint() - start) / 20e6).toBeLessThan(20);
  });

  it('never throws when it is read, whatever the text is', () => {
    const words = fc.constantFrom(
      ...'plan . ( ) [ ] { } , : ? && || ! - + == in exists all filter map r resources destroy 1 "a" size has'.split(
        ' ',
      ),
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(words, { maxLength: 30 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (one) => {
        const compiled = compileCondition(one);
        // What is taken can be asked, and gives an answer or an error.
        if ('value' in compiled) {
          try {
            expect(typeof compiled.value.holds(database)).toBe('boolean');
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
          }
        }
      }),
      { numRuns: 3000 },
    );
  });

  const many = (count: number) =>
    view(Array.from({ length: count }, (_, index) => resource('aws_vpc', 'create', { name: `v${index}` })));

  it('that looks at every pair of a large plan gives no answer', () => {
    const pairs = 'plan.resources.all(r, plan.resources.exists(s, s.name == "none") || true)';
    expect(holds(pairs, many(100))).toBe(true);
    expect(() => holds(pairs, many(3_000))).toThrow(/would look at too much of a plan with 3000 changes/);
  });

  it('looks at texts of a plan only where they are of ordinary length', () => {
    const plan = view([resource('aws_vpc', 'create', { address: 'a'.repeat(3_000) })]);
    expect(() => holds('plan.resources.exists(r, r.address.contains("aab"))', plan)).toThrow(
      /more than 2048 characters/,
    );
  });

  it('takes far less than a second of the largest plan that it may look at', () => {
    // As many steps for each resource as fit into the limits.
    const body = Array.from({ length: 7 }, (_, index) => `r.address.contains("none${index}")`).join(' || ');
    const text = `plan.resources.exists(r, ${body})`;
    const plan = many(3_000);
    expect(holds(text, plan)).toBe(false);
    const start = process.hrtime.bigint();
    expect(holds(text, plan)).toBe(false);
    // Measured 30 ms; a busy machine takes longer.
    expect(Number(process.hrtime.bigint() - start) / 1e6).toBeLessThan(1_000);
  });

  it.each([
    [100, 120],
    [400, 500],
    [900, 2_000],
  ])('is not slow on texts made to be searched slowly, %i in %i characters', (sought, length) => {
    const text = `plan.resources.exists(r, r.address.contains("b${'a'.repeat(sought)}"))`;
    const address = 'a'.repeat(length);
    let answered = 0;
    let slowest = 0;
    for (const count of [100, 300, 1_000, 3_000]) {
      const plan = view(Array.from({ length: count }, () => resource('aws_vpc', 'create', { address })));
      const start = process.hrtime.bigint();
      try {
        if (!holds(text, plan)) answered += 1;
      } catch {
        // Too much of it.
      }
      slowest = Math.max(slowest, Number(process.hrtime.bigint() - start) / 1e6);
    }
    expect(answered).toBeGreaterThan(0);
    expect(slowest).toBeLessThan(1_000);
  });
});

describe('conditions by their text', () => {
  it('are answered, again and again, and a wrong one throws', () => {
    const conditions = createConditions();
    for (let count = 0; count < 3; count += 1) {
      expect(conditions.holds('plan.destroy > 0', database)).toBe(true);
      expect(() => conditions.holds('plan.nothing', database)).toThrow(/uses the field/);
    }
    for (let count = 0; count < 1_000; count += 1)
      expect(conditions.holds(`plan.destroy > ${count}`, database)).toBe(count === 0);
  });
});
