import { everything } from './command.ts';
import { commandText } from './command-text.ts';
import type { Problem } from './problem.ts';
import type { Project } from './project.ts';
import type { Actor, RepoRef } from './pull.ts';
import { quoted, quotedList } from './quote.ts';

/** Somebody's word that nothing is applied to a project for a time. It is of the project, whatever pull request it was said on. */
export interface Suspension {
  /** As it was then: its key is what is suspended. */
  readonly project: Project;
  readonly repo: RepoRef;
  /** Where it was said, and is told of again. */
  readonly pullNumber: number;
  readonly commentId: number;
  readonly by: Actor;
  readonly reason: string;
  /** Unix milliseconds by our clock, as the next. */
  readonly since: number;
  readonly until: number;
  /** Its end was told beforehand. */
  readonly reminded: boolean;
}

/** The same, written in a file of the base branch or of the operator. */
export interface SuspendedInGit {
  readonly by: string;
  readonly reason: string;
  /** Unix milliseconds. */
  readonly until: number;
  /** `tidegate.yaml of the base branch, line 7` */
  readonly source: string;
}

/** What stands between a project and every apply, whoever said it and where. */
export interface InForce {
  readonly by: string;
  readonly reason: string;
  readonly until: number;
  /** Null: since it was written into a file. */
  readonly since: number | null;
  /** Of a file; null: a comment. */
  readonly source: string | null;
}

/** Is it over? What ends at this very moment is. */
export const isOver = ({ until }: Pick<InForce, 'until'>, now: number): boolean => until <= now;

/** What holds at this moment, the one that ends last first: all of them have to be over. */
export const inForce = (
  said: readonly Suspension[],
  written: readonly SuspendedInGit[],
  now: number,
): readonly InForce[] =>
  [
    ...said.map(({ by, reason, until, since }) => ({ by: by.login, reason, until, since, source: null })),
    ...written.map(({ by, reason, until, source }) => ({ by, reason, until, since: null, source })),
  ]
    .filter((one) => !isOver(one, now))
    .toSorted((one, other) => other.until - one.until);

const minute = 60_000;

/** When its end is told beforehand: half an hour before, or when a quarter of a shorter one is left. */
export const remindAt = ({ since, until }: Pick<Suspension, 'since' | 'until'>): number =>
  until - Math.min(30 * minute, Math.floor((until - since) / 4));

/** What is to be done about one now: nothing, to tell of its end beforehand, or to end it. */
export const stageAt = (
  one: Pick<Suspension, 'since' | 'until' | 'reminded'>,
  now: number,
): 'stands' | 'ends-soon' | 'over' => {
  if (isOver(one, now)) return 'over';
  return !one.reminded && remindAt(one) <= now ? 'ends-soon' : 'stands';
};

/** How long until something is to be done about one of them; null: never. */
export const nextIn = (
  all: readonly Pick<Suspension, 'since' | 'until' | 'reminded'>[],
  now: number,
): number | null => {
  const next = all.map((one) => (one.reminded ? one.until : Math.min(remindAt(one), one.until)));
  return next.length === 0 ? null : Math.max(0, Math.min(...next) - now);
};

/** `2026-11-23 08:00 UTC` */
export const momentText = (at: number): string =>
  `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** Behind "is" or "was": "suspended by `ada` until 2026-11-23 08:00 UTC: `the cluster is being moved`". */
export const suspendedText = ({ by, until, reason, source }: InForce): string =>
  `suspended by ${quoted(by)}${source === null ? '' : ` in ${source}`} until ${momentText(until)}: ${quoted(reason)}`;

/** Behind "waits for". */
export const suspensionNeeds = ({ by, until }: InForce): string =>
  `its suspension by ${quoted(by)} to end (${momentText(until)})`;

/** Why nothing is applied. */
export const suspendedProblem = (name: string, [first, ...others]: readonly InForce[]): Problem => ({
  code: 'suspended',
  sentence:
    first === undefined
      ? `Whether ${quoted(name)} is suspended could not be read.`
      : `${quoted(name)} is ${suspendedText(first)}${others.length === 0 ? '' : ` (and by ${quotedList([...new Set(others.map(({ by }) => by))])})`}`,
  advice:
    first?.source == null
      ? `Nothing is applied to it until then, and plans go on. Whoever may suspend it ends that with ${quoted(commandText({ verb: 'resume', selector: { ...everything, names: [name] }, extra: [] }))}.`
      : 'Nothing is applied to it until then, and plans go on. It ends sooner when `suspend` is taken out of that file.',
});
