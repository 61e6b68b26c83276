import { describe, expect, test } from 'vitest';
import { createMaskStream } from '../../src/observe/mask-stream.ts';
import { createMask } from '../../src/observe/masking.ts';

const million = 1_000_000;

const upTo = (unit: string, length: number): string => unit.repeat(Math.ceil(length / unit.length));

/** Each would take minutes, hours or all of the stack where time is not by the length of the text alone. */
const texts: readonly [name: string, text: string, streamed?: string][] = [
  ['one letter', upTo('a', million)],
  ['a value almost', upTo(`${'ab'.repeat(5000)}x`, million)],
  ['headers', upTo('authorization: ', million), '***'],
  ['a header and blanks', `authorization${upTo(' ', million)}`, '***'],
  ['a header of blanks', `authorization:${upTo(' ', million)}`, '***'],
  ['an endless header', `authorization: ${upTo('x', 11 * million)}`, '***'],
  ['properties in properties', upTo('"authorization":"basic ', million)],
  ['schemes of names', `"authorization":"${upTo('authorization', million)}`, '"***'],
  ['a property of escapes', `"authorization":"b ${upTo('\\', 11 * million)}`, '"***'],
  ['tokens in tokens', upTo('ghs_', million)],
  ['tokens that are none', upTo('xghs_a ', million)],
  ['a token of dots', `ghs_a${upTo('.a', 11 * million)}`],
  ['begin marks', upTo('-----BEGIN ', million)],
  ['a begin mark of names', `-----BEGIN ${upTo('PRIVATE KEY', million)}`, '***'],
  ['end marks in a key', `-----BEGIN PRIVATE KEY-----${upTo('-----END PRIVATE KEY', million)}`],
  ['dashes', upTo('-', million)],
];

const mask = createMask();
for (const secret of ['a'.repeat(100_000), 'ab'.repeat(50_000), '******', `${'a'.repeat(40)}\n`.repeat(1000)])
  mask.add(secret);

describe.each(texts)('a line of %s', (_name, text, streamed) => {
  test('whole and in pieces', { timeout: 30_000 }, () => {
    const whole = mask.text(text);
    const stream = createMaskStream(mask);
    let out = '';
    for (let at = 0; at < text.length; at += 32_768)
      out += stream.push(text.slice(at, at + 32_768)) + stream.flush();
    out += stream.end();
    expect(out).toBe(streamed ?? whole);
  });
});

test('a value of a megabyte that comes line by line', { timeout: 30_000 }, () => {
  const line = `${'a'.repeat(40)}\n`;
  const stream = createMaskStream(mask);
  let out = '';
  for (let index = 0; index < 5000; index += 1) out += stream.push(line);
  expect(out + stream.push('end\n') + stream.end()).toBe('***end\n');
});
