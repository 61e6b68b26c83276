import type { ProjectKey } from '../../domain/ids.ts';
import type { Problem } from '../../domain/problem.ts';
import { type Actor, atLeast, noPull } from '../../domain/pull.ts';
import type { FlowPorts } from '../ports.ts';

export interface PageLook {
  readonly project: ProjectKey;
  /** Null: whoever runs this server, whom GitHub does not know. */
  readonly actor: Actor | null;
}

/**
 * Somebody wants to know now whether the world is as it was applied, from the page of a project. Null: it is looked at next. Looking changes
 * nothing, but it costs a plan: it is for those who may write.
 *
 * @throws {ForgeError} where GitHub cannot say what they may do.
 */
export const askLook = async (
  { store, forge, clock }: Pick<FlowPorts, 'store' | 'forge' | 'clock'>,
  { project, actor }: PageLook,
): Promise<Problem | null> => {
  const tracked = await store.tracked.get(project);
  if (tracked === null) return unwatched(project);
  if (actor !== null) {
    const permission = await forge.permission(tracked.repo, actor.login);
    if (!atLeast(permission, 'write')) return notPermitted(permission);
  }
  return store.transact(async ({ drifts, audit }) => {
    const at = clock.now();
    if (!(await drifts.ask(project, at))) return unwatched(tracked.project.name);
    const [repositoryId, login] = [tracked.repo.id, actor?.login ?? null];
    const about = { repositoryId, pullNumber: noPull, runId: null, facts: { project } };
    await audit.append({ at, kind: 'drift.asked', actor: login, ...about });
    return null;
  });
};

const unwatched = (name: string): Problem => ({
  code: 'not-permitted',
  sentence: `Nobody looks for drift of \`${name}\`.`,
  advice: 'Give it `drift: detect` on its branch, and try again in a minute.',
});

const notPermitted = (permission: string): Problem => ({
  code: 'not-permitted',
  sentence: `To have a project looked at needs write permission, and you have \`${permission}\`.`,
  advice: 'Ask somebody who may write, or wait for the next look of its schedule.',
});
