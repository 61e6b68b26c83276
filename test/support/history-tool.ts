import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { projectKeyFromText } from '../../src/domain/ids.ts';
import type { Script, ScriptedAnswer } from '../../src/sandbox/scripted/sandbox.ts';
import type { Fact, Journal } from './history-facts.ts';

const bytesOf = async (folder: string): Promise<string> => {
  const bytes = await readFile(path.join(folder, 'plan.bin')).catch(() => null);
  return bytes === null ? 'none' : createHash('sha256').update(bytes).digest('hex').slice(0, 16);
};

const outcomeOf = ({ ended = 'exit', exitCode }: ScriptedAnswer): 'well' | 'failed' | 'unknown' => {
  if (ended === 'exit') return (exitCode ?? 0) === 0 ? 'well' : 'failed';
  return ended === 'cancelled' || ended === 'not-found' ? 'failed' : 'unknown';
};

/** A scripted tool that tells the journal which plans it makes, and from when to when it changes the world. */
export const watchScript =
  (script: Script, journal: Journal): Script =>
  async (step, run) => {
    const { runId } = run.spec;
    // What an administrator has done after an unknown outcome belongs to no run of its own, and applies nothing.
    if (!step.mutates || step.name === 'push-state' || step.name === 'force-unlock') {
      const answer = await script(step, run);
      if (step.name === 'plan' && outcomeOf(answer) === 'well')
        journal.note({ kind: 'plan made', run: runId, content: await bytesOf(run.folder) });
      return answer;
    }
    const known = journal.facts.find(
      (fact): fact is Extract<Fact, { kind: 'run' }> => fact.kind === 'run' && fact.run === runId,
    );
    const project = known?.project ?? projectKeyFromText('0:unknown:default:*');
    journal.note({ kind: 'tool started', run: runId, project, content: await bytesOf(run.folder) });
    let outcome: 'well' | 'failed' | 'unknown' = 'failed';
    try {
      const answer = await script(step, run);
      outcome = outcomeOf(answer);
      return answer;
    } finally {
      journal.note({ kind: 'tool ended', run: runId, project, outcome });
    }
  };
