import type { Clock } from '../../src/clock/port.ts';
import { type Kind, kinds } from './kinds.ts';
import type { Lane, SlowRead } from './lane.ts';

/** What is drawn for one try. */
export interface Wish {
  readonly kind: string;
  /** When it happens, as a share of the time that an apply usually takes from its command to its tool, and a slow read besides. */
  readonly moment: number;
  readonly areWebhooksLost: boolean;
  readonly slow: SlowRead | null;
}

export type Verdict =
  /** It happened, and nothing was applied. */
  | 'refused'
  /** It happened too late, or takes nothing away. */
  | 'applied'
  | 'WRONG'
  /** Nothing stood in its way. */
  | 'in vain';

export interface Played {
  readonly wish: Wish;
  readonly verdict: Verdict;
  /** How long before the start of the tool it had happened, in milliseconds; null where it came later, or nothing was started. */
  readonly beforeMs: number | null;
  readonly because: string;
}

/** The answers that an apply starts on are at most so old (`src/flow/recheck.ts`), and a process needs a moment to start. */
const oldestMs = 3_000 + 1_000;

interface Course {
  readonly happenedAt: number;
  /** Null: no tool was started. */
  readonly startedAt: number | null;
  /** When GitHub was asked last for what happened, before the tool was started. */
  readonly askedAt: number;
  /** When the last step before the apply was started: what is asked for the last time is asked behind it. */
  readonly preparedAt: number;
  readonly ends: readonly string[];
}

/** What nobody can do better counts for nothing: that something happened when the last question about it was answered already. */
const judge = (
  kind: Kind,
  { happenedAt, startedAt, askedAt, preparedAt, ends }: Course,
): Omit<Played, 'wish'> => {
  const said = ends.join(', ');
  if (startedAt === null)
    return { verdict: kind.stops ? 'refused' : 'in vain', beforeMs: null, because: said };
  const beforeMs = startedAt - happenedAt;
  if (!kind.stops || beforeMs <= 0)
    return { verdict: 'applied', beforeMs: kind.stops || beforeMs <= 0 ? null : beforeMs, because: said };
  const wrong =
    happenedAt < askedAt
      ? 'GitHub had said so'
      : happenedAt < preparedAt
        ? 'it was not asked for behind the step before'
        : beforeMs > oldestMs
          ? 'it was not asked for in time'
          : null;
  return { verdict: wrong === null ? 'applied' : 'WRONG', beforeMs, because: wrong ?? said };
};

/** How long an apply takes from its command to its tool, learned from those that were seen. */
export interface Usual {
  ms: number;
}

export const playTry = async (
  lane: Lane,
  clock: Clock,
  usual: Usual,
  wish: Wish,
  { name, latencyMs }: { readonly name: string; readonly latencyMs: number },
): Promise<Played> => {
  const kind = kinds[wish.kind];
  if (kind === undefined) throw new Error(`there is no kind ${wish.kind}`);
  const pull = await lane.ready(name);
  lane.setNetwork({ latencyMs, slow: wish.slow });
  const beganAt = clock.now();
  const scene = lane.ask(pull, name);
  // The command itself always comes in.
  await lane.world.hub.settled();
  if (wish.areWebhooksLost) lane.world.hub.faults.webhook({}, { kind: 'lose' });
  await clock.sleep(Math.max(0, beganAt + wish.moment * (usual.ms + (wish.slow?.ms ?? 0)) - clock.now()));
  await kind.happens(scene);
  const happenedAt = clock.now();
  const ends = await lane.ended(pull);
  const { questions, tools } = lane.since(beganAt);
  const startedAt = tools.find(({ step }) => step === 'apply')?.at ?? null;
  const before = <T extends { readonly at: number }>(of: readonly T[]): number =>
    of.findLast(({ at }) => startedAt !== null && at < startedAt)?.at ?? 0;
  const askedBy = kind.askedBy(scene);
  const course: Course = {
    happenedAt,
    startedAt,
    askedAt: before(questions.filter(({ text }) => askedBy.test(text))),
    preparedAt: before(tools.filter(({ step }) => step !== 'apply')),
    ends,
  };
  if (startedAt !== null && wish.slow === null) usual.ms += (startedAt - beganAt - usual.ms) / 3;
  const played = { wish, ...judge(kind, course) };
  await kind.undo?.(scene);
  await lane.close(pull);
  return played;
};
