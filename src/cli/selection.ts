import { WrongUse } from '../arguments.ts';
import { matchesGlob } from '../config/globs.ts';
import type { Selector } from '../domain/command.ts';
import { UserError } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { parseRepoPath } from '../domain/repo-path.ts';
import { select } from '../domain/selector.ts';

/** As in comments. */
export const selectorOptions = {
  project: { type: 'string', short: 'p', multiple: true },
  dir: { type: 'string', short: 'd', multiple: true },
  workspace: { type: 'string', short: 'w', multiple: true },
  label: { type: 'string', short: 'l', multiple: true },
} as const;

export const selectorFrom = (values: {
  readonly project?: readonly string[] | undefined;
  readonly dir?: readonly string[] | undefined;
  readonly workspace?: readonly string[] | undefined;
  readonly label?: readonly string[] | undefined;
}): Selector => ({
  names: values.project ?? [],
  dirs: (values.dir ?? []).map((text) => {
    const parsed = parseRepoPath(text);
    if ('path' in parsed) return parsed.path;
    throw new WrongUse(
      `The folder \`${text}\` is refused: ${parsed.refused}. \`-d\` starts at the top of the repository.`,
    );
  }),
  workspaces: values.workspace ?? [],
  labels: values.label ?? [],
});

/** Throws UserError `no-such-project`, with what there is. */
export const chosenFrom = (projects: readonly Project[], selector: Selector): readonly Project[] => {
  const found = select(projects, selector, matchesGlob);
  if ('chosen' in found) return found.chosen;
  throw new UserError(found.problem);
};
