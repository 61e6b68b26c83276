import type { Random } from './random.ts';
import { type Misbehaviour, misbehaviours } from './tools.ts';

/** What becomes of the webhook of an event. `late`: after so many milliseconds, so later ones pass it. */
export type Webhook = 'once' | 'lost' | 'twice' | number;

export type Person = 'ada' | 'grace' | 'margaret' | 'mallory';

/** One thing that happens to the story's world. */
export type Happening =
  | { readonly kind: 'push'; readonly pull: number; readonly to: string; readonly webhook: Webhook }
  | {
      readonly kind: 'comment';
      readonly pull: number;
      readonly by: Person;
      readonly text: string;
      readonly webhook: Webhook;
    }
  | {
      readonly kind: 'approve' | 'take back';
      readonly pull: number;
      readonly by: Person;
      readonly webhook: Webhook;
    }
  | { readonly kind: 'close' | 'reopen'; readonly pull: number; readonly webhook: Webhook }
  | {
      readonly kind: 'merge';
      readonly pull: number;
      readonly webhook: Webhook;
      readonly way: 'commit' | 'squash';
    }
  | { readonly kind: 'base moves'; readonly in: string }
  /** Somebody changes the world, and not through us: to something else, or `back` to what was applied last. */
  | { readonly kind: 'world changes'; readonly in: string; readonly back: boolean }
  /** On the issue that tells of the project's drift, where there is one. */
  | {
      readonly kind: 'comment on issue';
      readonly of: string;
      readonly by: Person;
      readonly text: string;
      readonly webhook: Webhook;
    }
  /** A tag of the next version is put on `main`, or the highest one is put there in its place, or deleted. */
  | { readonly kind: 'tag' | 'tag moves' | 'tag goes'; readonly webhook: Webhook }
  /** Time went by until here. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'tool'; readonly verb: 'plan' | 'apply'; readonly how: Misbehaviour }
  /** The server dies at its n-th call from then on, `again` at the n-th of the next one's. */
  | {
      readonly kind: 'crash';
      readonly at: number;
      readonly when: 'before' | 'after';
      readonly again: number | null;
      readonly downMs: number;
    }
  | { readonly kind: 'reboot'; readonly downMs: number }
  | { readonly kind: 'forge away'; readonly ms: number }
  | { readonly kind: 'forge limits'; readonly retryAfterMs: number | null }
  | { readonly kind: 'forge loses answers'; readonly count: number }
  | { readonly kind: 'forge has it no more'; readonly count: number }
  | { readonly kind: 'fetch fails'; readonly count: number }
  | { readonly kind: 'clock jumps'; readonly ms: number };

export interface Event {
  /** Milliseconds after the one before. */
  readonly after: number;
  readonly what: Happening;
}

/** When a project is applied. `first`: by itself, if its plan updates nothing; `always`: by itself, whatever it is. */
export type Mode = 'command' | 'merge' | 'first' | 'always';

/** What is done about a world that is not as it was applied. */
export const driftModes = ['off', 'detect', 'issue', 'apply'] as const;
export type DriftMode = (typeof driftModes)[number];

export interface Story {
  readonly seed: number;
  readonly projects: readonly string[];
  /** One for each project. */
  readonly modes: readonly Mode[];
  /** The same of drift; and one more, for `tagged`, where that is watched as well. */
  readonly drift: readonly DriftMode[];
  /** A folder that follows tags, beside the others; null: there is none. */
  readonly tagged: string | null;
  /** The project whose applies need an approval; null for none. */
  readonly guarded: string | null;
  readonly pulls: number;
  readonly parallelRuns: number;
  readonly events: readonly Event[];
}

const folders = ['app', 'db', 'network'] as const;

const webhook = (random: Random, calm: boolean): Webhook => {
  if (calm || random.chance(0.8)) return 'once';
  return random.pick<() => Webhook>([() => 'lost', () => 'twice', () => random.int(1_000, 300_000)])();
};

