import { isOpenPull } from '../../domain/drift/pull.ts';
import type { ProjectKey } from '../../domain/ids.ts';
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
import { type OpenedPull, openDriftPull, refusal } from './open-pull.ts';

type FollowupWish = Extract<Wish, { kind: 'followup' }>;

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
  const there = await openOf(ports, pull, key);
  if (there !== null) {
    await tell(ports, wish, there);
    return nothing;
  }
  const project = await mayBePutBack(ports, wish);
  const made =
    'code' in project
      ? project
      : await openDriftPull(ports, { issue: pull, project, way: 'restore', asker: asked.actor, reason });
  if ('code' in made) {
    await answer(ports, wish, made);
    return nothing;
  }
  await tell(ports, wish, made.opened);
  return { ...nothing, superseded: made.superseded };
};

/** The open one: the forge is asked, for who reopens one says nothing to us that we keep. */
export const openOf = async (
  { store, forge }: Pick<FlowPorts, 'store' | 'forge'>,
  { ref }: Pull,
  key: ProjectKey,
): Promise<OpenedPull | null> => {
  for (const one of await store.driftPulls.ofProject(key)) {
    const { number } = one;
    if (number === null || (await forge.pull({ ...ref, number })).state !== 'open') continue;
    if (!isOpenPull(one)) await store.driftPulls.put({ ...one, ended: null, endedAt: null });
    return { ...one, number };
  }
  return null;
};

const mayBePutBack = async (ports: FlowPorts, { pull, asked }: FollowupWish): Promise<Project | Problem> => {
  if (pull.state !== 'open') return closed;
  const { problem, affected } = await discover(ports, pull);
  if (problem !== null) return problem;
  const [project] = affected;
  if (project === undefined) return gone;
  const refused = await permit(ports, pull, asked, 'apply', affected);
  if (refused !== null) return refused;
  const busy = await ports.store.runs.ofPull(keyOf(pull), ['queued', 'running', 'unresolved']);
  return busy.some(({ verb }) => changesWorld(verb)) ? underWay : project;
};

const tell = async (ports: FlowPorts, { pull, asked }: FollowupWish, opened: OpenedPull): Promise<void> => {
  const { actor, id, text } = asked;
  await wantReaction(ports, pull.ref, id, '+1');
  await wantReply(ports, pull.ref, id, {
    kind: 'drift-pull',
    ...{ login: actor.login, command: text, number: opened.number, asker: opened.asker.login },
  });
};

const closed = refusal(
  '`/followup` works here only while the issue is open, and it is closed.',
  'It is opened by itself when something drifts. To put back what drifts now, reopen it.',
);

const gone = refusal('The branch has no such project any more.', 'There is nothing to put back.');

const underWay = refusal(
  'It is being put back here, or nobody knows how that ended.',
  'Wait until that is over, and comment `/followup` again if it is needed then.',
);
