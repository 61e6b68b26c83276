import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTerminalText, onlyColours } from '../../src/render/terminal.ts';

const esc = '\u001b';
const seen = (raw: string) =>
  createTerminalText()
    .push(raw)
    .lines.map((line) => line.map(({ text }) => text).join(''))
    .join('\n');

/** What a terminal would act on, and what is left of it. */
const escapes: readonly (readonly [string, string])[] = [
  [`${esc}]0;a title\u0007shown`, 'shown'],
  [`${esc}]2;a title${esc}\\shown`, 'shown'],
  [`${esc}]8;;https://evil.example/\u0007click${esc}]8;;\u0007`, 'click'],
  [`${esc}]8;;javascript:alert(1)${esc}\\click${esc}]8;;${esc}\\`, 'click'],
  [`${esc}]52;c;ZXZpbA==\u0007shown`, 'shown'],
  [`${esc}]1337;File=name=eA==:AAAA\u0007shown`, 'shown'],
  [`${esc}P$q"p${esc}\\shown`, 'shown'],
  [`${esc}_private${esc}\\shown`, 'shown'],
  [`${esc}^message${esc}\\shown`, 'shown'],
  [`${esc}Xstring${esc}\\shown`, 'shown'],
  [`\u009d0;title\u009cshown`, 'shown'],
  [`\u0090dcs\u009cshown`, 'shown'],
  [`\u009b2Jshown`, 'shown'],
  [`${esc}[2J${esc}[Hshown`, 'shown'],
  [`${esc}[1A${esc}[2Kshown`, 'shown'],
  [`${esc}[?1049hshown`, 'shown'],
  [`${esc}[6nshown${esc}[c`, 'shown'],
  [`${esc}[38:2:1:2:3mshown`, 'shown'],
  [`${esc}cshown${esc}7${esc}8${esc}(B${esc}#8`, 'shown'],
  [`${esc}]0;never ended\nshown`, '\nshown'],
  [`${esc}P never ended\nshown`, '\nshown'],
  [`a\u0008\u0008bc\u0007`, 'abc'],
  ['50%\r100%\r\ndone', '50%\n100%\ndone'],
  [`txt.exe \u202egpj`, 'txt.exe <U+202E>gpj'],
  [`shown${esc}`, 'shown'],
  [`shown${esc}[`, 'shown'],
];

test.each(escapes)('of %j a terminal would act on nothing', (raw, left) => {
  expect(seen(raw)).toBe(left);
});

test('colours stay, as classes of ours', () => {
  const { lines } = createTerminalText().push(
    `${esc}[1m${esc}[32m+ create${esc}[0m plain ${esc}[38;5;196mred${esc}[0m ${esc}[91;4mhot${esc}[0m\n`,
  );
  expect(lines).toEqual([
    [
      { look: 'ansi-bold ansi-green-fg', text: '+ create' },
      { look: '', text: ' plain ' },
      { look: '', text: 'red' },
      { look: '', text: ' ' },
      { look: 'ansi-underline ansi-bright-red-fg', text: 'hot' },
    ],
  ]);
});

test('a colour goes on from line to line and from piece to piece, and a line from piece to piece', () => {
  const terminal = createTerminalText();
  expect(terminal.push(`${esc}[31mone\ntw`)).toEqual({
    lines: [[{ look: 'ansi-red-fg', text: 'one' }], [{ look: 'ansi-red-fg', text: 'tw' }]],
    joins: false,
  });
  expect(terminal.push(`o${esc}[0m\n\nthree\n`)).toEqual({
    lines: [[{ look: 'ansi-red-fg', text: 'o' }], [], [{ look: '', text: 'three' }]],
    joins: true,
  });
  expect(terminal.push('four').joins).toBe(false);
});

test('what looks like markup is text', () => {
  const attack = '<img src=x onerror="alert(1)"> & <span class="x">\'y\'</span> &lt;b&gt;';
  expect(seen(`${esc}[31m${attack}${esc}[0m`)).toBe(attack);
  expect(createTerminalText().push(attack).lines).toEqual([[{ look: '', text: attack }]]);
});

test('property: no control character is left but tab and line feed, and every class is one of ours', () => {
  const nasty = fc.string({
    unit: fc.oneof(
      fc.constantFrom(
        esc,
        '\u009b',
        '\u009d',
        '[',
        ']',
        ';',
        'm',
        '8',
        '\u0007',
        '\\',
        '\n',
        '\r',
        '<',
        '&',
        '"',
      ),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
  });
  fc.assert(
    fc.property(fc.array(nasty, { maxLength: 6 }), (pieces) => {
      const terminal = createTerminalText();
      for (const piece of pieces)
        for (const line of terminal.push(piece).lines)
          for (const { look, text } of line) {
            expect(text).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e]/);
            expect(look).toMatch(/^(?:ansi-[a-z-]+(?: ansi-[a-z-]+)*)?$/);
          }
      expect(onlyColours(pieces.join(''))).not.toMatch(/\u001b(?!\[[0-9;]*m)/);
    }),
    { numRuns: 2000 },
  );
});