const texts = (random: Random, projects: readonly string[]): string =>
  random.pick<() => string>([
    () => '/plan',
    () => `/plan -d ${random.pick(projects)}`,
    () => '/apply',
    () => '/apply',
    () => '/apply',
    () => '/apply',
    () => '/apply',
    () => '/apply',
    () => `/apply -d ${random.pick(projects)}`,
    () => `/apply -d ${random.pick(projects)}`,
    () => '/unlock',
    () => `/unlock -d ${random.pick(projects)}`,
    () => '/cancel',
    () => `/cancel -d ${random.pick(projects)}`,
    () => `/suspend -d ${random.pick(projects)} ${random.pick(['1h', '6h', '2d'])} it is looked into`,
    () => `/resume -d ${random.pick(projects)}`,
  ])();

const hourMs = 3_600_000;

const pause = (random: Random): number =>
  random.pick([() => random.int(0, 200), () => random.int(500, 20_000), () => random.int(20_000, 180_000)])();

type Kind = Happening['kind'];
type Weights = Readonly<
  Record<Exclude<Kind, 'take back' | 'reopen' | 'tick' | 'tag' | 'tag moves' | 'tag goes'>, number>
>;

const people: Weights = {
  push: 9,
  comment: 22,
  approve: 7,
  close: 2,
  merge: 3,
  'base moves': 3,
  'world changes': 1,
  'comment on issue': 1,
  tool: 0,
  crash: 0,
  reboot: 0,
  'forge away': 0,
  'forge limits': 0,
  'forge loses answers': 0,
  'forge has it no more': 0,
  'fetch fails': 0,
  'clock jumps': 0,
};

const faults: Weights = {
  ...people,
  tool: 5,
  crash: 6,
  reboot: 1,
  'forge away': 2,
  'forge limits': 2,
  'forge loses answers': 3,
  'forge has it no more': 1,
  'fetch fails': 1,
  'clock jumps': 0.6,
};

const wayOf = (random: Random): 'commit' | 'squash' => random.pick(['commit', 'squash'] as const);

const happen = (random: Random, story: Pick<Story, 'projects' | 'pulls'>, calm: boolean): Happening => {
  const pull = random.int(1, story.pulls);
  const hook = () => webhook(random, calm);
  const kind = random.weighted(calm ? people : faults);
  switch (kind) {
    case 'push':
      return { kind, pull, to: random.pick(story.projects), webhook: hook() };
    case 'comment': {
      const by = random.pick<Person>(['ada', 'grace', 'ada', 'grace', 'margaret', 'margaret', 'mallory']);
      return { kind, pull, by, text: texts(random, story.projects), webhook: hook() };
    }
    case 'approve':
      return {
        kind: random.chance(0.8) ? 'approve' : 'take back',
        pull,
        by: random.pick<Person>(['grace', 'grace', 'margaret', 'margaret', 'mallory', 'ada']),
        webhook: hook(),
      };
    case 'close':
      return { kind: random.chance(0.5) ? 'close' : 'reopen', pull, webhook: hook() };
    case 'merge':
      return { kind, pull, webhook: hook(), way: wayOf(random) };
    case 'base moves':
      return { kind, in: random.pick([...story.projects, 'docs']) };
    case 'world changes':
      return { kind, in: random.pick(story.projects), back: random.chance(0.3) };
    case 'comment on issue': {
      const by = random.pick<Person>(['ada', 'grace', 'margaret', 'mallory']);
      const text = random.pick(['/plan', '/apply', '/apply', '/unlock', '/cancel']);
      return { kind, of: random.pick(story.projects), by, text, webhook: hook() };
    }
    case 'tool':
      return {
        kind,
        verb: random.pick(['plan', 'apply', 'apply'] as const),
        how: random.pick(misbehaviours),
      };
    case 'crash':
      return {
        kind,
        at: random.pick([() => random.int(1, 6), () => random.int(1, 80)])(),
        when: random.pick(['before', 'after'] as const),
        again: random.chance(0.3) ? random.int(1, 30) : null,
        downMs: random.int(0, 60_000),
      };
    case 'reboot':
      return { kind, downMs: random.int(1_000, 120_000) };
    case 'forge away':
      return { kind, ms: random.pick([5_000, 60_000, 400_000]) };
    case 'forge limits':
      return { kind, retryAfterMs: random.pick([null, 1_000, 60_000]) };
    case 'forge loses answers':
    case 'forge has it no more':
    case 'fetch fails':
      return { kind, count: random.int(1, 3) };
    case 'clock jumps':
      return { kind, ms: random.pick([3_600_000, 86_400_000, -3_600_000, -60_000]) };
    default: {
      const never: never = kind;
      return never;
    }
  }
};

