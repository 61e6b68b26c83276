/**
 * When may what was approved be applied? A small model, of what people and the comment did alone: it knows nothing of how
 * Tidegate finds that out, and has nothing of its code.
 */

/** What happened, each at a tick: a place between two calls of the server. `at`: Unix milliseconds of the forge. */
export type Told = { readonly tick: number } & (
  | { readonly kind: 'head'; readonly text: string }
  | { readonly kind: 'base'; readonly text: string; readonly needed: number }
  | {
      readonly kind: 'review';
      readonly who: string;
      readonly says: 'yes' | 'no' | 'nothing';
      readonly at: number;
    }
  | { readonly kind: 'may write'; readonly who: string; readonly may: boolean }
  | { readonly kind: 'comment written'; readonly body: string; readonly at: number }
  | { readonly kind: 'comment altered' }
  | { readonly kind: 'command altered'; readonly id: number }
  /** The server asks for a fact, to decide by it; what happened before this tick is in the answer. */
  | { readonly kind: 'asks'; readonly what: string }
  /** The tool of an apply stands ready: whatever is asked for from now on is asked for this apply, or later. */
  | { readonly kind: 'ready'; readonly run: string }
);

export interface Applying {
  readonly run: string;
  /** Id of the comment that asked for it. */
  readonly command: number;
  /** Texts that the plan is made of. */
  readonly plan: readonly string[];
}

type Of<Kind extends Told['kind']> = Extract<Told, { kind: Kind }>;

const of = <Kind extends Told['kind']>(told: readonly Told[], kind: Kind): readonly Of<Kind>[] =>
  told.filter((one): one is Of<Kind> => one.kind === kind);

const second = (ms: number): number => Math.floor(ms / 1_000);

/** From when on, without a break, the comment has shown this plan; null: it does not. */
const shownSince = (told: readonly Told[], plan: readonly string[]): number | null => {
  let since: number | null = null;
  for (const one of told) {
    if (one.kind === 'comment altered') since = null;
    if (one.kind === 'comment written')
      since = plan.every((text) => one.body.includes(text)) ? (since ?? one.at) : null;
  }
  return since;
};

/**
 * Why this must not be applied; null where it may. What counts of each thing is what it was when it was asked for,
 * the first time since the tool stood ready: what changes after that comes too late.
 */
export const whyNot = (told: readonly Told[], { run, command, plan }: Applying): string | null => {
  const ready = of(told, 'ready').find((one) => one.run === run)?.tick;
  if (ready === undefined) return 'nothing was asked for at all';
  const until = (what: string): readonly Told[] => {
    const asked = of(told, 'asks').find((one) => one.what === what && one.tick >= ready);
    return asked === undefined ? told : told.filter(({ tick }) => tick < asked.tick);
  };
  const tree = until('fetch');
  const base = of(tree, 'base').at(-1);
  const head = of(tree, 'head').at(-1);
  if (base === undefined || head === undefined) return 'there is nothing to plan';
  const means = [head.text, base.text];
  if (means.some((text) => !plan.includes(text)) || plan.length !== means.length)
    return `what would be planned is ${means.join(' and ')}, not ${plan.join(' and ')}`;
  if (of(until(`comment ${command}`), 'command altered').some(({ id }) => id === command))
    return 'whoever asked said something else by then';
  const board = until('comment of ours').findLast(
    ({ kind }) => kind === 'comment written' || kind === 'comment altered',
  );
  if (board?.kind !== 'comment written') return 'the comment said something else by then';
  const reviews = until('reviews');
  const people = new Set(of(reviews, 'review').map(({ who }) => who));
  const behind = [...people].filter((who) => {
    const last = of(reviews, 'review').findLast((one) => one.who === who);
    if (last?.says !== 'yes') return false;
    if (of(until(`permission ${who}`), 'may write').findLast((one) => one.who === who)?.may !== true)
      return false;
    const since = shownSince(
      told.filter(({ tick }) => tick < last.tick),
      plan,
    );
    return since !== null && second(since) < second(last.at);
  });
  if (behind.length >= base.needed) return null;
  return `${behind.length} of ${base.needed} had approved what the comment showed`;
};
