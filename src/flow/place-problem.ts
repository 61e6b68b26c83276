import { nearest } from '../domain/nearest.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { quoted } from '../domain/quote.ts';
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
  return namedPathsProblem(head, project) ?? feedProblem(ports, project);
};

/** Why it cannot be given what it asks of other projects. */
const feedProblem = (
  { runners }: Pick<FlowPorts, 'runners'>,
  { name, settings }: Project,
): Problem | null => {
  const [first] = settings.feeds;
  if (first === undefined) return null;
  if (runners.get(settings.runner)?.isFed !== true)
    return {
      code: 'config-invalid',
      sentence: `Project ${quoted(name)} has ${quoted('feeds')}, which its runner ${quoted(settings.runner)} does not take.`,
      advice: 'Take them out; a runner that takes them says `feeds: true` in its `runner.yml`.',
    };
  for (const feed of settings.feeds) {
    const source = feed.from === null ? null : runners.get(feed.from.settings.runner);
    if (source?.hasOutputs === true) continue;
    const fed = `Project ${quoted(name)} is fed ${quoted(feed.name)} from ${quoted(feed.project)}`;
    return feed.from === null
      ? {
          code: 'config-invalid',
          sentence: `${fed}, which is no project of this base branch.`,
          advice: 'Correct its `feeds`, or take it out.',
        }
      : {
          code: 'config-invalid',
          sentence: `${fed}, and the runner ${quoted(feed.from.settings.runner)} of that one has no outputs that can be read.`,
          advice: 'Take it out of `feeds`.',
        };
  }
  return null;
};

// A path that Git stores may be one that we refuse elsewhere; here it is only compared.
const entryPath = (entry: TreeEntry) => entry.path as Parameters<typeof isWithin>[1];