type Cast = Pick<Story, 'projects' | 'modes' | 'pulls' | 'guarded' | 'drift'>;

/** A project that is watched is applied and merged, so that there is something that the world can differ from. */
const lands = (random: Random, { projects, guarded, drift, pulls }: Cast): readonly Event[] => {
  const to = projects.find((_, index) => drift[index] !== 'off');
  if (to === undefined) return [];
  const pull = random.int(1, pulls);
  const webhook = 'once';
  const by = 'margaret';
  return [
    { after: random.int(0, 5_000), what: { kind: 'push', pull, to, webhook } },
    ...(to === guarded
      ? [{ after: random.int(40_000, 90_000), what: { kind: 'approve', pull, by, webhook } } as const]
      : []),
    { after: random.int(60_000, 120_000), what: { kind: 'comment', pull, by, text: '/apply', webhook } },
    { after: random.int(60_000, 200_000), what: { kind: 'merge', pull, webhook, way: wayOf(random) } },
    { after: random.int(100_000, 200_000), what: { kind: 'tick' } },
  ];
};

/** The world is changed, found to be so, and put back by somebody, or by itself; perhaps somebody wants it left alone meanwhile. */
const drifts = (random: Random, { projects, pulls, drift }: Cast, calm: boolean): readonly Event[] => {
  const [of] = projects.filter((_, index) => drift[index] !== 'off');
  if (of === undefined) return [];
  const hook = () => webhook(random, calm);
  const by = () => random.pick<Person>(['ada', 'grace', 'margaret']);
  const events: Event[] = [
    { after: pause(random), what: { kind: 'world changes', in: of, back: false } },
    { after: random.int(hourMs, 3 * hourMs), what: { kind: 'tick' } },
  ];
  if (random.chance(0.3)) {
    const text = `/suspend -d ${of} 2h it is looked into`;
    const pull = random.int(1, pulls);
    events.unshift({
      after: pause(random),
      what: { kind: 'comment', pull, by: 'margaret', text, webhook: hook() },
    });
  }
  for (const text of random.pick([[], ['/plan'], ['/plan', '/apply'], ['/plan', '/apply', '/apply']]))
    events.push({
      after: random.int(20_000, 200_000),
      what: { kind: 'comment on issue', of, by: by(), text, webhook: hook() },
    });
  if (random.chance(0.3))
    events.push({ after: random.int(1_000, hourMs), what: { kind: 'world changes', in: of, back: true } });
  if (random.chance(0.4)) events.push({ after: random.int(hourMs, 4 * hourMs), what: { kind: 'tick' } });
  return events;
};

/** Two are merged, in the order in which they planned or the other way round, and somebody applies what stops. */
const merges = (random: Random, { pulls }: Cast, calm: boolean): readonly Event[] => {
  const hook = () => webhook(random, calm);
  const order = random.pick([[1, 2], [2, 1], [random.int(1, pulls)]]);
  const by = () => random.pick<Person>(['ada', 'grace', 'margaret']);
  const events: Event[] = order.map((pull) => ({
    after: random.pick([() => random.int(0, 5_000), () => random.int(20_000, 100_000)])(),
    what: { kind: 'merge', pull, webhook: hook(), way: wayOf(random) },
  }));
  for (const pull of order.toSorted(() => (random.chance(0.5) ? 1 : -1)))
    if (random.chance(0.6))
      events.push({
        after: random.int(30_000, 200_000),
        what: { kind: 'comment', pull, by: by(), text: '/apply', webhook: hook() },
      });
  return events;
};

