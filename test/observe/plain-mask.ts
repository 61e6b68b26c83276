import { secretForms } from '../../src/observe/secret-forms.ts';

const replacement = '***';
const shortest = 6;

/** Each masks its group `secret` if it has one, else all of the match. */
const patterns: readonly RegExp[] = [
  // GitHub's tokens, of any length: installation tokens are a JWT after `ghs_` since 2026.
  /(?<![0-9A-Za-z])(?:gh[oprsu]|github_pat)_[\w-]+(?:\.[\w-]+)*/dg,
  // With anything before them (`\n`, a colour code), as long as nobody's word could be it.
  /(?:gh[oprsu]|github_pat)_[\w-]{16,}(?:\.[\w-]+)*/dg,
  // To the end of the text where the end mark was cut off.
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|$)/dg,
  // A header line, up to its end, be that a line break or an escaped one (`\n`, not `CORP\Nadia`).
  /\b[Aa][Uu][Tt][Hh][Oo][Rr][Ii][Zz][Aa][Tt][Ii][Oo][Nn][ \t]*:[ \t]*(?<secret>(?:(?!\\[nr])[^\r\n])+)/dg,
  // The same as a JSON or JavaScript property. Only with a scheme before it: `"authorization": "NONE"` is a common setting.
  /\b(?:proxy-)?authorization\\?["'][ \t]*:[ \t]*(\\?["'])(?<secret>[a-z][\w-]*[ \t]+(?:(?!\1)(?:\\.|[^\r\n]))+)/dgi,
];

type Span = readonly [from: number, to: number];

const spansOfValue = function* (text: string, value: string): Generator<Span> {
  for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + 1)) {
    yield [at, at + value.length];
  }
};

const spansOfPattern = function* (text: string, pattern: RegExp): Generator<Span> {
  for (const match of text.matchAll(pattern)) {
    const span = match.indices?.groups?.['secret'] ?? match.indices?.[0];
    if (span !== undefined) yield span;
  }
};

/** Spans that overlap or touch become one, so that of two secrets that overlap nothing is left over. */
const union = (spans: readonly Span[]): readonly Span[] => {
  const merged: [from: number, to: number][] = [];
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
};

const replaceSpans = (text: string, spans: readonly Span[]): string => {
  let out = '';
  let done = 0;
  for (const [from, to] of union(spans)) {
    out += text.slice(done, from) + replacement;
    done = to;
  }
  return out + text.slice(done);
};

/** What `createMask` has to do, written down without a thought of speed: form by form, pattern by pattern. */
export const maskPlainly = (secrets: readonly string[], text: string): string => {
  const spans: Span[] = [];
  const forms = new Set(
    secrets.filter(({ length }) => length >= shortest).flatMap((one) => [...secretForms(one)]),
  );
  for (const form of forms) for (const span of spansOfValue(text, form)) spans.push(span);
  for (const pattern of patterns) for (const span of spansOfPattern(text, pattern)) spans.push(span);
  return replaceSpans(text, spans);
};
