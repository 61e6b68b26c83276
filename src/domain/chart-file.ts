/** What a `Chart.yaml` says of other folders. */
export interface ChartFile {
  /** Paths relative to its folder, of charts that it depends on. */
  readonly folders: readonly string[];
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

/**
 * Looked through and not parsed: a stranger's text must not take long (decision 13), and what is found too much, in a comment,
 * does no harm.
 */
export const readChartFile = (text: string): ChartFile => {
  const read = text.slice(0, longest);
  return {
    folders: [...new Set([...read.matchAll(local)].map(([, path = '']) => path))],
    isPlain: text.length <= longest && !disguise.test(read),
    isLibrary: library.test(read),
  };
};
