import { isEverything } from '../../domain/command.ts';
import type { ProjectKey } from '../../domain/ids.ts';
import type { Problem } from '../../domain/problem.ts';
import { inForce, momentText, type Suspension } from '../../domain/suspension.ts';
import { letCorrectionsGoOn } from '../drift/correction.ts';
import { type PermitPorts, permit } from '../permit.ts';
import type { FlowPorts } from '../ports.ts';
import type { Wish } from '../wish.ts';
import { boardsOf, endSuspension } from './end.ts';
import type { Told } from './suspend.ts';
import { type WhichPorts, whichOf } from './which.ts';

type Ports = PermitPorts & WhichPorts & Pick<FlowPorts, 'newId'>;
type ResumeWish = Extract<Wish, { kind: 'resume' }>;

/**
 * `/resume`: ends what `/suspend` began, whoever said it and wherever, and lets drift be put back again that came back too often. What a file says stays, and is named: it ends with a
 * change of that file.
 */
export const resume = async (ports: Ports, { pull, asked, selector }: ResumeWish): Promise<Told> => {
  const { store, clock } = ports;
  const { repo } = pull.ref;
  const refuse = (problem: Problem): Told => ({
    reply: { kind: 'problem', login: asked.actor.login, command: asked.text, problem },
    touched: [],
  });
  const all = (await store.suspensions.all()).filter((one) => one.repo.id === repo.id);
  const picked = await whichOf(
    ports,
    pull,
    selector,
    all.map(({ project }) => project),
  );
  if ('problem' in picked) return refuse(picked.problem);
  const now = clock.now();
  const found = picked.chosen.map((project) => ({
    project,
    said: all.filter((one) => one.project.key === project.key),
    written: inForce([], project.settings.suspended ?? [], now),
  }));
  const stopped = await stoppedAmong(
    ports,
    picked.chosen.map(({ key }) => key),
  );
  const meant = found.filter(
    ({ project, said, written }) => said.length + written.length > 0 || stopped.has(project.key),
  );
  if (meant.length === 0) return refuse(nothingSuspended(isEverything(selector)));
  const problem = await permit(
    ports,
    pull,
    asked,
    'suspend',
    meant.map(({ project }) => project),
  );
  if (problem !== null) return refuse(problem);
  await store.transact(async (tables) => {
    for (const one of meant.flatMap(({ said }) => said)) await endSuspension(tables, ports, one, asked.actor);
    await letCorrectionsGoOn(
      tables,
      ports,
      meant.map(({ project }) => project.key),
      asked.actor,
    );
  });
  return {
    reply: {
      kind: 'resumed',
      login: asked.actor.login,
      command: asked.text,
      projects: meant.map(({ project, said, written: [still] }) => ({
        name: project.name,
        was: said.map(wordsOf),
        ...(stopped.has(project.key) ? { goesOn: true } : {}),
        still: still === undefined ? null : { source: still.source ?? '', until: momentText(still.until) },
      })),
    },
    touched: await boardsOf(
      store,
      repo,
      meant.map(({ project }) => project),
    ),
  };
};

/** Those that came back too often to be put back by themselves: the same word lets them go on. */
const stoppedAmong = async (
  { store }: Pick<Ports, 'store'>,
  keys: readonly ProjectKey[],
): Promise<ReadonlySet<ProjectKey>> => {
  const rows = await Promise.all(keys.map((key) => store.corrections.get(key)));
  return new Set(rows.flatMap((row) => (row?.stopped == null ? [] : [row.project])));
};

const wordsOf = ({ by, until, reason }: Suspension) => ({
  login: by.login,
  until: momentText(until),
  reason,
});

const nothingSuspended = (isBare: boolean): Problem => ({
  code: 'suspend-refused',
  sentence: isBare
    ? 'No project of this pull request is suspended.'
    : 'None of the projects that this names is suspended.',
  advice: '`/status` and the page of locks name those that are.',
});
