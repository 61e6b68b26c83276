/**
 * Versions of tools and constraints over them, as Terraform and OpenTofu read `required_version`:
 * https://developer.hashicorp.com/terraform/language/expressions/version-constraints
 */

/** Compared by its numbers; what stands behind a `+` says nothing. */
export interface ToolVersion {
  readonly text: string;
  /** One to three as they are written; what is missing is 0. */
  readonly segments: readonly [number, number, number];
  /** How many segments are written. */
  readonly given: number;
  /** `beta1`, or empty for a release. */
  readonly pre: string;
}

const operators = ['=', '!=', '>', '>=', '<', '<=', '~>'] as const;
type Operator = (typeof operators)[number];

interface Term {
  readonly operator: Operator;
  readonly version: ToolVersion;
}

/** All of its terms have to hold; without one it holds for every version. */
export interface VersionConstraint {
  /** As it is written. */
  readonly text: string;
  readonly terms: readonly Term[];
}

const versionPattern =
  /^v?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/;

/** Null for what is none. */
export const parseVersion = (text: string): ToolVersion | null => {
  if (text.length > 100) return null;
  const [whole, major, minor, patch, pre = ''] = versionPattern.exec(text) ?? [];
  if (whole === undefined) return null;
  const given = [major, minor, patch].filter((part) => part !== undefined).length;
  return { text, segments: [Number(major), Number(minor ?? 0), Number(patch ?? 0)], given, pre };
};

/** Three numbers, and nothing that could mean several builds: what a plan is bound to. */
export const isExact = (text: string): boolean => {
  const version = parseVersion(text);
  return version?.given === 3 && !/^v|\+/.test(text);
};

const comparePre = (one: string, other: string): number => {
  // A release comes after everything that led to it.
  if (one === '' || other === '') return Number(one === '') - Number(other === '');
  const [left, right] = [one.split('.'), other.split('.')];
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const [a, b] = [left[at], right[at]];
    if (a === b) continue;
    if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
    const [isNumber, isOtherNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
    if (isNumber && isOtherNumber && Number(a) !== Number(b)) return Number(a) - Number(b);
    if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
    return a < b ? -1 : 1;
  }
  return 0;
};

/** Negative where the first is the older one. */
export const compareVersions = (one: ToolVersion, other: ToolVersion): number => {
  for (const at of [0, 1, 2] as const) {
    const difference = one.segments[at] - other.segments[at];
    if (difference !== 0) return difference;
  }
  return comparePre(one.pre, other.pre);
};

const termPattern = /^(=|!=|>|>=|<|<=|~>)?\s*([^\s=!<>~]+)$/;

/** Terms with commas between them; null for what is no constraint. */
export const parseConstraint = (text: string): VersionConstraint | null => {
  if (text.length > 500) return null;
  const terms: Term[] = [];
  for (const part of text.split(',')) {
    const [, written = '=', number = ''] = termPattern.exec(part.trim()) ?? [];
    const operator = operators.find((one) => one === written);
    const version = parseVersion(number);
    if (operator === undefined || version === null) return null;
    terms.push({ operator, version });
  }
  return { text: text.trim(), terms };
};

/** A version before a release is only meant where one of the same release is written. */
const mayBe = (version: ToolVersion, wanted: ToolVersion): boolean =>
  version.pre === '' ||
  (wanted.pre !== '' && version.segments.every((segment, at) => segment === wanted.segments[at]));

const holds = (version: ToolVersion, { operator, version: wanted }: Term): boolean => {
  const order = compareVersions(version, wanted);
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '>':
      return mayBe(version, wanted) && order > 0;
    case '>=':
      return mayBe(version, wanted) && order >= 0;
    case '<':
      return mayBe(version, wanted) && order < 0;
    case '<=':
      return mayBe(version, wanted) && order <= 0;
    case '~>': {
      // All but the last of the written numbers stay as they are.
      const kept = wanted.segments.slice(0, Math.max(0, wanted.given - 1));
      const isNear = kept.every((segment, at) => version.segments[at] === segment);
      const sameKind = wanted.pre === '' || version.pre !== '';
      return mayBe(version, wanted) && sameKind && isNear && order >= 0;
    }
    default: {
      const never: never = operator;
      return never;
    }
  }
};

const fits = (version: ToolVersion, constraints: readonly VersionConstraint[]): boolean =>
  constraints.every(({ terms }) => terms.every((term) => holds(version, term)));

/** Does a version, as text, fit? One that cannot be read does not. */
export const fitsText = (text: string, constraints: readonly VersionConstraint[]): boolean => {
  const version = parseVersion(text);
  return version !== null && fits(version, constraints);
};

/** Is it one to be chosen? It fits, and is before a release only where a constraint names one that is. */
export const mayBeChosen = (version: ToolVersion, constraints: readonly VersionConstraint[]): boolean => {
  const namesPre = constraints.some(({ terms }) => terms.some((term) => term.version.pre !== ''));
  return (version.pre === '' || namesPre) && fits(version, constraints);
};

/** The newest that fits, in its own words. One before a release only where a constraint names one; null where none fits. */
export const newestFitting = (
  versions: readonly string[],
  constraints: readonly VersionConstraint[],
): string | null => {
  let newest: ToolVersion | null = null;
  for (const text of versions) {
    const version = isExact(text) ? parseVersion(text) : null;
    if (version === null || !mayBeChosen(version, constraints)) continue;
    if (newest === null || compareVersions(version, newest) > 0) newest = version;
  }
  return newest?.text ?? null;
};

/** The exact version that one of the constraints is, where it says that and nothing else. */
export const exactOf = (constraints: readonly VersionConstraint[]): string | null => {
  for (const { terms } of constraints) {
    const [term] = terms;
    if (terms.length === 1 && term?.operator === '=' && isExact(term.version.text)) return term.version.text;
  }
  return null;
};
