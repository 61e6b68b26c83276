import { quoted } from '../../domain/quote.ts';
import { repositoryGlobs } from './expressions.ts';
import type { Leave } from './left.ts';
import { requirementsOf } from './requirements.ts';
import type { RawAtlantisServer } from './server-schema.ts';

type Repository = NonNullable<RawAtlantisServer['repos']>[number];

/** Keys of which the last entry that matches a repository and has them counts, alone. */
const settled = [
  'plan_requirements',
  'apply_requirements',
  'import_requirements',
  'policy_check',
  'workflow',
] as const;

/** An entry of `repos` and the repositories of this host that it is for. */
export interface Placed {
  readonly repo: Partial<Repository>;
  /** Null for what Atlantis does without being told. */
  readonly index: number | null;
  readonly globs: readonly string[];
}

/** Entries for repositories of this host; those whose id no globs say are refused, those for other hosts named. */
export const placeRepositories = (
  repos: readonly Repository[],
  host: string,
  { name, refuse }: { readonly name: Leave; readonly refuse: Leave },
): readonly Placed[] =>
  repos.flatMap((repo, index) => {
    const globs = repositoryGlobs(repo.id, host);
    const path = ['repos', index, 'id'];
    if (globs === null) {
      refuse(
        path,
        `No globs say which repositories ${quoted(repo.id)} is for.`,
        `Write them out, for example \`${host}/acme/infra\`, \`/${host}\\/acme\\/.*/\` or \`/${host}\\/acme\\/(a|b)$/\`.`,
      );
      return [];
    }
    if (globs.length > 0) return [{ repo, index, globs }];
    name(path, `This entry is left out: it is for another host than ${quoted(host)}.`);
    return [];
  });

/** A rule of the operator file, and the entry that it comes from. */
export interface MadeRule {
  readonly rule: Readonly<Record<string, unknown>>;
  readonly index: number | null;
}

/**
 * In Atlantis the last entry that matches and has a key takes the place of those before it; requirements of our rules add up. So
 * each rule leaves out the repositories for which a later entry has the key.
 */
export const operatorRules = (
  placed: readonly Placed[],
  hasWorkflow: (name: string) => boolean,
  name: Leave,
): readonly MadeRule[] =>
  placed.flatMap(({ repo, index, globs }, at) => {
    const byExclusion = new Map<string, Partial<Repository>>();
    for (const key of settled) {
      if (repo[key] === undefined) continue;
      const later = placed.slice(at + 1).filter((one) => one.repo[key] !== undefined);
      const excluded = [...new Set(later.flatMap((one) => one.globs))].map((glob) => `!${glob}`);
      const text = JSON.stringify(excluded);
      byExclusion.set(text, { ...byExclusion.get(text), [key]: repo[key] });
    }
    return [...byExclusion].flatMap(([text, keys]): readonly MadeRule[] => {
      const requirements = requirementsOf(keys, index === null ? [] : ['repos', index], name);
      const { workflow } = keys;
      const hasOne = workflow !== undefined && hasWorkflow(workflow);
      if (requirements === undefined && !hasOne) return [];
      const excluded: readonly string[] = JSON.parse(text);
      return [
        {
          index,
          rule: {
            match: '**',
            repositories: [...globs, ...excluded],
            ...(hasOne ? { workflow } : {}),
            ...(requirements === undefined ? {} : { requirements }),
          },
        },
      ];
    });
  });
