import type { BatchNotes } from '../../domain/batch.ts';
import { gitModule } from '../../domain/module-source.ts';
import { fullNameOf, type Pull } from '../../domain/pull.ts';
import type { Discovery } from '../discovery.ts';
import type { FlowPorts } from '../ports.ts';
import { callersOf } from './used.ts';

/**
 * How many projects of how many repositories use what the pull request changes, by what is known of them and as far as the operator
 * lets them be shown here: no name, and no number that another repository is part of. Null: none, or no rule is for this one.
 */
export const countUsers = async (
  { store, operator }: Pick<FlowPorts, 'store' | 'operator'>,
  { ref: { repo } }: Pick<Pull, 'ref'>,
  { touches }: Pick<Discovery, 'touches'>,
): Promise<BatchNotes['usedBy']> => {
  const rule = operator.consumers.of(fullNameOf(repo));
  if (rule === null) return null;
  const many = (await store.usedModules.all()).flatMap((used) => {
    const name = fullNameOf(used.repo);
    if (used.repo.id === repo.id || !operator.allows(name) || !rule.shows(name)) return [];
    const callers = callersOf(used, repo).filter(({ calls }) =>
      calls.some(({ source }) => {
        const folder = gitModule(source)?.folder;
        return folder !== undefined && touches(folder);
      }),
    );
    return callers.length === 0 ? [] : [callers.length];
  });
  return many.length === 0
    ? null
    : { projects: many.reduce((sum, one) => sum + one, 0), repositories: many.length };
};
