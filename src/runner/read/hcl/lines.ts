const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const asWord = (word: string): string =>
  `${/^[\w-]/.test(word) ? '(?<![\\w-])' : ''}"?${literally(word)}"?${/[\w-]$/.test(word) ? '(?![\\w-])' : ''}`;

/** Words of a header stand one behind the other, quoted or not; in JSON each is on its own, in this order. */
const patternOf = (words: readonly string[]): RegExp =>
  new RegExp(words.map(asWord).join('[\\s"{:\\[]+'), 'g');

/** Words of a header, and behind it those of something in it, the `index`-th one. */
export type FindLine = (
  header: readonly string[],
  inner?: readonly string[],
  index?: number,
) => number | null;

/** A look goes through the whole file; beyond so many nobody reads the answers. */
const mostLooks = 300;

/** Finds the line that a block begins on, for people to look at: the parser tells no places. The nearest that is there, or null. */
export const createLineFinder = (text: string): FindLine => {
  let looks = 0;
  return (header, inner = [], index = 0) => {
    looks += 1;
    // What strangers name their blocks must not make a long search.
    if (looks > mostLooks || [...header, ...inner].some((word) => word.length > 200)) return null;
    const start = patternOf(header).exec(text)?.index ?? null;
    if (start === null) return null;
    const found = inner.length === 0 ? undefined : [...text.slice(start).matchAll(patternOf(inner))][index];
    const at = found === undefined ? start : start + found.index;
    return text.slice(0, at).split('\n').length;
  };
};
