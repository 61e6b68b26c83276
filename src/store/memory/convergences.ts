import type { Convergence } from '../../domain/convergence/convergence.ts';
import type { Convergences } from '../convergences/port.ts';
import { asStored, type Enter, type MemoryTables } from './tables.ts';

const inOrder = (one: Convergence, other: Convergence): number =>
  one.since - other.since || (one.run < other.run ? -1 : 1);

export const createConvergences = ({ convergences, unsettled }: MemoryTables, enter: Enter): Convergences => {
  const open = (): readonly Convergence[] =>
    [...convergences.values()].filter(({ outcome }) => outcome === null).toSorted(inOrder);
  return {
    add: (one) =>
      enter(() => {
        if (convergences.has(one.run)) return 'known';
        convergences.set(one.run, asStored(one));
        return 'new';
      }),
    ofRuns: (runs) => enter(() => [...convergences.values()].filter(({ run }) => runs.includes(run))),
    get: (run) => enter(() => convergences.get(run) ?? null),
    open: () => enter(open),
    openOf: (project) => enter(() => open().findLast((one) => one.project === project) ?? null),
    put: (one) =>
      enter(() => {
        if (convergences.has(one.run)) convergences.set(one.run, asStored(one));
      }),
    unsettled: (project) =>
      enter(() =>
        [...unsettled.values()]
          .filter((one) => one.project === project)
          .toSorted((one, other) => (one.address < other.address ? -1 : 1)),
      ),
    remember: (one) =>
      enter(() => {
        unsettled.set(JSON.stringify([one.project, one.address]), asStored(one));
      }),
    forget: (project, address) =>
      enter(() => {
        unsettled.delete(JSON.stringify([project, address]));
      }),
  };
};
