import type { PlanSummary } from './plan-summary.ts';

/**
 * Why a plan does not say how the world is; null where it does. Without it "nothing to change" only says that there is nothing to
 * apply.
 */
export const blindness = ({ complete, words }: Pick<PlanSummary, 'complete' | 'words'>): string | null => {
  if (words?.verified === false) return 'the tool planned without a look at what is there';
  if (complete === false) return 'the tool could not plan all of it';
  if ((words?.unseen ?? []).length > 0) return 'the tool could not look at all that is there';
  return null;
};
