import type { ProjectSettings } from '../domain/project.ts';
import {
  type Action,
  actions,
  type People,
  type Requirement,
  type Requirements,
  type Span,
} from '../domain/rules/requirement.ts';
import type { SuspendedInGit } from '../domain/suspension.ts';
import { type RawPeople, type RawRequirement, type RawRules, spanMs } from './rules-schema.ts';
import { compileSuspended } from './suspend-schema.ts';
import type { Path, YamlText } from './yaml.ts';

/** Where the value at a path is written, for people. */
export type SourceOf = (path: Path) => string;

/** For what is written at `base` of a file that people call by this name: `operator file, line 12`. */
export const sourceIn =
  (name: string, yaml: YamlText, base: Path): SourceOf =>
  (path) =>
    `${name}, line ${yaml.place([...base, ...path]).line}`;

export interface CompiledRules {
  readonly requirements?: Requirements;
  readonly whoMay?: Readonly<Partial<Record<Action, People>>>;
  readonly bindApprovals?: ProjectSettings['bindApprovals'];
  readonly suspended?: readonly SuspendedInGit[];
}

const folded = (list: readonly string[] | undefined): readonly string[] =>
  [...new Set((list ?? []).map((one) => one.toLowerCase()))].sort();

export const compilePeople = ({ users, teams, permission }: RawPeople): People => ({
  users: folded(users),
  teams: folded(teams),
  permission: permission ?? null,
});

const isNamed = ({ users, teams, permission }: RawPeople): boolean =>
  [users, teams, permission].some((given) => given !== undefined);

const compileSpan = ({ cron, for: lasts, zone }: { cron: string; for: string; zone: string }): Span => ({
  cron,
  durationMs: spanMs(lasts),
  zone,
});

const compileRequirement = (raw: RawRequirement, source: string): Requirement => {
  const { when = null, approved, checks, window, ...plain } = typeof raw === 'string' ? mappingOf(raw) : raw;
  const common = { when, source };
  if (approved !== undefined) {
    const { count, code_owners, ...people } = approved;
    const from = isNamed(people) ? compilePeople(people) : null;
    return { kind: 'approved', count, from, codeOwners: code_owners === true, ...common };
  }
  if (checks !== undefined) return { kind: 'checks', names: [...new Set(checks)].sort(), ...common };
  if (window !== undefined)
    return {
      kind: 'window',
      allow: window.allow.map(compileSpan),
      deny: window.deny.map(compileSpan),
      ...common,
    };
  const kind = (['mergeable', 'up_to_date', 'policies'] as const).find((one) => plain[one] === true);
  if (kind === undefined) throw new Error('a requirement of no kind');
  return { kind, ...common };
};

/** `approved` is short for one approval. */
const mappingOf = (name: Extract<RawRequirement, string>): Exclude<RawRequirement, string> =>
  name === 'approved' ? { approved: { count: 1 } } : { [name]: true };

const compileList = (
  raw: readonly RawRequirement[],
  path: Path,
  sourceOf: SourceOf,
): readonly Requirement[] => raw.map((one, index) => compileRequirement(one, sourceOf([...path, index])));

const compileRequirements = (
  raw: NonNullable<RawRules['requirements']>,
  sourceOf: SourceOf,
): Requirements => {
  if (Array.isArray(raw)) return { apply: compileList(raw, ['requirements'], sourceOf) };
  return Object.fromEntries(
    actions.flatMap((action) => {
      const list = raw[action];
      return list === undefined ? [] : [[action, compileList(list, ['requirements', action], sourceOf)]];
    }),
  );
};

/** From the file's words to ours; keys that were not given stay away. */
export const compileRules = (raw: RawRules, sourceOf: SourceOf): CompiledRules => ({
  ...(raw.requirements === undefined
    ? {}
    : { requirements: compileRequirements(raw.requirements, sourceOf) }),
  ...(raw.who_may === undefined
    ? {}
    : {
        whoMay: Object.fromEntries(
          Object.entries(raw.who_may).flatMap(([action, people]) =>
            people === undefined ? [] : [[action, compilePeople(people)]],
          ),
        ),
      }),
  ...(raw.bind_approvals === undefined ? {} : { bindApprovals: raw.bind_approvals }),
  ...(raw.suspend === undefined ? {} : { suspended: [compileSuspended(raw.suspend, sourceOf(['suspend']))] }),
});
