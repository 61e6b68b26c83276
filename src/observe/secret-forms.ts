/** The part of a value's base64 that is the same whatever stands before and after it, by its place among the three-byte groups. */
const insideBase64 = (bytes: Buffer, offset: 0 | 1 | 2): string => {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  const from = Math.ceil((offset * 8) / 6);
  const to = Math.floor(((offset + bytes.length) * 8) / 6);
  return text.slice(from, to);
};

const escapedJson = (value: string): readonly string[] => {
  const plain = JSON.stringify(value).slice(1, -1);
  // Go's encoder, and so Terraform's JSON, escapes these three as well.
  const go = plain.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026');
  return [plain, go, plain.replaceAll('/', '\\/')];
};

const urlEncoded = (value: string): readonly string[] => {
  // A lone surrogate has no URL form.
  const plain = value.isWellFormed() ? encodeURIComponent(value) : value;
  // encodeURIComponent leaves !'()* alone, others do not; some write a space as a plus, some use lower-case digits.
  const strict = plain.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const both = [plain, strict];
  const all = [...both, ...both.map((text) => text.replaceAll('%20', '+'))];
  return [...all, ...all.map((text) => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
};

/** As Go's templates write it into a page, and as ours do. */
const escapedHtml = (value: string): readonly string[] => {
  if (!/[&<>"'`=]/.test(value)) return [];
  const plain = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const named = plain.replaceAll('"', '&quot;').replaceAll("'", '&#x27;');
  return [
    plain.replaceAll('"', '&#34;').replaceAll("'", '&#39;'),
    named,
    named.replaceAll('`', '&#x60;').replaceAll('=', '&#x3D;'),
  ];
};

/** A longer value is printed in lines, if at all, and each of these forms takes three times its room. */
const longestByByte = 1_024;

/**
 * Lower case and upper case: the digits in a row (also behind `0x`, or inside the hex of something longer), and byte by byte with a
 * colon, a blank or `\x` between. The shortest known value has six characters, which are twelve digits: they do not stand in a text
 * by chance.
 */
const hex = (bytes: Buffer): readonly string[] => {
  const row = bytes.toString('hex');
  const pairs = bytes.length <= longestByByte ? (row.match(/../g) ?? []) : [];
  const byByte = pairs.length === 0 ? [] : [pairs.join(':'), pairs.join(' '), `\\x${pairs.join('\\x')}`];
  return [
    ...[row, ...byByte],
    ...[row.toUpperCase(), ...byByte.map((text) => text.replace(/[a-f]/g, (digit) => digit.toUpperCase()))],
  ];
};

/**
 * Every text under which a secret is likely to come out of a tool: raw, JSON-escaped, URL-encoded, in HTML, in hex, base64 (alone, or
 * inside something longer such as `user:secret`; also in the URL alphabet).
 *
 * Not found is what was computed from a value (a hash, a compressed or encrypted text, an encoding of an encoding), what was cut or
 * wrapped inside it, and other ways to write bytes (decimal, octal, binary, UTF-16): the README says so to people.
 */
export const secretForms = (value: string): ReadonlySet<string> => {
  const bytes = Buffer.from(value, 'utf8');
  const base64 = [
    bytes.toString('base64'),
    bytes.toString('base64').replace(/=+$/, ''),
    insideBase64(bytes, 0),
    insideBase64(bytes, 1),
    insideBase64(bytes, 2),
  ];
  return new Set([
    value,
    ...escapedJson(value),
    ...urlEncoded(value),
    ...escapedHtml(value),
    ...hex(bytes),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ]);
};
