import { type DriftWay, isOpenPull, newestOf } from '../../domain/drift/pull.ts';
import { projectKeyFromText } from '../../domain/ids.ts';
import { fullNameOf, ourselves, type PullRef } from '../../domain/pull.ts';
import { driftPullKept, driftPullOver, driftPullWords } from '../../render/drift-pull.ts';
import { marked } from '../../render/markdown.ts';
import type { FlowPorts } from '../ports.ts';
import { bytesOf, type Draft, digestOf } from './digest.ts';

type Ports = Pick<FlowPorts, 'forge' | 'mask' | 'store' | 'clock' | 'newId'> & {
  /** Called where there is something to be taken in. */
  readonly woken?: () => void;
};

/**
 * The newest pull request of a way about the drift of a project, as the last look left that: it says what drifts now, and is closed where nothing
 * does. Null: there is none of ours to say anything of, or people have closed it.
 */
export const driftPullDraft = async (ports: Ports, named: string, way: DriftWay): Promise<Draft | null> => {
  const { store, forge, mask } = ports;
  const key = projectKeyFromText(named);
  const [all, drift] = await Promise.all([store.driftPulls.ofProject(key), store.drifts.get(key)]);
  const newest = newestOf(all, way);
  if (newest === null || newest.number === null) return null;
  const { number, repo } = newest;
  // We may have been cut off while we closed it.
  if (!isOpenPull(newest) && newest.ended !== 'clean') return null;
  const isOver = newest.ended === 'clean' || drift?.status === 'clean';
  // What drifted is told until the end: a look that failed says nothing of it.
  const isTold = drift?.status === 'drifted' && drift.fingerprint === newest.fingerprint;
  if (!isOver && !isTold) return null;
  const words = driftPullWords(newest, isTold ? drift : null);
  const [title, body] = [mask(words.title), mask(words.body)];
  const pull: PullRef = { repo, number };
  return {
    // Another one may say just what the last one said.
    digest: digestOf(String(number), isOver ? 'closed' : 'open', title, body),
    bytes: bytesOf(body),
    send: async () => {
      const there = await forge.pull(pull);
      if (there.state !== 'open') return number;
      if (!isOver) {
        await forge.changePull(pull, { title, body, state: 'open' });
        return number;
      }
      // Somebody may have put something on it that is worth more than what it was for.
      const isOurs = there.head.sha === newest.head;
      const about = `tidegate:drift-pull:${newest.attempt}:${isOurs ? 'over' : 'kept'}`;
      const said = marked(about, isOurs ? driftPullOver(newest) : driftPullKept(newest));
      await forge.upsertComment(pull, { id: null, marker: about, body: mask(said) });
      if (!isOurs) return number;
      const at = ports.clock.now();
      // Before it is closed: to hear of that must not be taken for somebody's word.
      await store.driftPulls.put({ ...newest, ended: 'clean', endedAt: at, cleanAt: at });
      if (await forge.changePull(pull, { title, body, state: 'closed' })) await conclude(ports, pull);
      return number;
    },
  };
};

/** What was planned on it is over, and its lock is given back, whether GitHub tells us or not. */
const conclude = async ({ store, clock, newId, woken }: Ports, pull: PullRef): Promise<void> => {
  await store.deliveries.record({
    id: `tidegate-${newId()}`,
    event: 'drift_over',
    action: null,
    repository: fullNameOf(pull.repo),
    trigger: { kind: 'pull', reason: 'closed', pull, sender: ourselves },
    receivedAt: clock.now(),
  });
  woken?.();
};
