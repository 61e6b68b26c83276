import { quoted } from '../../domain/quote.ts';
import { settingNames } from '../settings-schema.ts';
import { branchGlobs } from './expressions.ts';
import type { Leave } from './left.ts';
import type { Placed } from './operator-rules.ts';

/** Every key that a repository may set unless the operator says otherwise, and `workflow` where Atlantis let it choose one. */
const maySet = (overrides: readonly string[]): readonly string[] =>
  settingNames.filter(
    (name) => name !== 'bind_approvals' && (name !== 'workflow' || overrides.includes('workflow')),
  );

const withoutEmpty = (entries: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));

/** An entry of `repositories`, and the one of `repos` that it comes from. */
export interface MadeRepository {
  readonly entry: Readonly<Record<string, unknown>>;
  readonly index: number | null;
}

/** What its entry of `repos` says of a repository as a whole: of several the last one that has a key counts, here as in Atlantis. */
export const operatorRepositories = (
  placed: readonly Placed[],
  { name, refuse }: { readonly name: Leave; readonly refuse: Leave },
): readonly MadeRepository[] =>
  placed.flatMap(({ repo, index, globs }): readonly MadeRepository[] => {
    const path = ['repos', index ?? 0];
    const { branch, allowed_overrides: overrides, allowed_workflows: workflows, autodiscover } = repo;
    const branches = branch === undefined ? undefined : branchGlobs(branch);
    if (branches === null)
      refuse(
        [...path, 'branch'],
        `The branches ${quoted(branch ?? '')} cannot be said as globs.`,
        'Name them, for example `/^(main|release-.*)$/`.',
      );
    const rest = overrides?.filter((key) => key !== 'workflow' && !key.endsWith('_requirements')) ?? [];
    if (rest.length > 0)
      name(
        [...path, 'allowed_overrides'],
        `To override ${rest.map(quoted).join(', ')} comes to nothing.`,
        'Requirements of a repository are always added, and the others have no key.',
      );
    const entry = withoutEmpty({
      may_set: overrides === undefined ? undefined : maySet(overrides),
      workflows,
      base_branches: branches ?? undefined,
      discovery:
        autodiscover === undefined
          ? undefined
          : withoutEmpty({ mode: autodiscover.mode, ignore: autodiscover.ignore_paths }),
    });
    return Object.keys(entry).length === 0 ? [] : [{ index, entry: { match: globs, ...entry } }];
  });
