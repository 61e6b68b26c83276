import type { Dependency, Feed, FeedSource, Project } from '../domain/project.ts';
import { quoted } from '../domain/quote.ts';
import type { ListedProject } from './listed-projects.ts';
import type { RawProject } from './repository-schema.ts';
import type { BroughtSetting, GivenFeed } from './types.ts';

const mostFeeds = 100;

/** What is wrong with one of an entry's feeds, by its name. */
export interface WrongFeed {
  readonly name: string;
  readonly sentence: string;
  readonly advice: string;
}

/** Only outputs that are in `depends_on`: so it is planned after them, and anew when they change. */
export const wrongFeed = (
  name: string,
  feeds: readonly GivenFeed[],
  dependsOn: readonly Dependency[],
): WrongFeed | null => {
  if (feeds.length > mostFeeds)
    return {
      name: feeds[mostFeeds]?.name ?? '',
      sentence: `${quoted(name)} has more than ${mostFeeds} feeds.`,
      advice: 'Put values together in one output.',
    };
  for (const one of feeds) {
    const need = dependsOn.find((candidate) => candidate.name === one.project);
    if (need === undefined || need.outputs?.includes(one.output) === false)
      return {
        name: one.name,
        sentence: `${quoted(name)} is fed ${quoted(one.name)} from the output ${quoted(one.output)} of ${quoted(one.project)}, which its ${quoted('depends_on')} does not name.`,
        advice: `Add \`{project: ${one.project}, outputs: [${one.output}]}\` to it.`,
      };
    const above = feeds.find((other) => one.name.startsWith(`${other.name}.`));
    if (above !== undefined)
      return {
        name: one.name,
        sentence: `${quoted(one.name)} would lie inside of ${quoted(above.name)}, which is fed as well.`,
        advice: 'Feed the one or the other.',
      };
  }
  return null;
};

export const feedsIn = ({ feeds = {} }: RawProject, lineOf: (name: string) => number): readonly GivenFeed[] =>
  Object.entries(feeds).map(([name, one]) => ({ name, ...one, line: lineOf(name) }));

/** A project where it lies, whatever it is called. */
type Places = ReadonlyMap<string, string>;

export const placesOf = (projects: readonly Pick<ListedProject, 'name' | 'dir' | 'workspace'>[]): Places =>
  new Map(projects.map(({ name, dir, workspace }) => [name, `${dir}\0${workspace}`]));

/**
 * What of a project's feeds only the head says. A name may be another project's by now: what counts is the place whose outputs are
 * read. One that the head leaves out is left out: it reads less.
 */
export const broughtFeeds = (
  { head, base }: { readonly head: readonly GivenFeed[]; readonly base: readonly GivenFeed[] },
  places: { readonly head: Places; readonly base: Places },
): readonly Omit<BroughtSetting, 'file'>[] =>
  head.flatMap(({ name, project, output, line }) => {
    const before = base.find((one) => one.name === name);
    const place = places.head.get(project);
    const isSame =
      before?.output === output && place !== undefined && places.base.get(before.project) === place;
    return isSame ? [] : [{ key: `feeds.${name}`, value: `${output} of ${project}`, line }];
  });

const sourceOf = ({ key, dir, workspace, settings }: Project): FeedSource => {
  const { runner, version, backendFiles, env, reads } = settings;
  return { key, dir, workspace, settings: { runner, version, backendFiles, env, reads } };
};

/** With where each is read, in the order of their names. */
export const settledFeeds = (
  feeds: readonly GivenFeed[],
  projects: ReadonlyMap<string, Project>,
): readonly Feed[] =>
  feeds
    .map(({ name, project, output }): Feed => {
      const from = projects.get(project);
      return { name, project, output, from: from === undefined ? null : sourceOf(from) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
