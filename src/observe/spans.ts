/** A part of a text, in UTF-16 code units. */
export type Span = readonly [from: number, to: number];

export const replacement = '***';

/** Appends a span. What overlaps or touches the last one becomes one with it, so that a value that repeats itself stays one span. */
export const addSpan = (spans: Span[], from: number, to: number): void => {
  const last = spans.at(-1);
  if (last !== undefined && from <= last[1] && to >= last[0]) {
    spans[spans.length - 1] = [Math.min(from, last[0]), Math.max(to, last[1])];
  } else spans.push([from, to]);
};

/** Spans that overlap or touch become one, so that of two secrets that overlap nothing is left over. In order. */
export const union = (spans: readonly Span[]): readonly Span[] => {
  const merged: Span[] = [];
  for (const [from, to] of spans.toSorted((a, b) => a[0] - b[0])) addSpan(merged, from, to);
  return merged;
};

export const replaceSpans = (text: string, spans: readonly Span[]): string => {
  let out = '';
  let done = 0;
  for (const [from, to] of union(spans)) {
    out += text.slice(done, from) + replacement;
    done = to;
  }
  return out + text.slice(done);
};
