import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandText } from '../../src/domain/command-text.ts';
import { operationArguments, operationDone, operationOf } from '../../src/domain/operation.ts';
import { isResourceAddress } from '../../src/domain/resource-address.ts';
import { command, mistake, read } from './comments.ts';

const importing = (address: string, id: string) => ({ kind: 'import', address, id });
const removing = (...addresses: string[]) => ({ kind: 'state-rm', addresses });

describe('/import', () => {
  test.each([
    ['/import aws_vpc.main vpc-0a1b2c', importing('aws_vpc.main', 'vpc-0a1b2c')],
    ['/import module.a["blue"].aws_vpc.main[0] x', importing('module.a["blue"].aws_vpc.main[0]', 'x')],
    [`/import 'module.a["a b"].aws_vpc.main' x`, importing('module.a["a b"].aws_vpc.main', 'x')],
    ['/import aws_vpc.main "two words"', importing('aws_vpc.main', 'two words')],
    [`/import aws_vpc.main '{"a": "b"}'`, importing('aws_vpc.main', '{"a": "b"}')],
    [`/import aws_vpc.main "it's 'so'"`, importing('aws_vpc.main', "it's 'so'")],
    ['/import aws_vpc.main $(id);`x`|y&&z>/etc', importing('aws_vpc.main', '$(id);`x`|y&&z>/etc')],
    ['/import aws_vpc.main arn:aws:iam::1:role/ü', importing('aws_vpc.main', 'arn:aws:iam::1:role/ü')],
    ['tidegate import aws_vpc.main x', importing('aws_vpc.main', 'x')],
  ])('%s', (text, operation) => {
    expect(command(text)).toMatchObject({ verb: 'import', operation, extra: [] });
  });

  test('selects like any other verb, before, between and behind', () => {
    for (const text of ['-p a -w b x.y z', 'x.y -p a z -w b', 'x.y z -w b -p a'])
      expect(command(`/import ${text}`)).toMatchObject({
        selector: { names: ['a'], dirs: [], workspaces: ['b'], labels: [] },
        operation: importing('x.y', 'z'),
      });
  });

  test.each([
    ['/import', 'needs an address and the id'],
    ['/import a.b', 'needs an address and the id'],
    ['/import a.b c d', '`d` is not understood'],
    ['/import a c', '`a` is not an address'],
    ['/import a.b[key] c', '`a.b[key]` is not an address'],
    ['/import a.b -c', '`-c` is not understood'],
    ['/import a.b "-c"', '`-c` is not understood'],
    ['/import -config=/etc a.b c', '`-config=/etc` is not understood'],
    ['/import a.b ""', 'is empty'],
    ['/import a.b "  "', 'is empty'],
    ['/import a.b c\u200bd', 'characters that nobody sees'],
    [`/import a.b ${'c'.repeat(1_025)}`, 'longer than 1,024'],
    ['/import a.b c -- -config=x', 'is not allowed in a comment'],
  ])('%j is a mistake', (text, words) => {
    const { code, sentence } = mistake(text);
    expect(sentence).toContain(words);
    expect(code).toMatch(/^(?:command-invalid|argument-refused)$/);
  });
});

describe('/state rm', () => {
  test('takes addresses, each once', () => {
    expect(command('/state rm -p a x.y module.b x.y')).toMatchObject({
      verb: 'state',
      selector: { names: ['a'] },
      operation: removing('x.y', 'module.b'),
    });
    expect(command('tidegate state rm x.y["k"]')).toMatchObject({ operation: removing('x.y["k"]') });
  });

  test.each([
    ['/state rm', 'needs an address'],
    ['/state rm -p a', 'needs an address'],
    ['/state rm x', '`x` is not an address'],
    ['/state mv rm', '`state mv`'],
    ['tidegate state', 'needs `rm`'],
    ['tidegate state list', '`state list`'],
    [`/state rm ${Array.from({ length: 21 }, (_, index) => `a.b${index}`).join(' ')}`, 'More than 20'],
    ['/state rm a.b -- -backup=x', 'is not allowed in a comment'],
  ])('%j is a mistake', (text, words) => {
    expect(mistake(text).sentence).toContain(words);
  });

  test.each(['/state', '/state of play', '/state list', '/state normal'])('%j is not ours', (text) => {
    expect(read(text)).toEqual({ kind: 'none' });
  });
});

