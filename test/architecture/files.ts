const kebab = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
const forbidden = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'lib', 'index']);

/** One sentence for a path whose name says nothing, or is not in kebab-case. */
export const checkName = (path: string, known: ReadonlySet<string>): readonly string[] => {
  const names = path.split('/').filter((name) => !known.has(name));
  const odd = names.find((name) => !kebab.test(name));
  const empty = names.find((name) => forbidden.has(name.split('.')[0] ?? ''));
  return [
    ...(odd === undefined
      ? []
      : [`${path}: \`${odd}\` is not in kebab-case: rename it, lower case with dashes.`]),
    ...(empty === undefined
      ? []
      : [`${path}: \`${empty}\` says nothing about what is inside: name it after what it does.`]),
  ];
};

export interface Sized {
  readonly path: string;
  readonly lines: number;
}

export const sized = (path: string, text: string): Sized => ({
  path,
  lines: text === '' ? 0 : text.replace(/\n$/, '').split('\n').length,
});

/** The value below which `share` (0 to 1) of the numbers lie; 0 where there are none. */
export const percentile = (numbers: readonly number[], share: number): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
};

export interface SizeRules {
  /** Lines. */
  readonly stop: number;
  readonly percentile95: number;
  /** File -> why it may be longer than `stop`. */
  readonly exceptions: Readonly<Record<string, string>>;
}

export const checkSizes = (rules: SizeRules, files: readonly Sized[]): readonly string[] => {
  const long = files.filter((file) => file.lines > rules.stop && rules.exceptions[file.path] === undefined);
  const p95 = percentile(
    files.map((file) => file.lines),
    0.95,
  );
  const stale = Object.keys(rules.exceptions).filter(
    (path) => !files.some((file) => file.path === path && file.lines > rules.stop),
  );
  return [
    ...long.map(
      (file) =>
        `${file.path}: ${file.lines} lines are more than ${rules.stop}: find the second thing it does and give it a file of its own.`,
    ),
    ...(p95 > rules.percentile95
      ? [
          `one file in twenty has more than ${p95} lines; that should be at most ${rules.percentile95}: split the longest.`,
        ]
      : []),
    ...stale.map((path) => `${path}: needs no exception for its length any more: take it out of the table.`),
  ];
};

// Put together, for this file is searched as well.
const machinePath = new RegExp(`(?<![\\w.~}-])/(?:${['work', 'farm'].join('|')})/[a-z.]`);

/** Lines that name a folder of the machine the code was written on. */
export const checkMachinePaths = (path: string, text: string): readonly string[] =>
  text
    .split('\n')
    .flatMap((line, index) =>
      machinePath.test(line)
        ? [
            `${path}:${index + 1}: names a folder of one machine (\`${machinePath.exec(line)?.[0]}\`): use a path that exists everywhere, or a temporary one.`,
          ]
        : [],
    );
