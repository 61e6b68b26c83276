import { describe, expect, test } from 'vitest';
import { parseOperatorFile } from '../../src/config/operator-file.ts';

const rulesOf = (text: string) => {
  const parsed = parseOperatorFile(`allow: [acme/*]\n${text}`, 'operator.yaml');
  if ('problem' in parsed) throw new Error(parsed.problem.sentence);
  return parsed.value.consumers;
};

describe('whose projects may be shown on pull requests of a module', () => {
  test('nobody’s without a rule', () => {
    const rules = rulesOf('');
    expect(rules.of('acme/modules')).toBeNull();
    expect(rules.isNamed('acme/shop')).toBe(false);
  });

  test('those that a rule for it names, planned only where one of these says so', () => {
    const rules = rulesOf(
      `consumers:
  - {modules: acme/modules, used_by: acme/shop-*}
  - {modules: [acme/modules, acme/more], used_by: [acme/shop-web], plan: true, most: 5}
`,
    );
    const own = rules.of('acme/modules');
    expect([own?.shows('acme/shop-web'), own?.plans('acme/shop-web'), own?.most]).toEqual([true, true, 20]);
    expect([own?.shows('acme/shop-old'), own?.plans('acme/shop-old')]).toEqual([true, false]);
    expect([own?.shows('acme/vault'), own?.plans('acme/vault')]).toEqual([false, false]);
    expect(rules.of('acme/more')?.shows('acme/shop-old')).toBe(false);
    expect(rules.of('acme/more')?.most).toBe(5);
    expect(rules.of('acme/shop-web')).toBeNull();
    expect([rules.isNamed('acme/shop-old'), rules.isNamed('acme/modules')]).toEqual([true, false]);
  });

  test.each([
    'consumers: [{modules: acme/modules}]\n',
    'consumers: [{modules: acme/modules, used_by: acme/*, most: 0}]\n',
    'consumers: [{modules: acme/modules, used_by: acme/*, planned: true}]\n',
  ])('has to be said in full: %s', (text) => {
    expect(() => rulesOf(text)).toThrow('operator.yaml');
  });
});
