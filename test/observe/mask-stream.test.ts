import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMaskStream, type MaskStream } from '../../src/observe/mask-stream.ts';
import { createMask } from '../../src/observe/masking.ts';
import { maskPlainly } from './plain-mask.ts';
import { piecesOf, secretText } from './secret-text.ts';

const masking = (...secrets: string[]) => {
  const mask = createMask();
  for (const secret of secrets) mask.add(secret);
  return mask;
};

const through = (stream: MaskStream, pieces: readonly (Uint8Array | string)[]): string =>
  [...pieces.map((piece) => stream.push(piece)), stream.end()].join('');

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');

const cutEverywhere = (text: string, size: number): Buffer[] => {
  const all = bytes(text);
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.subarray(index * size, (index + 1) * size),
  );
};

describe('what comes out, and when', () => {
  test('a complete line at once, one that is not complete when nothing more comes', () => {
    const stream = createMaskStream(masking('hunter2-hunter2'));
    expect(stream.push('one hunter2-hunter2\ntwo hunt')).toBe('one ***\n');
    expect(stream.push('')).toBe('');
    expect(stream.flush()).toBe('two ');
    expect(stream.flush()).toBe('');
    expect(stream.push('er2-hunter2')).toBe('');
    expect(stream.flush()).toBe('***');
    expect(stream.push('\nEnter a value: ')).toBe('\n');
    expect(stream.flush()).toBe('Enter a value: ');
    expect(stream.push(bytes('10%\r20%\r\n'))).toBe('10%\r20%\r\n');
    expect(stream.end()).toBe('');
  });

  test('lines that may begin a value of several lines wait for the next', () => {
    const stream = createMaskStream(masking('first\nsecond\nthird'));
    expect(stream.push('the first\n')).toBe('the ');
    expect(stream.push('second\n')).toBe('');
    expect(stream.push('third!\nfirst\n')).toBe('***!\n');
    expect(stream.push('other\n')).toBe('first\nother\n');
  });

  test('a private key is masked as far as it goes, once', () => {
    const stream = createMaskStream(createMask());
    expect(stream.push('a\n-----BEGIN RSA PRIVATE KEY-----\n')).toBe('a\n***');
    expect(stream.push('MIIEow\n')).toBe('');
    expect(stream.push('AAAA==\n-----END RSA PRIV')).toBe('');
    expect(stream.flush()).toBe('');
    expect(stream.push('ATE KEY-----\nb\n')).toBe('\nb\n');
    expect(stream.push('-----BEGIN PRIVATE KEY-----\nno end\n')).toBe('***');
    expect(stream.end()).toBe('');
  });

  test('a value learned on the way is found in what has not come out', () => {
    const mask = masking('another-value');
    const stream = createMaskStream(mask);
    expect(stream.push('secret-secret\nsecret-se')).toBe('secret-secret\n');
    mask.add('secret-secret');
    expect(stream.push('cret\n')).toBe('***\n');
  });

  test('of a credential that does not end the rest of the line is masked, and no more', () => {
    const stream = createMaskStream(createMask());
    let out = '';
    for (let index = 0; index < 100; index += 1)
      out += stream.push(`${index === 0 ? 'x ghs_' : ''}${'a'.repeat(4096)}`);
    expect(out).toBe('x ***');
    expect(`${out}${stream.push(' and more\nnext\n')}${stream.end()}`).toBe('x ***\nnext\n');
  });

  test('a begin mark that is too long to be waited for begins a key', () => {
    const stream = createMaskStream(createMask());
    let out = '';
    for (let index = 0; index < 100; index += 1)
      out += stream.push(`${index === 0 ? 'x -----BEGIN ' : ''}${'A'.repeat(4096)}`);
    out += stream.push('\nMIIEow\n-----END RSA PRIVATE KEY-----\nnext\n');
    expect(out + stream.end()).toBe('x ***\nnext\n');
  });

  test('what a match took is not part of another one, though it was shown before the other came', () => {
    const stream = createMaskStream(createMask());
    let out = stream.push('-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----');
    out += stream.flush();
    expect(out + stream.push('BEGIN PRIVATE KEY-----\nnext\n')).toBe('***BEGIN PRIVATE KEY-----\nnext\n');
  });

  test('holds back no more than it says, whatever the line', () => {
    const mask = masking('hunter2-hunter2');
    for (const unit of [
      'ab',
      '-',
      'authorization ',
      '"authorization":"',
      'ghs_',
      'hunter2-hunter',
      '-----BEGIN ',
      ' ',
    ]) {
      const stream = createMaskStream(mask);
      const piece = unit.repeat(Math.ceil(1000 / unit.length));
      let given = 0;
      let got = '';
      for (let index = 0; index < 300; index += 1) {
        given += piece.length;
        got += stream.push(piece);
        if (!got.includes('***')) expect(given - got.length).toBeLessThanOrEqual(64 * 1024 + piece.length);
      }
      expect(got + stream.end()).not.toContain('hunter2-hunter2');
    }
  });
});