/** What is done most days: a push, an approval, and an apply when the plan is there. Chance alone seldom finds that order. */
const routine = (
  random: Random,
  { projects, pulls, guarded, modes }: Cast,
  calm: boolean,
): readonly Event[] => {
  // Most often the first one: it has the lock that the others wait for.
  const pull = random.chance(0.6) ? 1 : random.int(1, pulls);
  const hook = () => webhook(random, calm);
  const events: Event[] = [];
  if (random.chance(0.6))
    events.push({
      after: random.int(0, 30_000),
      what: { kind: 'push', pull, to: random.pick(projects), webhook: hook() },
    });
  if (guarded !== null && random.chance(0.9))
    events.push({
      after: random.int(1_000, 40_000),
      what: { kind: 'approve', pull, by: random.pick<Person>(['grace', 'margaret']), webhook: hook() },
    });
  const by = random.pick<Person>(['ada', 'grace', 'margaret']);
  const after = random.int(40_000, 120_000);
  if (modes.includes('merge') && random.chance(0.6))
    events.push({ after, what: { kind: 'merge', pull, webhook: hook(), way: wayOf(random) } });
  else events.push({ after, what: { kind: 'comment', pull, by, text: '/apply', webhook: hook() } });
  if (!calm && random.chance(0.4)) {
    const downMs = random.int(0, 60_000);
    const when = random.pick(['before', 'after'] as const);
    const crash = { kind: 'crash', at: random.int(1, 120), when, again: null, downMs } as const;
    events.push({
      after: random.int(0, 20_000),
      what: random.chance(0.85) ? crash : { kind: 'reboot', downMs },
    });
  }
  return events;
};

/** A version is tagged and applied; now and then somebody moves the tag, or deletes it, at any moment of that. */
const releases = (random: Random, of: string, calm: boolean): readonly Event[] => {
  const hook = () => webhook(random, calm);
  const at = () => random.pick([() => random.int(0, 3_000), () => random.int(20_000, 120_000)])();
  const odd = (): readonly Event[] =>
    random.chance(0.3)
      ? [
          { after: at(), what: { kind: 'base moves', in: of } },
          { after: at(), what: { kind: random.pick(['tag moves', 'tag goes'] as const), webhook: hook() } },
        ]
      : [];
  const by = random.pick<Person>(['ada', 'grace', 'margaret', 'mallory']);
  return [
    { after: pause(random), what: { kind: 'base moves', in: of } },
    { after: at(), what: { kind: 'tag', webhook: hook() } },
    ...odd(),
    {
      after: random.int(40_000, 120_000),
      what: { kind: 'comment on issue', of, by, text: '/apply', webhook: hook() },
    },
    ...odd(),
  ];
};

/** The story of a seed. Every tenth has no faults but people. */
export const storyOf = (random: Random, seed: number): Story => {
  const projects = random.chance(0.5) ? folders : folders.slice(0, 2);
  const pulls = random.int(2, 4);
  const calm = random.chance(0.1);
  const guarded = random.chance(0.4) ? random.pick(projects) : null;
  const modes = projects.map(() => random.weighted<Mode>({ command: 5, merge: 4, first: 1, always: 1 }));
  const isWatched = random.chance(0.4);
  const drift = projects.map(() =>
    isWatched ? random.weighted<DriftMode>({ off: 1, detect: 1, issue: 3, apply: 3 }) : 'off',
  );
  const cast = { projects, modes, pulls, guarded, drift };
  const tagged = random.chance(0.2) ? 'edge' : null;
  const events: Event[] = [];
  for (let pull = 1; pull <= pulls; pull += 1)
    events.push({
      after: random.int(0, 5_000),
      what: { kind: 'push', pull, to: random.pick(projects), webhook: webhook(random, calm) },
    });
  if (tagged !== null) events.push(...releases(random, tagged, calm));
  if (isWatched && random.chance(0.8)) events.push(...lands(random, cast), ...drifts(random, cast, calm));
  else events.push(...routine(random, cast, calm));
  for (let left = random.int(4, 16); left > 0; left -= 1)
    if (random.chance(0.12)) events.push(...routine(random, cast, calm));
    else if (tagged !== null && random.chance(0.2)) events.push(...releases(random, tagged, calm));
    else if (isWatched && random.chance(0.15)) events.push(...drifts(random, cast, calm));
    else if (modes.includes('merge') && random.chance(0.06)) events.push(...merges(random, cast, calm));
    else events.push({ after: pause(random), what: happen(random, cast, calm) });
  return { seed, projects, modes, drift, tagged, guarded, pulls, parallelRuns: random.int(1, 3), events };
};
