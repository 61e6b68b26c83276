/** A chart that comes from outside of the repository. */
export interface ChartUse {
  /** By which the same one is known again: address, name and version, or all that is known of it. */
  readonly key: string;
  /** For people. */
  readonly subject: string;
  /** `HOST/PATH/NAME`, which lists of allowed ones are tried on; null: it is written in no plain way. */
  readonly place: string | null;
  /** Counted from 1. */
  readonly line: number | null;
}

/** What a `Chart.yaml`, or a lock beside it, says of other charts. */
export interface ChartFile {
  /** Paths relative to its folder, of charts that it depends on. */
  readonly folders: readonly string[];
  readonly fetched: readonly ChartUse[];
  /** May there be others, written in a way that is not looked for? */
  readonly isPlain: boolean;
  /** It is for other charts to use, and cannot be installed. */
  readonly isLibrary: boolean;
}

/** Longer ones are not looked into. */
const longest = 1_000_000;
const local = /file:\/\/([^\s"'#,}\]]*)/g;
const library = /^["']?type["']?[ \t]*:[ \t]*["']?library\b/m;
/** Without escapes and tags each text of a YAML file stands in it as it is. */
const disguise = /\\|(?:^|[\s[{,:-])!/;
const aliases = /(?:^|[\s[{,:-])[&*]\w/;

/**
 * Looked through and not parsed: a stranger's text must not take long (decision 13), and what is found too much, in a comment,
 * does no harm.
 */
export const readChartFile = (text: string): ChartFile => {
  const read = text.slice(0, longest);
  return {
    folders: [...new Set([...read.matchAll(local)].map(([, path = '']) => path))],
    fetched: fetchedIn(read, text.length > longest),
    isPlain: text.length <= longest && !disguise.test(read),
    isLibrary: library.test(read),
  };
};

const address = /(?:oci|https?):\/\/[^\s"'#,}\]]*/gi;
/** All that YAML ends a line with. */
const lineEnd = /\r\n|[\n\r\u0085\u2028\u2029]/;

const fetchedIn = (text: string, isCut: boolean): readonly ChartUse[] => {
  const lines = text.split(lineEnd);
  const found = lines.flatMap((line, index) =>
    [...line.matchAll(address)]
      .filter(({ index: start }) => mayBeRepository(line.slice(0, start)))
      .map(({ 0: where, index: start }) => useIn(lines, index, start, where)),
  );
  const isHidden = isCut || disguise.test(text) || aliases.test(text);
  return isHidden
    ? [{ key: text, subject: 'written in no plain way', place: null, line: null }, ...found]
    : found;
};

/**
 * Only the value of a key `repository` is fetched. What stands in a comment, behind another key, as an element of a list or in the
 * middle of a sentence is none; all else may be one.
 */
const mayBeRepository = (before: string): boolean => {
  if (/^\s*#/.test(before)) return false;
  const ahead = before.replace(/["']$/, '').trimEnd();
  // Go reads some other letters as those of `repository`: only a key that is nothing but plain letters is another one.
  const key = /(?:^|[\s{,"'-])([\w./-]+)["']?\s*:$/.exec(ahead)?.[1];
  if (key !== undefined) return key.toLowerCase() === 'repository';
  return !/[\w.,;()[-]$/.test(ahead);
};

/** The entry that an address stands in: between two dashes, or two braces. */
const entryOf = (lines: readonly string[], index: number, start: number): string => {
  const line = lines[index] ?? '';
  const open = line.lastIndexOf('{', start);
  if (open >= 0) {
    const close = line.indexOf('}', start);
    return line.slice(open + 1, close < 0 ? undefined : close);
  }
  const begins = (one: string) => /^\s*-(?:\s|$)|^[^\s#]/.test(one);
  let first = index;
  while (first > 0 && !begins(lines[first] ?? '')) first -= 1;
  let last = index + 1;
  while (last < lines.length && !begins(lines[last] ?? '')) last += 1;
  return lines.slice(first, last).join('\n');
};

const only = (entry: string, pattern: RegExp): string | null => {
  const found = [...entry.matchAll(pattern)];
  return found.length === 1 ? (found[0]?.[1] ?? null) : null;
};

const useIn = (lines: readonly string[], index: number, start: number, where: string): ChartUse => {
  const entry = entryOf(lines, index, start);
  const name = only(entry, /\bname["']?\s*:\s*["']?([\w.-]+)/gi);
  const version = only(entry, /\bversion["']?\s*:\s*("[^"\n]*"|'[^'\n]*'|[^\s"',{}][^,}\n]*)/gi);
  const isWhole = name !== null && version !== null && only(entry, /\b(repository)["']?\s*:/gi) !== null;
  const use = chartUse(where, name, version === null ? null : version.replaceAll(/["']|\s+$/g, ''));
  // Two words of one kind: which of them counts is not looked for.
  return {
    ...use,
    ...(isWhole ? {} : { key: JSON.stringify([where, entry]), place: null }),
    line: index + 1,
  };
};

/** A chart by the address of its repository, its name there (null: the address is all of it), and what is said of its version. */
export const chartUse = (where: string, name: string | null, version: string | null): ChartUse => {
  const whole = name === null ? where : `${where.replace(/\/+$/, '')}/${name}`;
  return {
    key: JSON.stringify([whole, version]),
    subject: version === null ? whole : `${whole} ${version}`,
    place: placeOf(whole),
    line: null,
  };
};

const plain = /^(?:oci|https):\/\/([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?)((?:\/[\w.-]+)+)$/i;

/** Null for what is fetched without TLS, with a name and a password, or in any other way that lists cannot mean. */
const placeOf = (whole: string): string | null => {
  const [, host = '', path = ''] = plain.exec(whole) ?? [];
  if (host === '' || path.split('/').some((step) => step === '.' || step === '..')) return null;
  return `${host.toLowerCase()}${path}`;
};
