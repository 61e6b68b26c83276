import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ProjectKey } from '../../src/domain/ids.ts';
import type { FlowPorts } from '../../src/flow/ports.ts';
import type { Reattached, Session, StepResult } from '../../src/sandbox/port.ts';
import type { Fact, Journal } from './history-facts.ts';
import { watchStore } from './history-store.ts';

const bytesOf = async (folder: string): Promise<string> => {
  const bytes = await readFile(path.join(folder, 'plan.bin')).catch(() => null);
  return bytes === null ? 'none' : createHash('sha256').update(bytes).digest('hex').slice(0, 16);
};

const outcomeOf = ({ ended, exitCode }: StepResult): 'well' | 'failed' | 'unknown' => {
  if (ended === 'exit') return exitCode === 0 ? 'well' : 'failed';
  return exitCode !== null || ended === 'cancelled' || ended === 'not-found' ? 'failed' : 'unknown';
};

type Run = Extract<Fact, { kind: 'run' }>;

const projectOf = (journal: Journal, run: string): ProjectKey | null =>
  journal.facts.find((fact): fact is Run => fact.kind === 'run' && fact.run === run)?.project ?? null;

const watchSession = (session: Session, runId: string, journal: Journal): Session => ({
  ...session,
  run: async (step, options) => {
    const project =
      ['apply', 'import', 'state-rm'].includes(step.name) && step.mutates ? projectOf(journal, runId) : null;
    if (project !== null)
      journal.note({ kind: 'tool started', run: runId, project, content: await bytesOf(session.folder) });
    // A host that is lost says nothing of its tool; who finds it again does.
    const result = await session.run(step, options);
    if (project !== null)
      journal.note({ kind: 'tool ended', run: runId, project, outcome: outcomeOf(result) });
    if (step.name === 'plan' && outcomeOf(result) === 'well')
      journal.note({ kind: 'plan made', run: runId, content: await bytesOf(session.folder) });
    return result;
  },
});

const watchReattached = (left: Reattached, runId: string, journal: Journal): Reattached => {
  const at = (kind: Fact['kind']) =>
    journal.facts.findLastIndex((fact) => fact.kind === kind && 'run' in fact && fact.run === runId);
  return {
    ...left,
    ending: left.ending.then((ending) => {
      const project = projectOf(journal, runId);
      if (project !== null && at('tool started') > at('tool ended') && ending.kind !== 'not-started')
        journal.note({
          kind: 'tool ended',
          run: runId,
          project,
          outcome: ending.kind === 'ended' ? outcomeOf(ending.result) : 'unknown',
        });
      return ending;
    }),
  };
};

/** Notes what a real server commits, starts and is told; every server of a story gets the same journal. */
export const watchPorts = (ports: FlowPorts, journal: Journal): FlowPorts => ({
  ...ports,
  store: watchStore(ports.store, journal),
  sandbox: {
    isolation: ports.sandbox.isolation,
    open: async (spec) => watchSession(await ports.sandbox.open(spec), spec.runId, journal),
    reattach: async (runId) => watchReattached(await ports.sandbox.reattach(runId), runId, journal),
  },
  forge: {
    ...ports.forge,
    pull: async (ref) => {
      const pull = await ports.forge.pull(ref);
      const name = `${ref.repo.id}/${ref.number}`;
      const isKnown = journal.facts.some((fact) => fact.kind === 'merged' && fact.pull === name);
      if (pull.merged !== null && !isKnown)
        journal.note({
          kind: 'merged',
          pull: name,
          head: pull.head.sha,
          order: null,
          tree: null,
          touches: [],
        });
      return pull;
    },
    reviews: async (ref) => {
      const [reviews, { author, head }] = await Promise.all([
        ports.forge.reviews(ref),
        ports.forge.pull(ref),
      ]);
      const behind = new Set(
        reviews.flatMap(({ author: by, state }) =>
          state === 'approved' && by.id !== author.id ? [by.id] : [],
        ),
      );
      journal.note({
        kind: 'approvals',
        pull: `${ref.repo.id}/${ref.number}`,
        head: head.sha,
        count: behind.size,
      });
      return reviews;
    },
  },
});
