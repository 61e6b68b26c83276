import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileValues } from '../../src/observe/known-values.ts';
import { createMask } from '../../src/observe/masking.ts';
import { secretForms } from '../../src/observe/secret-forms.ts';
import { maskPlainly } from './plain-mask.ts';
import { secretText } from './secret-text.ts';

const masking = (...secrets: string[]) => {
  const mask = createMask();
  for (const secret of secrets) mask.add(secret);
  return mask;
};

/** Two digits for each byte, made without what is tested. */
const bytewise = (text: string): readonly string[] =>
  [...Buffer.from(text)].map((byte) => byte.toString(16).padStart(2, '0'));

describe('known values', () => {
  const secret = 'pa"ss <wörd>\n/+&x\'s';
  const forms: readonly [name: string, text: string][] = [
    ['raw', secret],
    ['JSON', JSON.stringify(secret)],
    [
      'JSON as Go writes it',
      JSON.stringify(secret).replace('<', '\\u003c').replace('>', '\\u003e').replace('&', '\\u0026'),
    ],
    ['URL', encodeURIComponent(secret)],
    ['URL, lower case', encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())],
    ['form', new URLSearchParams({ a: secret }).toString().slice(2)],
    [
      'HTML',
      secret
        .replace('"', '&quot;')
        .replace('<', '&lt;')
        .replace('>', '&gt;')
        .replace('&x', '&amp;x')
        .replace("'", '&#x27;'),
    ],
    ['hex', Buffer.from(secret).toString('hex')],
    ['HEX', Buffer.from(secret).toString('hex').toUpperCase()],
    ['hex with colons', bytewise(secret).join(':')],
    ['HEX with colons', bytewise(secret).join(':').toUpperCase()],
    ['hex with blanks', bytewise(secret).join(' ')],
    ['HEX with blanks', bytewise(secret).join(' ').toUpperCase()],
    ['hex as escapes', `\\x${bytewise(secret).join('\\x')}`],
    ['base64', Buffer.from(secret).toString('base64')],
    ['base64url', Buffer.from(secret).toString('base64url')],
  ];

  test.each(forms)('%s', (_name, text) => {
    expect(masking(secret).text(`before ${text} after`)).toMatch(/^before "?\*\*\*"? after$/);
  });

  test('inside the base64 of something longer, wherever it begins', () => {
    const token = 'v1.installation-token-0123456789';
    for (const user of ['', 'x', 'xy', 'xyz', 'x-access-token:']) {
      const header = Buffer.from(`${user}${token}`).toString('base64');
      const masked = masking(token).text(`basic ${header}`);
      expect(masked).toContain('***');
      // At most a part of a character is left at either end.
      expect(Buffer.from(masked.replace('basic ', '').replace('***', ''), 'base64').toString()).not.toContain(
        'install',
      );
    }
  });

  test('in the hex of something longer, behind 0x, and of the shortest value', () => {
    const mask = masking('hunter2', 'abcdef');
    expect(mask.text(`0x${bytewise('hunter2').join('')}`)).toBe('0x***');
    expect(mask.text(bytewise('admin:hunter2\n').join(''))).toBe(`${bytewise('admin:').join('')}***0a`);
    expect(mask.text('616263646566')).toBe('***');
    // Five of its six bytes are not it.
    expect(mask.text('6162636465 7f')).toBe('6162636465 7f');
  });

  test('without the forms in hex, the twin: the value stands in clear', () => {
    const text = `a ${bytewise('hunter2').join('')} b`;
    const others = [...secretForms('hunter2')].filter((form) => !/^[0-9a-f]+$/i.test(form));
    const found: (readonly [number, number])[] = [];
    for (const forms of [others, [...secretForms('hunter2')]]) {
      const known = compileValues(forms);
      known.search(text, 0, known.start(), found);
      expect(found).toEqual(forms === others ? [] : [[2, 16]]);
    }
  });

  test('short values are ignored, others are text and no pattern', () => {
    expect(masking('12345', '').text('12345')).toBe('12345');
    expect(masking('123456').text('123456')).toBe('***');
    expect(masking('a.c*e+(').text('abcde a.c*e+(')).toBe('abcde ***');
  });

  test('of values that overlap nothing is left; neighbours stay', () => {
    expect(masking('abcdef', 'defghi').text('x abcdefghi y')).toBe('x *** y');
    expect(masking('secret-1', 'secret-12').text('[secret-12][secret-1]')).toBe('[***][***]');
    expect(masking('ababab').text('-abababab-')).toBe('-***-');
    // One within the beginning of another.
    expect(masking('bcdefg', 'abcdefgh').text('abcdefgx')).toBe('a***x');
    // Long ones, which share an end with a beginning.
    const [end, middle] = ['0123456789'.repeat(4), 'between'];
    expect(masking(`${end}${middle}${end}`).text(`[${[end, end, end].join(middle)}]`)).toBe('[***]');
  });

  test('property: no known value is left in any text, and text without any stays as it is', () => {
    const secret = fc.string({ minLength: 6, maxLength: 20, unit: 'grapheme' });
    const filler = fc.string({ maxLength: 20, unit: 'grapheme' });
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 4 }), fc.array(filler), (secrets, fillers) => {
        const mask = masking(...secrets);
        const text = fillers.map((each, index) => each + (secrets[index % secrets.length] ?? '')).join('');
        const masked = mask.text(text);
        for (const each of secrets) if (!'***'.repeat(10).includes(each)) expect(masked).not.toContain(each);
        expect(createMask().text(text.replace(/[a-z_:-]/gi, ''))).toBe(text.replace(/[a-z_:-]/gi, ''));
      }),
    );
  });
});

