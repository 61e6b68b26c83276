import type { Problem } from './problem.ts';

/** How much at once a command is about, where that is more than what a bare one is about. */
export type Scope =
  /** Every project, of one environment or of the repository, and not only what the change affects. */
  | { readonly kind: 'all'; readonly environment: string | null }
  /** Of `plan` only: as many as there are, however many a pull request may have planned. */
  | { readonly kind: 'no-limit' };

/** What of it stands on the line. */
export interface ScopeFlags {
  readonly all: boolean;
  readonly noLimit: boolean;
  readonly environment: string | null;
}

export const scopeWords = (scope: Scope | undefined): readonly (readonly [string, string?])[] => {
  if (scope === undefined) return [];
  if (scope.kind === 'no-limit') return [['--no-limit']];
  return scope.environment === null ? [['--all']] : [['--all'], ['--env', scope.environment]];
};

const invalid = (sentence: string, advice: string): { readonly problem: Problem } => ({
  problem: { code: 'command-invalid', sentence, advice },
});

/**
 * @param narrowed projects are selected one by one as well
 * @param extra arguments for the tool
 */
export const scopeOf = (
  verb: 'plan' | 'apply',
  { all, noLimit, environment }: ScopeFlags,
  narrowed: boolean,
  extra: readonly string[],
): { readonly value: Scope | null } | { readonly problem: Problem } => {
  const whole =
    verb === 'plan' ? '`/plan --all` or `/plan --all --env production`' : '`/apply --all --env production`';
  if (!all && environment !== null)
    return invalid('`--env` goes with `--all`.', `Write ${whole}; \`-l\` selects by label.`);
  if (!all) return { value: noLimit ? { kind: 'no-limit' } : null };
  if (narrowed)
    return invalid(
      '`--all` is every project, and others are selected beside it.',
      `Write ${whole}, or the selectors without \`--all\`: a project that is named is planned even where nothing of it changed.`,
    );
  if (noLimit) return invalid('`--all` has no limit already.', `Write ${whole} alone.`);
  if (extra.length > 0)
    return invalid(
      '`--all` takes no arguments for the tool: they would be for every project.',
      `Write ${whole} alone.`,
    );
  if (verb === 'apply' && environment === null)
    return invalid('`/apply --all` needs the environment behind it.', `Write ${whole}.`);
  return { value: { kind: 'all', environment } };
};
