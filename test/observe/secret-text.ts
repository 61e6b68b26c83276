import fc from 'fast-check';
import { secretForms } from '../../src/observe/secret-forms.ts';

/** Secrets that begin, end and repeat like each other, over few letters, some with line breaks, some longer than a line. */
const secret = fc.oneof(
  fc.string({ minLength: 6, maxLength: 12, unit: fc.constantFrom('7', 'a', '\n', '7') }),
  fc.string({ minLength: 6, maxLength: 90, unit: fc.constantFrom('7', 'a', '7') }),
  fc.string({ minLength: 6, maxLength: 20, unit: fc.constantFrom('7', 'ö', '"', '\\', ' ', '<', '😀', '7') }),
  fc.constantFrom(
    '777-----BEGIN ',
    '7777777\n77777\n',
    'ghs_77',
    '777 authorization:',
    '******',
    `77${'a7'.repeat(40)}`,
  ),
);

const marks = [
  '-----BEGIN RSA PRIVATE KEY-----',
  '-----BEGIN PRIVATE KEY BLOCK-----',
  '-----END RSA PRIVATE KEY-----',
  '-----BEGIN ',
  '-----END ',
  'PRIVATE KEY-----',
  '-----',
  '-',
  'ghs_',
  'ghp_7',
  'github_pat_7',
  'gh',
  'github_',
  '.',
  '_',
  '7',
  '777777777777777',
  'Authorization',
  'proxy-authorization',
  'AUTHORIZATION:',
  ':',
  ' ',
  '  ',
  '\t',
  '"',
  "'",
  '\\',
  '\\n',
  '\\"',
  'Bearer 7',
  'basic',
  '"authorization":"basic 7',
  '"authorization": "',
  '\\"authorization\\":\\"x 7',
  '\n',
  '\r',
  '\r\n',
  '\u2028',
  'a',
  'x',
  'ö',
  '😀',
  'ſ',
  'no secret here',
  '***',
];

/** A text of everything the mask looks for, whole and in parts, and the values it is told. */
export const secretText = fc.array(secret, { maxLength: 3 }).chain((secrets) => {
  const forms = [...new Set(secrets.flatMap((one) => [...secretForms(one)]))];
  const ofForms =
    forms.length === 0
      ? []
      : [
          fc.constantFrom(...forms),
          fc
            .tuple(fc.constantFrom(...forms), fc.nat(), fc.nat())
            .map(([form, from, to]) => form.slice(from % form.length, to % (form.length + 1))),
        ];
  const part = fc.oneof(fc.constantFrom(...marks), fc.constantFrom(...marks), ...ofForms);
  return fc.record({
    secrets: fc.constant(secrets),
    text: fc.array(part, { maxLength: 40 }).map((parts) => parts.join('')),
  });
});

/** Where a text is cut, in bytes, and whether one flushes there. */
export const piecesOf = fc.array(fc.record({ size: fc.integer({ min: 1, max: 30 }), flush: fc.boolean() }), {
  minLength: 1,
  maxLength: 10,
});
