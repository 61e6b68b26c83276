import { nearest } from '../domain/nearest.ts';
import { ownValue } from '../domain/own-value.ts';
import { UserError } from '../domain/problem.ts';
import { quoted, quotedList } from '../domain/quote.ts';
import { settingProblem, type WrongSetting } from '../domain/settings/check.ts';
import type {
  NamedPath,
  RunnerSettings,
  SettingDeclaration,
  SettingValue,
} from '../domain/settings/declared.ts';
import { type DeclaredSettings, declaredIn, namedIn } from '../domain/settings/declared.ts';
import type { ListedProject } from './listed-projects.ts';
import { canonical } from './merge-rules.ts';
import type { FileSettings } from './merge-settings.ts';
import type { BroughtSetting, GivenSetting, GivenSettings, ProjectsInput, RepositoryFile } from './types.ts';

/** What a project's runner is told, and what of it only the head says. */
export interface Settled {
  readonly with: RunnerSettings;
  readonly withPaths: readonly NamedPath[];
  readonly brought: readonly Omit<BroughtSetting, 'file'>[];
}

/** What several places say of a project's settings. */
export interface Sayings {
  /** The operator and the base branch. */
  readonly base: GivenSettings;
  /** The same with the head's own entry. */
  readonly head: GivenSettings;
  /** Does the base branch have the project? */
  readonly isKnown: boolean;
}

type Listed = Pick<ListedProject, 'name' | 'dir'>;

const given = (settings: GivenSettings, name: string): GivenSetting | undefined => ownValue(settings, name);

const fits = (
  one: GivenSetting | undefined,
  declaration: SettingDeclaration,
  { dir }: Listed,
): one is GivenSetting => one !== undefined && settingProblem(declaration, one.value, dir) === null;

/**
 * Of each setting that the runner declares the value that counts. What says where a project is comes from the base branch and the
 * operator. Where they cannot say it, because they do not have the project or what they say is not taken by its runner, the
 * head's word stands, and is brought: somebody has to trust it.
 */
export const settle = (
  project: Listed & Pick<ListedProject, 'line'>,
  {
    runner,
    declared,
    file,
  }: { readonly runner: string; readonly declared: DeclaredSettings; readonly file: RepositoryFile | null },
  sayings: Sayings,
): Settled => {
  const settled: [string, SettingValue][] = [];
  const withPaths: NamedPath[] = [];
  const brought: Omit<BroughtSetting, 'file'>[] = [];
  for (const [name, declaration] of Object.entries(declared)) {
    const [before, now] = [given(sayings.base, name), given(sayings.head, name)];
    const isSaid = fits(before, declaration, project);
    const isOpen = !sayings.isKnown || (!isSaid && (before !== undefined || declaration.required));
    const isHead = declaration.from === 'head' || isOpen;
    const isFit = fits(now, declaration, project);
    const one = isHead && isFit ? now : isSaid && declaration.from === 'base' ? before : undefined;
    const value = one?.value ?? declaration.default;
    if (value === null) {
      if (!declaration.required) continue;
      throw refused(
        'config-invalid',
        `${file?.format ?? 'tidegate'}.yaml${project.line === null ? '' : `, line ${project.line}`}: project ${quoted(project.name)} does not say ${quoted(`with.${name}`)}, which its runner ${quoted(runner)} needs, and no rule that counts already does.`,
        'A rule of a pull request counts after the merge: say it in the entry of the project.',
      );
    }
    settled.push([name, value]);
    withPaths.push(...namedIn(name, declaration.kind, value));
    if (one === undefined || declaration.from === 'head' || canonical(before?.value) === canonical(one.value))
      continue;
    brought.push({ key: `with.${name}`, value: shown(value), line: one.line });
  }
  return { with: Object.fromEntries(settled), withPaths, brought };
};

/** Does the head change a setting in a way that does not count? */
export const withNotTaken = (
  declared: DeclaredSettings,
  asked: GivenSettings,
  before: GivenSettings,
  { with: settled }: Pick<Settled, 'with'>,
): boolean =>
  Object.entries(declared).some(([name, { default: usual }]) => {
    const [now, was] = [given(asked, name)?.value, given(before, name)?.value];
    const counts = Object.hasOwn(settled, name) ? settled[name] : null;
    return canonical(now) !== canonical(was) && canonical(now ?? usual) !== canonical(counts);
  });

