import type { Printed } from '../domain/printed.ts';
import type { Problem } from '../domain/problem.ts';
import { quotedList } from '../domain/quote.ts';
import type { Runner } from '../runner/port.ts';
import { withoutSecrets } from './read-plan.ts';

/** Sentences of a tool that stand in one of ours; the rest is in what it printed. */
const most = 3;

/**
 * A tool that ends with "a human has to act first" may have written why into its summary: then that is the reason, and people need
 * not look for it in what it printed, where `secrets` are left out as well. What cannot be read says nothing.
 */
export const withReason = async (
  runner: Pick<Runner, 'planIsFile' | 'planOf' | 'read'>,
  problem: Problem,
  plan: { readonly printed: Printed; readonly folder: string },
  secrets: readonly string[],
): Promise<Problem> => {
  if (problem.code !== 'tool-blocked' || !runner.planIsFile) return problem;
  const reading = await runner
    .planOf(plan.printed, plan.folder)
    .then((summary) => runner.read(summary))
    .catch(() => null);
  const reasons = (reading?.summary.words?.blocked ?? []).map((one) => withoutSecrets(one, secrets));
  if (reasons.length === 0) return problem;
  const rest = reasons.length - most;
  const more = rest > 0 ? `, and ${rest} more` : '';
  return {
    ...problem,
    sentence: `${problem.sentence.replace(/\.$/, '')}: ${quotedList(reasons.slice(0, most))}${more}.`,
  };
};
