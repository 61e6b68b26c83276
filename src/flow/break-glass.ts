import { z } from 'zod';
import { batchId } from '../domain/ids.ts';
import { momentText } from '../domain/suspension.ts';
import type { BreakGlassView } from '../render/view.ts';
import type { StoreTables } from '../store/port.ts';

const passedSchema = z.object({
  passed: z.array(z.object({ name: z.string(), because: z.string() })).default([]),
});

/** What is told of an apply past what rules ask for: who, why, what was passed, when what happened. Null: there was none. */
export const glassView = async (
  { batches, runs, audit }: Pick<StoreTables, 'batches' | 'runs' | 'audit'>,
  id: string,
): Promise<BreakGlassView | null> => {
  const batch = await batches.get(batchId(id));
  if (batch?.breakGlass === undefined) return null;
  const all = await runs.ofBatch(batch.id);
  const projects = await Promise.all(
    all.map(async ({ id: run, project, state, planRunId, plan, startedAt, endedAt, problem }) => {
      const trail = await audit.ofRun(run);
      const asked = trail.findLast(({ kind }) => kind === 'apply.allowed');
      const planned = planRunId === null ? null : await runs.get(planRunId);
      return {
        name: project.name,
        state,
        counts: (plan ?? planned?.plan)?.summary.counts ?? null,
        passed: passedSchema.parse(asked?.facts ?? {}).passed,
        sentence: problem?.sentence ?? null,
        times: [
          ...(startedAt === null ? [] : [{ what: 'began', at: startedAt }]),
          ...(endedAt === null ? [] : [{ what: 'ended', at: endedAt }]),
        ].map(({ what, at }) => ({ what, at: momentText(at) })),
      };
    }),
  );
  return {
    kind: 'break-glass',
    login: batch.actor?.login ?? '',
    reason: batch.breakGlass.reason,
    headSha: batch.headSha,
    said: momentText(batch.breakGlass.at),
    projects,
  };
};
