import { nearest } from '../domain/nearest.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { isWithin } from '../domain/repo-path.ts';
import type { TreeEntry } from '../git/port.ts';
import { namedPathsProblem } from './named-paths.ts';
import type { FlowPorts } from './ports.ts';
import type { Snapshot } from './snapshot.ts';

/** Why a project's folder or runner cannot be used, as the tree has it. */
export const placeProblem = (
  ports: Pick<FlowPorts, 'runners'>,
  head: Pick<Snapshot, 'entries' | 'found' | 'links'>,
  project: Project,
): Problem | null => {
  const { dir, name, settings } = project;
  const link = head.entries.find((entry) => entry.kind === 'link' && isWithin(dir, entryPath(entry)));
  if (link !== undefined)
    return {
      code: 'path-refused',
      sentence: `Project \`${name}\`: \`${link.path}\` in its dir \`${dir}\` is a symbolic link.`,
      advice: 'Name the folder itself as `dir`.',
    };
  if (dir !== '.' && !head.entries.some((entry) => entry.kind === 'folder' && entry.path === dir)) {
    const meant = nearest(
      dir,
      head.found.map((found) => found.dir),
    );
    return {
      code: 'path-refused',
      sentence: `Project \`${name}\`: there is no folder \`${dir}\`.`,
      advice: `${meant === null ? '' : `Did you mean \`${meant}\`? `}Correct its \`dir\`, or remove the project.`,
    };
  }
  const runner = ports.runners.get(settings.runner);
  const own = runner?.ownFolders.map((folder) => (dir === '.' ? folder : `${dir}/${folder}`)) ?? [];
  const committed = head.entries.find((entry) => own.includes(entry.path));
  if (committed !== undefined)
    return {
      code: 'path-refused',
      sentence: `Project \`${name}\`: \`${committed.path}\` is committed. Only the tool may make it: it would believe what is in there before the files that people review.`,
      advice: 'Remove it from the branch (`git rm -r --cached`) and name it in `.gitignore`.',
    };
  if (runner === null) {
    const meant = nearest(settings.runner, ports.runners.names);
    return {
      code: 'no-such-runner',
      sentence: `Project \`${name}\` asks for the runner \`${settings.runner}\`.`,
      advice: `${meant === null ? '' : `Did you mean \`${meant}\`? `}This server has: ${ports.runners.names.map((runner) => `\`${runner}\``).join(', ')}.`,
    };
  }
  return namedPathsProblem(head, project);
};

// A path that Git stores may be one that we refuse elsewhere; here it is only compared.
const entryPath = (entry: TreeEntry) => entry.path as Parameters<typeof isWithin>[1];
