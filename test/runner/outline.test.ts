import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import type { Block, FileOutline } from '../../src/domain/declared/outline.ts';
import { createConfigurationReader } from '../../src/runner/read/hcl.ts';

const reader = createConfigurationReader({ clock: createSystemClock() });
afterAll(() => reader.close());

/** `@{` stands for Terraform's `${`, which would read like a template of ours. */
const read = async (written: string, name = 'main.tf'): Promise<FileOutline> => {
  const text = written.replaceAll('@{', '${');
  const outlines = await reader.outlines(
    [{ path: name, blob: 'x' }],
    async () => new Map([['x', Buffer.from(text)]]),
  );
  const outline = outlines.get(name);
  if (outline === undefined) throw new Error('no outline');
  return outline;
};

const headerOf = ({ type, labels, line, endLine }: Block): string =>
  `${line}-${endLine} ${[type, ...labels].join(' ')}`;

describe('an outline', () => {
  test.each([
    ['a text that is never closed', 'resource "a" "b" {\n  x = "\n}\n'],
    ['a carriage return alone', 'resource "a" "b" {\r  x = 1\n}\n'],
    ['a here document that is never closed', 'locals {\n  a = <<EOT\n  b\n}\n'],
    ['three dollars in a row', 'locals {\n  a = "$$@{b}"\n}\n'],
    ['something that is not JSON', '{', 'main.tf.json'],
    ['a key that is there twice', '{"locals": {"a": 1, "a": 2}}', 'main.tf.json'],
  ])('is none of %s', async (_what, text, name = 'main.tf') => {
    expect(await read(text, name)).toMatchObject({ blocks: [], arguments: [], error: expect.any(String) });
  });

  test('of a file of variables has its arguments', async () => {
    const { arguments: found } = await read('a = 1\n# b = 2\nc = {\n  d = 3\n}\n', 'terraform.tfvars');
    expect(found.map(({ name, line, endLine }) => [name, line, endLine])).toEqual([
      ['a', 1, 1],
      ['c', 3, 5],
    ]);
  });

  test('hides nothing that a text only looks like', async () => {
    const { blocks } = await read(
      'resource "a" "b" {\n  c = "$@{ \\" %%{ }"\n  d = <<-X\n    X Y\n    "@{ "}" }\n  X\n}\nmodule "e" { source = "./f" }\n',
    );
    expect(blocks.map(headerOf)).toEqual(['1-7 resource a b', '8-8 module e']);
    expect(blocks[0]?.arguments.map(({ name, line }) => `${line} ${name}`)).toEqual(['2 c', '3 d']);
  });

  /** Pieces of the language that a careless reader stumbles over; every one ends where it seems to. */
  const expression = fc.constantFrom(
    '1',
    '"a } b"',
    '"@{var.x}"',
    '"$@{not} %%{no} \\" {"',
    '"@{lookup({ a = "}" }, "a", "@{var.y}{")}"',
    '[\n  1, # ]\n  2,\n]',
    '{\n  a = "{" // }\n  "b c" = [for x in var.z : x if x != "}"]\n}',
    '<<EOT\n}\nresource "x" "y" {\nEOT2\nEOT',
    '<<-EOT\n  @{jsonencode({\n    a = "}"\n  })}\n  # no comment {\n  EOT',
    'upper(<<A\n"\nA\n)',
    'var.a ? /* } */ 1 : 2',
    '"%{ if true }{%{ else }}%{ endif }"',
  );
  const filler = fc.constantFrom('', '\n', '# } {\n', '// "\n', '/* {\n"\n*/\n', '   \n\n');
  const item = fc.record({
    before: filler,
    expression,
    after: fc.constantFrom('', ' # {', ' // "}', ' /* } */'),
  });
  const block = fc.record({
    before: filler,
    items: fc.array(item, { maxLength: 4 }),
    nested: fc.option(item),
  });

  test('puts every block and argument on the line where it was written', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(block, { maxLength: 5 }),
        fc.constantFrom('\n', '\r\n'),
        async (all, ending) => {
          const wanted: string[] = [];
          let text = '';
          const line = (): number => text.split('\n').length;
          all.forEach(({ before, items, nested }, index) => {
            text += before;
            wanted.push(`${line()} resource.a.b${index}`);
            text += `resource "a" "b${index}" {\n`;
            const add = (name: string, one: (typeof items)[number]): void => {
              text += one.before;
              wanted.push(`${line()} ${name}`);
              // Behind the end of a here document no comment may stand.
              text += `  ${name} = ${one.expression}${one.expression.startsWith('<<') ? '' : one.after}\n`;
            };
            for (const [at, one] of items.entries()) add(`c${at}`, one);
            if (nested !== null) {
              text += 'n {\n';
              add('d', nested);
              text += '}\n';
            }
            text += '}\n';
          });
          const { blocks, error } = await read(text.replaceAll('\n', ending));
          const told = (one: Block): readonly string[] => [
            ...(one.labels.length === 0 ? [] : [`${one.line} ${[one.type, ...one.labels].join('.')}`]),
            ...one.arguments.map((argument) => `${argument.line} ${argument.name}`),
            ...one.blocks.flatMap(told),
          ];
          expect(error).toBeNull();
          expect(blocks.flatMap(told)).toEqual(wanted);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('of any text is one or an error, and says nothing that is not there', async () => {
    const part = fc.constantFrom(
      'resource "a" "b" {',
      '}',
      '"',
      '@{',
      '%{',
      '<<A\n',
      'A\n',
      '\n',
      '#',
      '/*',
      '*/',
      'c = 1',
      '[',
      ']',
      '\\',
      '$',
      'd {',
      ' ',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 25 }), async (parts) => {
        const text = parts.join('');
        const { blocks, error } = await read(text);
        const lines = text.split('\n');
        for (const { line } of blocks) expect(lines[line - 1]).toContain('resource "a" "b" {');
        if (error !== null) expect(blocks).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