describe('what looks like a credential', () => {
  const mask = createMask();
  const key = ['-----BEGIN RSA PRIVATE KEY-----', 'MIIEow', 'AAAA==', '-----END RSA PRIVATE KEY-----'];
  const masked: readonly [text: string, out: string][] = [
    ['token ghs_16C7e42F292c6912E7710c838347Ae178B4a.', 'token ***.'],
    ['ghs_123_eyJhbGciOi.eyJpc3MiOi-_x.c2lnbmF0dXJl, then', '***, then'],
    ['a=ghp_1 b=gho_2 c=ghu_3 d=ghr_4 e=github_pat_11A_b', 'a=*** b=*** c=*** d=*** e=***'],
    [`\\nghs_${'a'.repeat(36)}`, '\\n***'],
    [`\u001b[32mghs_${'a'.repeat(36)}`, '\u001b[32m***'],
    ['ghs_x-access:y', '***:y'],
    [`a\n${key.join('\n')}\nb`, 'a\n***\nb'],
    [`{"k":"${key.join('\\n')}"}`, '{"k":"***"}'],
    [`a ${key.slice(0, 2).join('\n')}`, 'a ***'],
    ['-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY----- y', '*** y'],
    ['Authorization: Bearer abc.def\nnext', 'Authorization: ***\nnext'],
    ['> authorization: token x; y="z"\r\nnext', '> authorization: ***\r\nnext'],
    ['"log: Authorization: Basic eA==\\nnext"', '"log: Authorization: ***\\nnext"'],
    ['Authorization: Basic CORP\\Nadia:x\nnext', 'Authorization: ***\nnext'],
    ['{"authorization":"bearer abc","b":1}', '{"authorization":"***","b":1}'],
    ['{\\"authorization\\":\\"bearer abc\\",\\"b\\":1}', '{\\"authorization\\":\\"***\\",\\"b\\":1}'],
    ["{ 'Proxy-Authorization': 'Basic eA==' }", "{ 'Proxy-Authorization': '***' }"],
  ];

  test.each(masked)('%j', (text, out) => {
    expect(mask.text(text)).toBe(out);
    expect(mask.text(out)).toBe(out);
  });

  test.each([
    'the highs_and_lows of it',
    '+ authorization = "NONE"',
    '{"authorization":"NONE"}',
    'authorization_type: x',
    '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----',
    '',
  ])('not %j', (text) => {
    expect(mask.text(text)).toBe(text);
  });
});

test('property: does what the plain mask does', () => {
  fc.assert(
    fc.property(secretText, ({ secrets, text }) => {
      expect(masking(...secrets).text(text)).toBe(maskPlainly(secrets, text));
    }),
    { numRuns: 3000 },
  );
});
