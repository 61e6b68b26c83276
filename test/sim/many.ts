import { type Played, type PlayOptions, play } from './play.ts';
import { createRandom } from './random.ts';
import { type Story, storyOf } from './story.ts';

/** What many stories came to; sums of parts can be added up. */
export interface Tally {
  readonly stories: number;
  /** Applies whose tool was started, stories with one of them, and with more. */
  readonly tools: number;
  readonly applied: number;
  readonly appliedTwice: number;
  readonly facts: number;
  /** By kind of event, faults among them. */
  readonly events: Readonly<Record<string, number>>;
  readonly failed: readonly { readonly seed: number; readonly wrong: readonly string[] }[];
}

export const emptyTally: Tally = {
  stories: 0,
  tools: 0,
  applied: 0,
  appliedTwice: 0,
  facts: 0,
  events: {},
  failed: [],
};

export const add = (one: Tally, other: Tally): Tally => {
  const events: Record<string, number> = { ...one.events };
  for (const [kind, count] of Object.entries(other.events)) events[kind] = (events[kind] ?? 0) + count;
  return {
    stories: one.stories + other.stories,
    tools: one.tools + other.tools,
    applied: one.applied + other.applied,
    appliedTwice: one.appliedTwice + other.appliedTwice,
    facts: one.facts + other.facts,
    events,
    failed: [...one.failed, ...other.failed],
  };
};

export const storyOfSeed = (seed: number): Story => storyOf(createRandom(seed), seed);

const countOf = (story: Story, played: Played): Tally => {
  const events: Record<string, number> = {};
  const count = (name: string) => {
    events[name] = (events[name] ?? 0) + 1;
  };
  for (const { what } of story.events) {
    count(what.kind === 'tool' ? `tool ${what.how}` : what.kind);
    if (what.kind === 'crash' && what.again !== null) count('crash of the next server as well');
    if ('webhook' in what && what.webhook !== 'once')
      count(`webhook ${typeof what.webhook === 'number' ? 'late' : what.webhook}`);
  }
  const isBack = new Set(
    played.facts.flatMap((fact) => (fact.kind === 'run' && fact.cause === 'drift' ? [fact.run] : [])),
  );
  const tagged = played.facts.find((fact) => fact.kind === 'follows tags')?.project;
  for (const fact of played.facts) {
    if (fact.kind === 'tool started' && fact.project === tagged) count('(applies of a tag)');
    if (fact.kind === 'tool started' && isBack.has(fact.run)) count('(drift that was put back by itself)');
    if (fact.kind === 'issue made') count('(issues of projects)');
    if (fact.kind === 'suspended') count('(projects that were suspended)');
  }
  const tools = played.facts.filter(({ kind }) => kind === 'tool started').length;
  return {
    stories: 1,
    tools,
    applied: tools > 0 ? 1 : 0,
    appliedTwice: tools > 1 ? 1 : 0,
    facts: played.facts.length,
    events,
    failed: played.wrong.length === 0 ? [] : [{ seed: story.seed, wrong: played.wrong }],
  };
};

const textOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

/** Plays the stories of these seeds. A story that throws is one that failed. */
export const playMany = async (seeds: Iterable<number>, options: PlayOptions): Promise<Tally> => {
  let tally = emptyTally;
  for (const seed of seeds) {
    const story = storyOfSeed(seed);
    const unhandled: string[] = [];
    // It would end the server's process.
    const note = (error: unknown) => void unhandled.push(`nobody handled a rejection: ${textOf(error)}`);
    process.on('unhandledRejection', note);
    try {
      const played = await play(story, options);
      tally = add(tally, countOf(story, { ...played, wrong: [...played.wrong, ...unhandled] }));
    } catch (error) {
      const wrong = [`it threw: ${textOf(error)}`];
      tally = add(tally, { ...emptyTally, stories: 1, failed: [{ seed, wrong }] });
    } finally {
      process.off('unhandledRejection', note);
    }
  }
  return tally;
};
