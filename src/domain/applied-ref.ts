import type { Tracked } from './tracked.ts';

/** A name of Git of any text: one level, so that no name is a folder of another one. `digest`: of texts that have to be changed. */
const levelOf = (text: string, digest: (text: string) => string): string => {
  const safe = text
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replaceAll(/\.{2,}/g, '.')
    .replaceAll(/^[.-]+|[.]+$|\.lock$/g, '')
    .slice(0, 80);
  return safe === text ? safe : `${safe === '' ? 'x' : safe}-${digest(text).slice(0, 8)}`;
};

/**
 * The ref that says at the Git host which commit an environment was brought to; null where there is nothing to be said. It is for
 * people and their scripts: nothing here reads it.
 */
export const appliedRef = (
  { project, applied }: Pick<Tracked, 'project' | 'applied'>,
  digest: (text: string) => string,
): { readonly ref: string; readonly sha: NonNullable<Tracked['applied']>['sha'] } | null => {
  const { environment } = project.settings;
  if (environment === null || applied === null) return null;
  const levels = [environment, project.name].map((text) => levelOf(text, digest));
  return { ref: `refs/tidegate/${levels.join('/')}`, sha: applied.sha };
};
