/** What a server does by itself after an apply, in the order in which it does it. */
import type { ProjectKey } from '../../src/domain/ids.ts';
import type { FlowPorts } from '../../src/flow/ports.ts';
import { changed } from '../sim/twins.ts';
import type { Journal } from './history-facts.ts';

type Happened =
  /** A look; `asked`: not for a moment of its schedule. */
  | { readonly kind: 'begun'; readonly at: number; readonly asked: boolean }
  /** One has ended, and what it found is believed. `beside`: an apply of the project began or ended meanwhile. */
  | { readonly kind: 'looked'; readonly at: number; readonly beside: boolean }
  | { readonly kind: 'applied' }
  /** Its tags were looked at, and something of that is new. */
  | { readonly kind: 'tagged' };
export type Heard = Happened & { readonly project: ProjectKey };

export interface Ear {
  around(ports: FlowPorts, journal: Journal): FlowPorts;
  /** Everything since it was asked last. */
  take(): readonly Heard[];
}

export const createEar = (): Ear => {
  const heard: Heard[] = [];
  /** Looks that have their folder, and those that gave it back: how many tools had begun or ended then. */
  const looks = new Map<string, { readonly from: number; to: number | null }>();
  let read = 0;
  let journal: Journal = { facts: [], note: () => undefined };

  const tools = (): readonly { readonly project: ProjectKey; readonly at: number }[] =>
    journal.facts.flatMap((fact, at) =>
      fact.kind === 'tool started' || fact.kind === 'tool ended' ? [{ project: fact.project, at }] : [],
    );
  const catchUp = (): void => {
    for (; read < journal.facts.length; read += 1) {
      const fact = journal.facts[read];
      if (fact?.kind === 'tool ended' && fact.outcome === 'well')
        heard.push({ kind: 'applied', project: fact.project });
    }
  };
  const hear = (one: Heard): void => {
    catchUp();
    heard.push(one);
  };

  return {
    around: (ports, of) => {
      journal = of;
      const { sandbox, clock } = ports;
      const listening = changed(ports, (tables) => ({
        ...tables,
        tags: {
          ...tables.tags,
          put: async (row) => {
            await tables.tags.put(row);
            hear({ kind: 'tagged', project: row.project });
          },
        },
        drifts: {
          ...tables.drifts,
          begin: async (before, tickAt, underWay) => {
            const row = await tables.drifts.get(before.project);
            const isBegun = await tables.drifts.begin(before, tickAt, underWay);
            const asked = row?.askedAt != null;
            if (isBegun) hear({ kind: 'begun', project: before.project, at: tickAt, asked });
            return isBegun;
          },
          put: async (row) => {
            const before = await tables.drifts.get(row.project);
            await tables.drifts.put(row);
            if (row.checkedAt === null || row.checkedAt === before?.checkedAt) return;
            const look = looks.get(before?.underWay?.look ?? '');
            // The look behind an apply may end while another one goes on.
            const isOver = look !== undefined && look.to !== null;
            const beside =
              isOver && tools().some(({ project, at }) => project === row.project && at >= look.from);
            hear({ kind: 'looked', project: row.project, at: clock.now(), beside });
          },
        },
      }));
      return {
        ...listening,
        sandbox: {
          ...sandbox,
          open: async (spec) => {
            const session = await sandbox.open(spec);
            if (spec.standsBack !== true) return session;
            const look = { from: journal.facts.length, to: null as number | null };
            looks.set(spec.runId, look);
            return {
              ...session,
              dispose: async () => {
                look.to = journal.facts.length;
                await session.dispose();
              },
            };
          },
        },
      };
    },
    take: () => {
      catchUp();
      return heard.splice(0);
    },
  };
};
