import { commentIdOf } from '../../domain/asked.ts';
import { lastingText } from '../../domain/lasting.ts';
import type { Problem } from '../../domain/problem.ts';
import type { PullRef } from '../../domain/pull.ts';
import { changesWorld } from '../../domain/run.ts';
import { isOver, type Suspension } from '../../domain/suspension.ts';
import { type PermitPorts, permit } from '../permit.ts';
import type { FlowPorts } from '../ports.ts';
import type { ReplyContent } from '../reply.ts';
import type { Wish } from '../wish.ts';
import { boardsOf } from './end.ts';
import { type WhichPorts, whichOf } from './which.ts';

type Ports = PermitPorts & WhichPorts & Pick<FlowPorts, 'newId'>;
type SuspendWish = Extract<Wish, { kind: 'suspend' }>;

/** What is said to whoever asked, and whose boards say something else now. */
export interface Told {
  readonly reply: ReplyContent;
  readonly touched: readonly PullRef[];
}

/** `/suspend`: nothing is applied to these projects for a time, from now on. What runs already goes on. */
export const suspend = async (ports: Ports, wish: SuspendWish): Promise<Told> => {
  const { pull, asked, selector, reason } = wish;
  const { store, clock, operator } = ports;
  const refuse = (problem: Problem): Told => ({
    reply: { kind: 'problem', login: asked.actor.login, command: asked.text, problem },
    touched: [],
  });
  const { defaultMs, longestMs } = operator.suspend;
  const lastsMs = wish.lastsMs ?? defaultMs;
  if (lastsMs > longestMs) return refuse(tooLong(lastsMs, longestMs));
  const picked = await whichOf(ports, pull, selector);
  if ('problem' in picked) return refuse(picked.problem);
  const projects = picked.chosen;
  const problem = await permit(ports, pull, asked, 'suspend', projects);
  if (problem !== null) return refuse(problem);
  const times = { since: asked.at, until: asked.at + lastsMs };
  // It was lost on its way, and found when it was over.
  if (isOver(times, clock.now())) return refuse(overAlready(lastsMs));
  const { repo } = pull.ref;
  const [said, commentId] = [{ by: asked.actor, reason }, commentIdOf(asked.id)];
  await store.transact(async (tables) => {
    for (const project of projects) {
      const place = { project, repo, pullNumber: pull.ref.number, commentId };
      const one: Suspension = { ...place, ...said, ...times, reminded: false };
      if ((await tables.suspensions.add(one)) === 'known') continue;
      await tables.audit.append({
        at: clock.now(),
        kind: 'project.suspended',
        actor: asked.actor.login,
        repositoryId: repo.id,
        pullNumber: pull.ref.number,
        runId: null,
        facts: { project: project.key, reason, until: times.until },
      });
    }
  });
  const under = (await store.runs.inState(['running'])).filter(
    ({ verb, project }) => changesWorld(verb) && projects.some(({ key }) => key === project.key),
  );
  return {
    reply: {
      kind: 'suspended',
      login: asked.actor.login,
      command: asked.text,
      reason,
      until: times.until,
      projects: projects.map(({ name }) => name),
      running: [...new Set(under.map(({ project }) => project.name))],
    },
    touched: await boardsOf(store, repo, projects),
  };
};

const tooLong = (lastsMs: number, longestMs: number): Problem => ({
  code: 'suspend-refused',
  sentence: `${lastingText(lastsMs)} is longer than a project may be suspended here, which is ${lastingText(longestMs)}.`,
  advice:
    'Ask for less, and again when it ends. For longer, `suspend` in `tidegate.yaml` of the base branch says who, why and until when.',
});

const overAlready = (lastsMs: number): Problem => ({
  code: 'found-late',
  sentence: `This reached Tidegate when the ${lastingText(lastsMs)} that it was for were over, so nothing was suspended.`,
  advice: 'Comment it again if it is still meant.',
});
