import { quoted } from '../domain/quote.ts';
import { operatorSchema, type RawOperatorFile } from './operator-schema.ts';
import { compilePolicy, sameNames } from './policies.ts';
import { sourceIn } from './requirements.ts';
import { anyGlob, anyRepository, asList, compileRule, linesIn } from './rules.ts';
import { settingNames } from './settings-schema.ts';
import type { Discovering, OperatorSettings } from './types.ts';
import { compileWorkflows, unknownWorkflow } from './workflows.ts';
import type { Finding, YamlText } from './yaml.ts';

/** What the server-side repo config of Atlantis says as well as the operator file. */
export const partSchema = operatorSchema.pick({
  workflows: true,
  policies: true,
  repositories: true,
  atlantis: true,
  rules: true,
});

type RawPart = Pick<RawOperatorFile, keyof typeof partSchema.shape>;

/** One of the files that the operator's word stands in; `name` is what people call it. */
export interface Part {
  readonly raw: RawPart;
  readonly yaml: YamlText;
  readonly name: string;
}

type Repositories = RawPart['repositories'];

/** Without a word of the operator, approvals are bound to what they are bound to on the server, and what runs is what runs there. */
const mayBeSet = settingNames.filter((name) => name !== 'bind_approvals' && name !== 'workflow');

/** The last entry that matches a repository and has the key. */
const lastWith = <Key extends Exclude<keyof Repositories[number], 'match'>>(
  entries: Repositories,
  key: Key,
): ((repository: string) => Repositories[number][Key]) => {
  const listed = entries
    .filter((entry) => entry[key] !== undefined)
    .map((entry) => ({ is: anyRepository(asList(entry.match)), value: entry[key] }));
  return (repository) => listed.findLast(({ is }) => is(repository))?.value;
};

/** What is wrong between the files, as findings of the last one, which is the operator's own; empty where nothing is. */
export const findingsBetween = (before: readonly Part[], own: Part): readonly Finding[] => {
  const { raw, yaml } = own;
  for (const { raw: others, name } of before) {
    const twice = Object.keys(raw.workflows).find((workflow) => Object.hasOwn(others.workflows, workflow));
    if (twice !== undefined)
      return [
        {
          ...yaml.placeOfKey(['workflows'], twice),
          sentence: `The workflow ${quoted(twice)} is in ${quoted(name)} as well.`,
          advice: 'Keep one of the two.',
        },
      ];
  }
  const others = before.flatMap(({ raw: { policies } }) => policies);
  const same = sameNames([...others, ...raw.policies]);
  if (same !== null)
    return [
      {
        ...yaml.place(['policies', same.index - others.length, 'name']),
        sentence: same.sentence,
        advice: '',
      },
    ];
  const names = [...before, own].flatMap((part) => Object.keys(part.raw.workflows));
  const unknown = unknownWorkflow(raw.rules, names);
  if (unknown === null) return [];
  const { index, sentence, advice } = unknown;
  return [{ ...yaml.placeOfKey(['rules', index], 'workflow'), sentence, advice }];
};

type Together = Pick<
  OperatorSettings,
  | 'rules'
  | 'policies'
  | 'workflows'
  | 'maySet'
  | 'mayChoose'
  | 'discovery'
  | 'atlantisFile'
  | 'appliesInto'
  | 'projectsPerPull'
  | 'driftOf'
>;

/** Several files as one, weakest first. The operator's own is the last; it alone says whose file of Atlantis is read. */
export const compileParts = (
  before: readonly Part[],
  own: Part,
  {
    base_branches: baseBranches,
    projects_per_pull: most,
  }: Pick<RawOperatorFile, 'base_branches' | 'projects_per_pull'>,
): Together => {
  const parts = [...before, own];
  const repositories = parts.flatMap(({ raw }) => raw.repositories);
  const maySet = lastWith(repositories, 'may_set');
  const choosable = lastWith(repositories, 'workflows');
  const branches = lastWith(repositories, 'base_branches');
  const discovery = lastWith(repositories, 'discovery');
  const perPull = lastWith(repositories, 'projects_per_pull');
  const drift = lastWith(repositories, 'drift');
  const listed = (entries: RawPart['atlantis']) =>
    entries.map(({ match, file }) => ({ is: anyRepository(asList(match)), file }));
  const read = listed(own.raw.atlantis);
  const named = listed(before.flatMap(({ raw }) => raw.atlantis));
  return {
    rules: parts.flatMap(({ raw, yaml, name }) =>
      raw.rules.map((rule, index) =>
        compileRule(
          rule,
          sourceIn(name, yaml, ['rules', index]),
          linesIn(yaml, ['rules', index]),
          'operator',
        ),
      ),
    ),
    policies: parts.flatMap(({ raw, yaml, name }) =>
      raw.policies.map((policy, index) =>
        compilePolicy(policy, sourceIn(name, yaml, ['policies', index])([])),
      ),
    ),
    workflows: new Map(
      parts.flatMap(({ raw, yaml, name }) => [
        ...compileWorkflows(
          raw.workflows,
          (workflow) => `${name}, line ${yaml.placeOfKey(['workflows'], workflow).line}`,
        ),
      ]),
    ),
    maySet: (repository) => maySet(repository) ?? mayBeSet,
    projectsPerPull: (repository) => perPull(repository) ?? most,
    driftOf: (repository) => {
      const { most = 'pr', check = 'neutral', unapproved = false } = drift(repository) ?? {};
      return { most, check, unapproved };
    },
    mayChoose: (repository) => choosable(repository) ?? null,
    discovery: (repository): Discovering => {
      const { mode = null, ignore } = discovery(repository) ?? {};
      return { mode, ignores: ignore === undefined ? null : anyGlob(ignore) };
    },
    atlantisFile: (repository) => {
      const entry = read.findLast(({ is }) => is(repository));
      if (entry === undefined) return null;
      return entry.file ?? named.findLast(({ is }) => is(repository))?.file ?? 'atlantis.yaml';
    },
    appliesInto: (repository, { ref, isDefault }) => {
      const globs = branches(repository) ?? baseBranches;
      return globs === undefined ? isDefault : anyGlob(globs)(ref);
    },
  };
};