const shown = (value: SettingValue): string => {
  if (typeof value !== 'object') return String(value);
  return Array.isArray(value)
    ? value.join(', ')
    : Object.entries(value)
        .map((pair) => pair.join('='))
        .join(', ');
};

/** Names of what has to be given and is not. */
export const missingOf = (declared: DeclaredSettings, settings: GivenSettings): readonly string[] =>
  Object.entries(declared).flatMap(([name, one]) =>
    one.required && one.default === null && given(settings, name) === undefined ? [name] : [],
  );

const refused = (code: 'config-invalid' | 'path-refused', sentence: string, advice: string): UserError =>
  new UserError({ code, sentence, advice: [advice, 'Nothing was run.'].filter(Boolean).join(' ') });

const unknown = (name: string, declared: DeclaredSettings): string => {
  const names = Object.keys(declared);
  const meant = nearest(name, names);
  const list = names.length === 0 ? 'It has none.' : `It has ${quotedList(names)}.`;
  return `${meant === null ? '' : `Did you mean ${quoted(meant)}? `}${list}`;
};

const clipped = (value: SettingValue): string => quoted(shown(value).slice(0, 200));

const wrongSentence = (name: string, value: SettingValue, { mustBe }: WrongSetting): string =>
  `${quoted(`with.${name}`)} is ${typeof value === 'object' && Object.keys(value).length === 0 ? 'empty' : clipped(value)}; it must be ${mustBe}.`;

/** What a file says of projects, each with the settings that its own words come to. */
interface Said {
  readonly file: RepositoryFile | null;
  readonly where: string;
  readonly projects: readonly (Listed &
    Pick<ListedProject, 'line' | 'declared'> & {
      readonly settings: Pick<FileSettings, 'runner' | 'with'>;
    })[];
}

/**
 * Refuses a file whose settings the runners do not take, before it is merged. A rule may give what only some runners know, but
 * nothing that none of them does. Throws UserError `config-invalid`, and `path-refused` where it is a path.
 */
export const checkWith = (
  { declared }: Pick<ProjectsInput, 'declared'>,
  { file, where, projects }: Said,
): void => {
  const at = (line: number | null): string =>
    `${file?.format ?? 'tidegate'}.yaml (${where})${line === null ? '' : `, line ${line}`}`;
  const all: DeclaredSettings = Object.fromEntries(
    [...declared.values()].flatMap((one) => Object.entries(one)),
  );
  for (const rule of file?.rules ?? [])
    for (const [name, { line }] of Object.entries(rule.with ?? {}))
      if (declaredIn(all, name) === undefined)
        throw refused(
          'config-invalid',
          `${at(line)}: no runner has a setting ${quoted(name)}.`,
          unknown(name, all).replace('It has', 'There is'),
        );
  for (const project of projects) {
    const { runner, with: said } = project.settings;
    const known = declared.get(runner);
    // That there is no such runner is said where projects are placed.
    if (known === undefined) continue;
    const own = `project ${quoted(project.name)}`;
    for (const [name, { value, line, by }] of Object.entries(said)) {
      const declaration = declaredIn(known, name);
      const place = by === 'operator' ? `operator file, line ${line}` : at(line);
      if (declaration === undefined) {
        if (by !== 'project') continue;
        throw refused(
          'config-invalid',
          `${place}: ${own} gives its runner ${quoted(runner)} the setting ${quoted(name)}, which that does not have.`,
          unknown(name, known),
        );
      }
      const wrong = settingProblem(declaration, value, project.dir);
      if (wrong === null) continue;
      const meant = wrong.meant === null ? '' : `Did you mean ${quoted(wrong.meant)}?`;
      throw refused(
        wrong.isPath ? 'path-refused' : 'config-invalid',
        `${place}: ${own}: ${wrongSentence(name, value, wrong)}`,
        [meant, declaration.says].filter(Boolean).join(' '),
      );
    }
    const [missing] = missingOf(known, said);
    if (missing !== undefined)
      throw refused(
        'config-invalid',
        `${at(project.line)}: ${own} does not say ${quoted(`with.${missing}`)}, which its runner ${quoted(runner)} needs.`,
        declaredIn(known, missing)?.says ?? '',
      );
  }
};
