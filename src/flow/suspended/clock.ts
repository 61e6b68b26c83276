import { nextIn, type Suspension, stageAt } from '../../domain/suspension.ts';
import { wantNudge } from '../nudge.ts';
import type { FlowPorts } from '../ports.ts';
import { endSuspension } from './end.ts';

type Ports = Pick<FlowPorts, 'store' | 'clock' | 'newId'>;

/** All that one comment suspended begins and ends together, and is told together. */
const wordsIn = (all: readonly Suspension[]): readonly (readonly [Suspension, ...Suspension[]])[] =>
  [
    ...Map.groupBy(
      all,
      ({ repo, pullNumber, commentId }) => `${repo.id}/${pullNumber} ${commentId}`,
    ).values(),
  ].flatMap(([first, ...others]) => (first === undefined ? [] : [[first, ...others] as const]));

/**
 * One turn of the clock of suspensions: what ends soon is told, what is over is ended and told, once each, where it was said. Returns
 * when to look again, in milliseconds; null where nothing is suspended.
 */
export const suspensionTurn = async (ports: Ports, ring: () => void): Promise<number | null> => {
  const { store, clock } = ports;
  let told = 0;
  for (const word of wordsIn(await store.suspensions.all())) {
    const [one] = word;
    const stage = stageAt(one, clock.now());
    if (stage === 'stands') continue;
    const { repo, pullNumber: number, commentId: comment, by, reason, until } = one;
    const about = { comment, login: by.login, reason, until };
    await store.transact(async (tables) => {
      const names: string[] = [];
      for (const each of word) {
        if (stage === 'over') {
          if (await endSuspension(tables, ports, each, null)) names.push(each.project.name);
          continue;
        }
        await tables.suspensions.remind(each.project.key, comment);
        names.push(each.project.name);
      }
      const kind = stage === 'over' ? 'suspension-over' : 'suspension-ends';
      if (names.length > 0)
        await wantNudge({ store: tables, clock }, { repo, number }, { kind, ...about, names });
    });
    told += 1;
  }
  if (told > 0) ring();
  return nextIn(await store.suspensions.all(), clock.now());
};