describe('characters', () => {
  test('cut anywhere they come out whole', () => {
    const text = 'Zürich · 東京 · 👩‍💻\n'.repeat(3);
    for (let size = 1; size < 8; size += 1)
      expect(through(createMaskStream(createMask()), cutEverywhere(text, size))).toBe(text);
  });

  test('bytes that are no text do not take their neighbours with them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.integer({ min: 1, max: 9 }), (noise, size) => {
        const all = Buffer.concat([bytes('before\n'), noise, bytes('\nhunter2-hunter2 after')]);
        const cut = Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
          all.subarray(index * size, (index + 1) * size),
        );
        const out = through(createMaskStream(masking('hunter2-hunter2')), cut);
        expect(out).toMatch(/^before\n[\s\S]*\n\*\*\* after$/);
      }),
    );
  });

  test('each piece can be written alone', () => {
    const stream = createMaskStream(createMask());
    const pieces = ['a\ud83d', '\ude00b\n'].flatMap((piece) => [stream.push(piece), stream.flush()]);
    expect(Buffer.concat(pieces.map(bytes)).toString()).toBe('a😀b\n');
  });
});

test('property: however it is cut, and flushed in between, what comes out is the mask of the whole', () => {
  fc.assert(
    fc.property(secretText, piecesOf, fc.constantFrom(1, 64, 65_536), ({ secrets, text }, sizes, factor) => {
      const stream = createMaskStream(masking(...secrets));
      const all = bytes(text);
      let out = '';
      let at = 0;
      for (let index = 0; at < all.length; index += 1) {
        const { size, flush } = sizes[index % sizes.length] ?? { size: 1, flush: false };
        out += stream.push(all.subarray(at, at + size * factor));
        if (flush) out += stream.flush();
        at += size * factor;
      }
      out += stream.end();
      expect(out).toBe(maskPlainly(secrets, all.toString()));
    }),
    { numRuns: 1000 },
  );
});

test('property: lines that are longer than what is held come out without their secrets, and equal where none is as long', () => {
  const sevens = (text: string): number => text.split('7').length;
  fc.assert(
    fc.property(
      secretText,
      piecesOf,
      fc.integer({ min: 8, max: 400 }),
      ({ secrets, text }, sizes, longestLine) => {
        const mask = masking(...secrets);
        const stream = createMaskStream(mask, { longestLine });
        const all = bytes(text);
        let out = '';
        let at = 0;
        for (let index = 0; at < all.length; index += 1) {
          const { size, flush } = sizes[index % sizes.length] ?? { size: 1, flush: false };
          out += stream.push(all.subarray(at, at + size));
          if (flush) out += stream.flush();
          at += size;
        }
        out += stream.end();
        const plain = maskPlainly(secrets, all.toString());
        // Every secret's text is full of sevens, and nothing else has one.
        expect(sevens(out)).toBeLessThanOrEqual(sevens(plain));
        if (longestLine > text.length * 2) expect(out).toBe(plain);
      },
    ),
    { numRuns: 2000 },
  );
});

test('property: a value in hex is masked wherever its digits are cut, and flushed', () => {
  const writings: readonly ((pairs: readonly string[]) => string)[] = [
    (pairs) => pairs.join(''),
    (pairs) => pairs.join(':'),
    (pairs) => pairs.join(' '),
    (pairs) => `\\x${pairs.join('\\x')}`,
  ];
  const secret = fc.string({
    minLength: 6,
    maxLength: 60,
    unit: fc.constantFrom('a', 'Z', '0', 'ö', '/', '😀'),
  });
  fc.assert(
    fc.property(
      secret,
      fc.constantFrom(...writings),
      fc.boolean(),
      piecesOf,
      (value, write, isUpper, pieces) => {
        const pairs = [...bytes(value)].map((byte) => {
          const digits = byte.toString(16).padStart(2, '0');
          return isUpper ? digits.toUpperCase() : digits;
        });
        const text = `> ${write(pairs)} <\n`;
        const stream = createMaskStream(masking(value));
        let out = '';
        let at = 0;
        for (let index = 0; at < text.length; index += 1) {
          const { size, flush } = pieces[index % pieces.length] ?? { size: 1, flush: false };
          out += stream.push(text.slice(at, at + size));
          if (flush) out += stream.flush();
          at += size;
        }
        expect(out + stream.end()).toBe('> *** <\n');
      },
    ),
    { numRuns: 500 },
  );
});
