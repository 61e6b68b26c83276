import type { Selector } from './command.ts';
import { commandText } from './command-text.ts';
import { nearest } from './nearest.ts';
import type { Problem } from './problem.ts';
import type { Project } from './project.ts';
import { printable, quoted } from './quote.ts';

type Selectable = Pick<Project, 'name' | 'dir' | 'workspace'> & {
  readonly settings: Pick<Project['settings'], 'labels'> & { readonly environment?: string | null };
};

/** Receives a glob and a text; gives false for a glob it cannot or will not read. */
export type GlobMatcher = (glob: string, text: string) => boolean;

const kinds = [
  {
    flag: '-p',
    of: (selector: Selector) => selector.names,
    fields: (project: Selectable): readonly string[] => [project.name],
  },
  {
    flag: '-d',
    of: (selector: Selector) => selector.dirs,
    fields: (project: Selectable): readonly string[] => [project.dir],
  },
  {
    flag: '-w',
    of: (selector: Selector) => selector.workspaces,
    fields: (project: Selectable): readonly string[] => [project.workspace],
  },
  {
    flag: '-l',
    of: (selector: Selector) => selector.labels,
    fields: (project: Selectable): readonly string[] => project.settings.labels,
  },
  {
    flag: '-e',
    of: ({ environments = [] }: Selector) => environments,
    fields: ({ settings: { environment } }: Selectable): readonly string[] =>
      environment == null ? [] : [environment],
  },
];

const most = 50;

const listOf = (projects: readonly Selectable[]): string => {
  const lines = projects.slice(0, most).map(({ name, dir, workspace, settings: { labels } }) => {
    const more =
      labels.length === 0 ? '' : `, ${labels.length === 1 ? 'label' : 'labels'} ${labels.join(' ')}`;
    return printable(`${name}  (dir ${dir}, workspace ${workspace}${more})`);
  });
  if (projects.length > most) lines.push(`and ${projects.length - most} more`);
  return lines.join('\n');
};

const noSuchProject = (sentence: string, projects: readonly Selectable[], meant: string | null): Problem => ({
  code: 'no-such-project',
  sentence,
  advice:
    projects.length === 0
      ? 'There is no project to choose from here.'
      : `${meant === null ? '' : `Did you mean ${quoted(meant)}? `}These projects can be chosen:`,
  ...(projects.length > 0 ? { details: listOf(projects) } : {}),
});

/**
 * The projects that a selector names, in the order given. An empty selector chooses all of them. A
 * name or glob that chooses nothing is a `no-such-project` that says which and lists what exists,
 * even where another one did choose: it never falls through to other projects.
 */
export const select = <P extends Selectable>(
  projects: readonly P[],
  selector: Selector,
  matches: GlobMatcher,
): { readonly chosen: readonly P[] } | { readonly problem: Problem } => {
  const written = new Set(projects.flatMap((project) => kinds.flatMap(({ fields }) => fields(project))));
  // A name may hold characters that are special in a glob, so it is compared as it is first.
  const isSame = (pattern: string, text: string): boolean => pattern === text || matches(pattern, text);
  // A letter with its accent may be one character or two, and looks the same: what is the same as written goes first.
  const fits = (pattern: string, texts: readonly string[]): boolean =>
    texts.some((text) => isSame(pattern, text)) ||
    (!written.has(pattern) && texts.some((text) => isSame(pattern.normalize(), text.normalize())));
  const chosen = projects.filter((project) =>
    kinds.every(({ of, fields }) => {
      const patterns = of(selector);
      return patterns.length === 0 || patterns.some((pattern) => fits(pattern, fields(project)));
    }),
  );
  for (const { flag, of, fields } of kinds) {
    for (const pattern of of(selector)) {
      const asked = quoted(`${flag} ${pattern}`);
      if (!projects.some((project) => fits(pattern, fields(project)))) {
        const meant = nearest(pattern, [...new Set(projects.flatMap(fields))]);
        return {
          problem: noSuchProject(`${asked} matches no project.`, projects, meant && `${flag} ${meant}`),
        };
      }
      if (!chosen.some((project) => fits(pattern, fields(project)))) {
        const whole = commandText({ verb: 'plan', selector, extra: [] }, '').slice('plan '.length);
        const sentence = `${asked} matches no project that the rest of ${quoted(whole)} matches too.`;
        return { problem: noSuchProject(sentence, projects, null) };
      }
    }
  }
  return { chosen };
};
