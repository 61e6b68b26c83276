import { type DriftWay, isOpenPull } from '../../domain/drift/pull.ts';
import type { ProjectKey, Sha, TreeId } from '../../domain/ids.ts';
import type { Problem } from '../../domain/problem.ts';
import type { Project } from '../../domain/project.ts';
import type { Pull } from '../../domain/pull.ts';
import { changesWorld } from '../../domain/run.ts';
import { keyOf } from '../admit.ts';
import { answer } from '../answer.ts';
import { discover } from '../discover.ts';
import { type Followed, nothing } from '../followed.ts';
import { permit } from '../permit.ts';
import type { FlowPorts } from '../ports.ts';
import { wantReaction, wantReply } from '../report.ts';
import type { Wish } from '../wish.ts';
import { type OpenedPull, openDriftPull, refusal, restoring } from './open-pull.ts';

type FollowupWish = Extract<Wish, { kind: 'followup' }>;
/** Those that open a pull request about drift. */
type DriftWish = Extract<Wish, { kind: 'followup' | 'adopt' }>;

/**
 * `/followup` on the issue that tells of drift: a pull request of our own that puts it back, for it can be approved and the issue cannot.
 * While one is open, asking again names it.
 */
export const followDrift = async (
  ports: FlowPorts,
  wish: FollowupWish,
  key: ProjectKey,
): Promise<Followed> => {
  const { pull, asked, reason } = wish;
  const there = await openOf(ports, pull, key, 'restore');
  if (there !== null) {
    await tellOpened(ports, wish, there);
    return nothing;
  }
  const found = await whatDrifts(ports, wish, refusal);
  const made =
    'code' in found
      ? found
      : await openDriftPull(ports, {
          ...{ issue: pull, project: found.project, making: restoring(ports, pull) },
          ...{ asker: asked.actor, reason },
        });
  if ('code' in made) {
    await answer(ports, wish, made);
    return nothing;
  }
  await tellOpened(ports, wish, made.opened);
  return { ...nothing, superseded: made.superseded };
};

/** The open one of a way: the forge is asked, for who reopens one says nothing to us that we keep. */
export const openOf = async (
  { store, forge }: Pick<FlowPorts, 'store' | 'forge'>,
  { ref }: Pull,
  key: ProjectKey,
  way: DriftWay,
): Promise<OpenedPull | null> => {
  for (const one of await store.driftPulls.ofProject(key)) {
    const { number } = one;
    if (one.way !== way || number === null) continue;
    if ((await forge.pull({ ...ref, number })).state !== 'open') continue;
    if (!isOpenPull(one)) await store.driftPulls.put({ ...one, ended: null, endedAt: null });
    return { ...one, number };
  }
  return null;
};

/** What a pull request would be about, if whoever asks may have one and nothing stands in the way; else why not. */
export const whatDrifts = async (
  ports: FlowPorts,
  { kind, pull, asked }: DriftWish,
  refuse: typeof refusal,
): Promise<{ readonly project: Project; readonly tree: TreeId; readonly headSha: Sha } | Problem> => {
  const command = `/${kind}`;
  if (pull.state !== 'open')
    return refuse(
      `\`${command}\` works here only while the issue is open, and it is closed.`,
      'It is opened by itself when something drifts. To go on with what drifts now, reopen it.',
    );
  const { problem, affected, tree, headSha } = await discover(ports, pull);
  if (problem !== null) return problem;
  const [project] = affected;
  if (project === undefined || tree === null)
    return refuse('The branch has no such project any more.', 'There is nothing to be done about it.');
  const refused = await permit(ports, pull, asked, 'apply', affected);
  if (refused !== null) return refused;
  const busy = await ports.store.runs.ofPull(keyOf(pull), ['queued', 'running', 'unresolved']);
  return busy.some(({ verb }) => changesWorld(verb))
    ? refuse(
        'It is being put back here, or nobody knows how that ended.',
        `Wait until that is over, and comment \`${command}\` again if it is needed then.`,
      )
    : { project, tree, headSha };
};

export const tellOpened = async (
  ports: FlowPorts,
  { pull, asked }: DriftWish,
  { number, asker, way }: OpenedPull,
): Promise<void> => {
  const { actor, id, text } = asked;
  await wantReaction(ports, pull.ref, id, '+1');
  await wantReply(ports, pull.ref, id, {
    kind: 'drift-pull',
    ...{ login: actor.login, command: text, number, asker: asker.login, way },
  });
};
