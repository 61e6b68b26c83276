import { fullNameOf, type RepoRef } from '../../domain/pull.ts';
import { ForgeError } from '../../forge/port.ts';
import type { FlowPorts } from '../ports.ts';

/**
 * Nothing is begun under a name that is not allowed. Where nobody can say what it is called now, what it was called goes; a repository that
 * is not there any more, or not for us, throws ForgeError.
 */
export const isAllowedNow = async ({ forge, operator }: FlowPorts, repo: RepoRef): Promise<boolean> => {
  try {
    return operator.allows(fullNameOf((await forge.repository(repo)).repo));
  } catch (error) {
    if (error instanceof ForgeError && error.failure !== 'gone') return true;
    throw error;
  }
};