const names = fc.stringMatching(/^[a-z_][a-z0-9_-]{0,6}$/);
const keys = fc.oneof(
  fc.constant(''),
  fc.nat(99).map((index) => `[${index}]`),
  fc
    .string({ unit: fc.constantFrom(...'ab *?[]{},!^._:@+=~%#ü1/'), maxLength: 8 })
    .map((key) => `["${key}"]`),
);
const addresses = fc
  .tuple(fc.option(fc.tuple(names, keys)), names, names, keys)
  .map(
    ([module, type, name, key]) =>
      `${module === null ? '' : `module.${module.join('')}.`}${type}.${name}${key}`,
  )
  .filter(isResourceAddress);
const printable = fc
  .string({ unit: fc.constantFrom(...'ab19 "$`;|&<>()\\*?[]{}!#~%^,.:@+=_/ü-'), minLength: 1, maxLength: 20 })
  .filter((id) => id.trim() !== '' && !id.startsWith('-'));
// What quotes can hold: one kind of them.
const ids = fc.oneof(
  printable,
  printable.map((id) => id.replaceAll('"', "'")),
);

test('the text of a command is that command again, whatever the address and the id', () => {
  const operations = fc.oneof(
    fc.record({ kind: fc.constant('import' as const), address: addresses, id: ids }),
    fc.record({
      kind: fc.constant('state-rm' as const),
      addresses: fc.uniqueArray(addresses, { minLength: 1, maxLength: 4 }),
    }),
  );
  fc.assert(
    fc.property(operations, fc.constantFrom('/', 'tidegate '), (operation, start) => {
      const asked = {
        verb: operation.kind === 'import' ? ('import' as const) : ('state' as const),
        selector: { names: ['a b'], dirs: [], workspaces: [], labels: [] },
        extra: [],
        operation,
      };
      expect(command(commandText(asked, start))).toEqual(asked);
      // And it is kept with its run as it was.
      expect(operationOf(operation.kind, operationArguments(operation))).toEqual(operation);
      expect(operationDone(operation)).toMatch(/state/);
    }),
    { numRuns: 2_000 },
  );
});

test('whatever is typed behind them, an id is one printable word that is no option, and an address is an address', () => {
  const pieces = fc.constantFrom(
    ...'-p|a|rm|a.b|a.b["k"]|-x|--|"|\'|$(id)|;|\u200b|\n|..|x y|=|-config=/'.split('|'),
  );
  const tail = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(' '));
  fc.assert(
    fc.property(fc.constantFrom('/import', '/state rm', 'tidegate state'), tail, (verb, rest) => {
      const result = read(`${verb} ${rest}`);
      if (result.kind !== 'command') return;
      const { operation } = result.command;
      const all = operation?.kind === 'import' ? [operation.address] : (operation?.addresses ?? []);
      expect(all.length).toBeGreaterThan(0);
      for (const address of all) expect(isResourceAddress(address)).toBe(true);
      if (operation?.kind === 'import') expect(operation.id).toMatch(/^(?!-)[^\p{C}\p{Zl}\p{Zp}]+$/u);
    }),
    { numRuns: 3_000 },
  );
});

test('a run that was kept with something else is not guessed at', () => {
  expect(() => operationOf('import', ['a.b'])).toThrow('one address and one id');
  expect(() => operationOf('import', ['a.b', 'c', 'd'])).toThrow('one address and one id');
  expect(() => operationOf('state-rm', [])).toThrow('without an address');
});
