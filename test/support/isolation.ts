import path from 'node:path';
import { inject } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { chooseIsolation, type IsolationWish } from '../../src/sandbox/local/isolation/choose.ts';
import { type Isolation, noIsolation } from '../../src/sandbox/local/isolation/isolation.ts';
import { programs } from './server-programs.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Set by the configuration of `npm run test:sandbox`; absent in `npm test`, which needs no bubblewrap. */
    isolation?: Isolation['kind'];
  }
}

/** What this run of the tests puts around tools: nothing, unless its configuration says otherwise. */
const isolationKind: Isolation['kind'] = inject('isolation') ?? 'none';

/** The isolation itself, for the runs in `runsFolder`. Throws where it does not work here: such tests are not skipped. */
export const isolationFor = async (
  runsFolder: string,
  wish: Partial<IsolationWish> = {},
): Promise<Isolation> => {
  if (isolationKind === 'none' && wish.kind === undefined) return noIsolation;
  const chosen = await chooseIsolation({
    kind: isolationKind,
    programs,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    dataFolder: path.dirname(runsFolder),
    runsFolder,
    readOnly: { plan: [], apply: [] },
    providerMirror: null,
    passed: { plan: {}, apply: {} },
    network: { plan: true, apply: true },
    stateFolder: null,
    clock: createSystemClock(),
    limits: { processes: 2048, memoryBytes: 8e9, fileBytes: 8e9 },
    ...wish,
  });
  if ('refused' in chosen) throw new Error(`no isolation here: ${chosen.refused}`);
  return chosen.isolation;
};
