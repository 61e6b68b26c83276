import { laidOutFor } from '../config/reads.ts';
import { isLocal, resolveSource, through } from '../domain/modules.ts';
import type { Problem } from '../domain/problem.ts';
import { type Project, settingsFolders } from '../domain/project.ts';
import { isWithin, type RepoPath, resolveFrom, root } from '../domain/repo-path.ts';
import type { Look } from './snapshot.ts';
import { filesIn, type ViewPorts, viewIn } from './views.ts';

type Head = Omit<Look, 'found'>;

/**
 * Why a project cannot be planned with what the operator lets it read, if so: a module, a file that its settings name, or what a link of
 * its leads to would not be there. What its code reads by name is not known here, and is missing for its tool.
 */
export const leftOutProblem = (ports: ViewPorts, head: Head, project: Project): Problem | null => {
  const keeps = laidOutFor(project);
  if (keeps === null) return null;
  const left = head.entries.filter(({ path, kind }) => kind !== 'folder' && !keeps(path));
  if (left.length === 0) return null;
  const { dir, settings } = project;
  const named = [
    ...settings.varFiles.map((file) => ({ key: 'var_files', path: resolveFrom(dir, file) })),
    ...settings.backendFiles.map((file) => ({ key: 'backend_files', path: resolveFrom(dir, file) })),
    ...settings.withPaths.flatMap(({ setting, text, kind }) =>
      kind === 'file' ? [{ key: `with.${setting}`, path: resolveFrom(dir, text) }] : [],
    ),
  ].flatMap(({ key, path }) => (path === null ? [] : [{ key, path }]));
  const file = named.find(({ path }) => !keeps(path));
  if (file !== undefined) return refused(project, `\`${file.key}\` names \`${file.path}\`, which`, file.path);
  const leftIn = (place: RepoPath) => left.find(({ path }) => isWithin(path, place))?.path ?? null;
  const view = viewIn(head, ports)(project);
  const folders = [dir, ...settingsFolders(project), ...view.closure.folders];
  const missing = new Set<string>(folders.filter((folder) => leftIn(folder) !== null));
  const use =
    missing.size === 0 ? null : firstUse({ files: filesIn(head, view), links: head.links }, folders, missing);
  if (use !== null) return refused(project, use.words, leftIn(use.place) ?? use.place);
  for (const { path } of named)
    for (const link of through(head.links, path).via) {
      const target = head.links.get(link) ?? null;
      const lost = target === null ? null : leftIn(target);
      if (lost !== null) return refused(project, linkTo(link, target), lost);
    }
  return null;
};

const linkTo = (link: string, target: string | null): string =>
  `\`${link}\` is a symbolic link to \`${target ?? ''}\`, which`;

interface Use {
  /** Ends with the word for what is not there. */
  readonly words: string;
  readonly place: RepoPath;
}

/** Which of the project's files asks for one of them; its own before those of its modules. */
const firstUse = (
  { files, links }: Pick<Head, 'files' | 'links'>,
  folders: readonly RepoPath[],
  missing: ReadonlySet<string>,
): Use | null => {
  for (const folder of folders)
    for (const [file, { code }] of files) {
      if (folderOf(file) !== folder) continue;
      for (const { source, line } of code.modules) {
        const target = isLocal(source) ? resolveSource(folder, source) : null;
        if (target === null) continue;
        const { real, via } = through(links, target);
        const place = [...via, real].find((one) => one !== null && missing.has(one)) ?? null;
        const at = line === null ? '' : `, line ${line},`;
        if (place !== null) return { words: `\`${file}\`${at} uses the module \`${place}\`, which`, place };
      }
    }
  for (const [link, target] of links)
    if (target !== null && missing.has(target) && folders.some((folder) => isWithin(link, folder)))
      return { words: linkTo(link, target), place: target };
  const place = folders.find((folder) => missing.has(folder));
  return place === undefined ? null : { words: `it uses \`${place}\`, which`, place };
};

const folderOf = (file: string): string => (file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : root);

const refused = ({ name, dir }: Project, what: string, missing: string): Problem => ({
  code: 'path-refused',
  sentence: `Project \`${name}\`: ${what} the operator file does not let it read: \`${missing}\` would not be there.`,
  advice: `Ask the people who run Tidegate to add it to \`reads\` of the rule for \`${dir}\`, or do without it.`,
});
