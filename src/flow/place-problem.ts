import { nearest } from '../domain/nearest.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { quoted } from '../domain/quote.ts';
import { type RepoPath, root } from '../domain/repo-path.ts';
import { type Kinds, namedFilesProblem, namedPathsProblem } from './named-paths.ts';
import type { FlowPorts } from './ports.ts';
import type { Snapshot } from './snapshot.ts';

/** Asked of each project of a tree. */
export type PlaceProblems = (project: Project) => Problem | null;

/** Why a project's folder or runner cannot be used, or what its settings name is not there, as the tree has it; null: nothing is wrong. */
export const placeProblems = (
  ports: Pick<FlowPorts, 'runners'>,
  head: Pick<Snapshot, 'entries' | 'found' | 'links'>,
): PlaceProblems => {
  // A repository may have thousands of projects, and they are all asked.
  const kinds: Kinds = new Map(head.entries.map(({ path, kind }) => [path, kind]));
  return (project) =>
    folderProblem(ports, kinds, head, project) ??
    namedPathsProblem(kinds, head.links, project) ??
    namedFilesProblem(kinds, head.links, project) ??
    feedProblem(ports, project);
};

/** The folder itself, and each folder that it is in. */
const onTheWay = (dir: RepoPath): readonly string[] => {
  const names = dir.split('/');
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
};

const folderProblem = (
  { runners }: Pick<FlowPorts, 'runners'>,
  kinds: Kinds,
  { found }: Pick<Snapshot, 'found'>,
  { dir, name, settings }: Project,
): Problem | null => {
  const link = onTheWay(dir).find((path) => kinds.get(path) === 'link');
  if (link !== undefined)
    return {
      code: 'path-refused',
      sentence: `Project \`${name}\`: \`${link}\` in its dir \`${dir}\` is a symbolic link.`,
      advice: 'Name the folder itself as `dir`.',
    };
  if (dir !== root && kinds.get(dir) !== 'folder') {
    const meant = nearest(
      dir,
      found.map((one) => one.dir),
    );
    return {
      code: 'path-refused',
      sentence: `Project \`${name}\`: there is no folder \`${dir}\`.`,
      advice: `${meant === null ? '' : `Did you mean \`${meant}\`? `}Correct its \`dir\`, or remove the project.`,
    };
  }
  const runner = runners.get(settings.runner);
  const own = runner?.ownFolders.map((folder) => (dir === root ? folder : `${dir}/${folder}`)) ?? [];
  const committed = own.find((path) => kinds.has(path));
  if (committed !== undefined)
    return {
      code: 'path-refused',
      sentence: `Project \`${name}\`: \`${committed}\` is committed. Only the tool may make it: it would believe what is in there before the files that people review.`,
      advice: 'Remove it from the branch (`git rm -r --cached`) and name it in `.gitignore`.',
    };
  if (runner !== null) return null;
  const meant = nearest(settings.runner, runners.names);
  return {
    code: 'no-such-runner',
    sentence: `Project \`${name}\` asks for the runner \`${settings.runner}\`.`,
    advice: `${meant === null ? '' : `Did you mean \`${meant}\`? `}This server has: ${runners.names.map((one) => `\`${one}\``).join(', ')}.`,
  };
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
