import type { TreeId } from './ids.ts';
import type { Project } from './project.ts';
import type { Run } from './run.ts';
import { isDestroying, planOtherwise } from './tool-arguments.ts';

/** What is known of where a project keeps its state. */
export interface StatePlace {
  /** The same text for the same backend, settings and workspace; null: no backend is declared. */
  readonly text: string | null;
  /** Does the text say all? Settings that come from elsewhere could be anything. */
  readonly isTold: boolean;
  /** Is nothing of it said here? Then the same text may be as many places as there are projects. */
  readonly isElsewhere: boolean;
  /** Other things that could say it, or move something into it. The same text: they are as they were. */
  readonly around: string;
  /** What it takes over from elsewhere. */
  readonly imports: readonly string[];
}

/** A project that the base branch has, and that the pull request takes away. */
export interface Ended {
  readonly project: Project;
  readonly place: StatePlace;
  /** Are files of its tool still in its folder? */
  readonly codeStays: boolean;
}

export interface EndedAmong {
  /** Projects of the head, with where they keep their state. */
  readonly now: readonly { readonly project: Project; readonly place: StatePlace }[];
  /** Those of the base branch. */
  readonly before: readonly { readonly project: Project; readonly place: StatePlace }[];
}

export type Fate =
  /** Its end is planned, from the base branch's tree. */
  | { readonly kind: 'destroy' }
  /** Another project has its state now. */
  | { readonly kind: 'moved'; readonly to: string }
  /** It may be that another one has its state: somebody has to say. `because` is a phrase. */
  | { readonly kind: 'ask'; readonly because: string }
  /** Nothing of it ends. `because` is a phrase. */
  | { readonly kind: 'left'; readonly because: string };

/** A project whose end is planned, or may be. */
export interface Ending {
  readonly project: Project;
  /** The base branch's: the last that has its code. */
  readonly tree: TreeId;
  readonly fate: Extract<Fate, { kind: 'destroy' | 'ask' }>;
}

/**
 * Is it a plan of a part of its project, or of its end while its code is there? Such a plan says nothing of the rest. Where the
 * project is taken away its end is all there is.
 */
export const isOfPart = ({ extra, project }: Pick<Run, 'extra' | 'project'>): boolean =>
  planOtherwise(project.ends !== undefined ? extra.filter((argument) => !isDestroying([argument])) : extra);

const isAsBefore = (was: StatePlace, at: StatePlace): boolean =>
  was.text === at.text && was.around === at.around && at.imports.every((one) => was.imports.includes(one));

/**
 * What becomes of a project that is taken away. Its resources are destroyed by a plan that people read, and never where another
 * project could have its state by now: then they would be destroyed below that one. That cannot be told wherever something of the
 * same pull request is new, or keeps its state elsewhere than before, but where it is the very same place. Nor where another one
 * takes things over (`import`): they could be this one's.
 */
export const fateOf = ({ place, codeStays }: Ended, { now, before }: EndedAmong): Fate => {
  if (codeStays)
    return { kind: 'left', because: 'its code stays, and nothing plans it any more: what it created stays' };
  if (place.text === null) return { kind: 'left', because: 'it has no backend, so no state of it is known' };
  const isOnly = before.filter((one) => one.place.text === place.text).length === 1;
  const heirs = now.filter((one) => one.place.text === place.text);
  const [heir] = heirs;
  if (heir !== undefined && isOnly && place.isTold && heirs.length === 1)
    return { kind: 'moved', to: heir.project.name };
  const changed = now.find(({ project: other, place: at }) => {
    const was = before.find((one) => one.project.key === other.key);
    return was === undefined || !isAsBefore(was.place, at);
  });
  if (changed !== undefined) return { kind: 'ask', because: changed.project.name };
  if (heir !== undefined && (isOnly || !place.isElsewhere))
    return { kind: 'ask', because: heir.project.name };
  return { kind: 'destroy' };
};
