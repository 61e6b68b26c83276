import { askIdOf } from '../domain/asked.ts';
import type { Batch } from '../domain/batch.ts';
import { isEverything } from '../domain/command.ts';
import type { ProjectKey } from '../domain/ids.ts';
import { toPreview } from '../domain/preview.ts';
import type { Progress } from '../domain/progress.ts';
import type { Project } from '../domain/project.ts';
import type { Pull, PullRef } from '../domain/pull.ts';
import { botRule } from '../domain/rules/bots.ts';
import { isDestroying } from '../domain/tool-arguments.ts';
import type { Held } from '../domain/trust/finding.ts';
import { admitPlan, keyOf } from './admit.ts';
import { endPointless } from './after-merge.ts';
import { answer } from './answer.ts';
import { notesOf } from './batch-notes.ts';
import { discover, undiscovered } from './discover.ts';
import type { Discovery } from './discovery.ts';
import { spokenFor, wordsWanted } from './endings.ts';
import { type Followed, nothing } from './followed.ts';
import { unplannable } from './interpret.ts';
import { lastLook } from './last-look.ts';
import { queueFull, tooMany } from './limits.ts';
import { noteTurn } from './nudge.ts';
import { type Asker, authoredBy, type Refusal, refusals } from './permit.ts';
import { pick } from './pick.ts';
import type { FlowPorts } from './ports.ts';
import { wantBoard, wantReply } from './report.ts';
import { atOnce } from './rule-facts.ts';
import { nextAfter, progressNow, progressOf, progressWith, stagedAmong } from './stages.ts';
import { standingTrust, untrusted } from './trust.ts';
import type { Asked, Wish } from './wish.ts';

type PlanWish = Extract<Wish, { kind: 'plan' }>;

/** `/plan`, a push, a turn in a line: what may run is queued, what has to be trusted first is held. */
export const followPlan = async (ports: FlowPorts, wish: PlanWish): Promise<Followed> => {
  const { pull, asked } = wish;
  if (wish.inLine && !(await standsInLine(ports, pull, wish.only))) return nothing;
  // Its turn in a line comes to who asked for it before, a draft too.
  const isOurs = wish.only !== null || wish.after !== undefined;
  const refused = unplannable(ports, pull, asked !== null || isOurs);
  const discovery = refused === null ? await discover(ports, pull) : undiscovered(pull);
  if (pull.merged !== null) await endPointless(ports, pull, discovery);
  // Somebody's bare command is about what the change affects and nothing else. What we do by ourselves takes nobody's word back.
  const startsOver = asked !== null && pull.merged === null && isBare(wish);
  const latest = await lastLook(ports.store, keyOf(pull));
  const before = startsOver ? null : latest;
  // The push after it is told of by itself, and plans all of it.
  if (wish.after !== undefined && before?.headSha !== discovery.headSha) return nothing;
  const progress = await progressNow(ports, pull, discovery, shownOf(discovery, before));
  const picked = await pick(ports, discovery, wish, before, progress);
  if ('problem' in picked && asked !== null) {
    await answer(ports, { pull, asked }, picked.problem);
    return nothing;
  }
  const picks = 'chosen' in picked ? picked.chosen : [];
  const meant = spokenFor(discovery, picks, isEverything(wish.selector) ? [] : wish.extra);
  const [unclear] = wordsWanted(discovery, meant);
  if (asked !== null && unclear !== undefined && meant.length === 0 && picks.length > 0) {
    await answer(ports, { pull, asked }, unclear.problem);
    return nothing;
  }
  if (wish.after !== undefined && meant.length === 0 && !isAwaited(wish.after, discovery, before, progress))
    return nothing;
  const held = await heldOf(ports, pull, discovery, meant, before);
  const trusted = meant.filter((project) => !held.some((one) => one.project === project.key));
  const asker = asked ?? askedBefore(ports, wish, discovery, before);
  // Where nobody asks now somebody did, and the apply of a plan for the end of a project asks again.
  const action = asked !== null && isDestroying(wish.extra) ? 'destroy' : 'plan';
  const permitting = { pull, asker, discovery };
  const stopped = [...(await refusals(ports, { ...permitting, action, projects: meant }))];
  const staged = stagedAmong(progressWith(progress, pull, discovery, meant), meant);
  const passing = () =>
    trusted.filter(
      ({ key }) =>
        !stopped.some(({ project }) => project?.key === key) &&
        !staged.some(({ project }) => project.key === key),
    );
  // What is planned by itself later is counted when it is asked for, and not again when its turn comes.
  const tooManyOf = async (now: readonly Project[]) => {
    if (wish.after !== undefined) return null;
    const chosen = [...now, ...staged.map(({ project }) => project)];
    return tooMany(ports, pull, { headSha: discovery.headSha, chosen, before: latest, startsOver });
  };
  const wider = passing();
  if (wish.scope !== undefined && wider.length > 0 && (wish.scope.kind === 'all' || (await tooManyOf(wider))))
    stopped.push(...(await refusals(ports, { ...permitting, action: 'plan-all', projects: wider })));
  const chosen = passing();
  const [first] = stopped;
  if (asked !== null && first !== undefined && stopped.length >= meant.length) {
    await answer(ports, { pull, asked }, first.problem);
    return nothing;
  }
  // Whoever names it hears why; else the comment says it.
  const told = isEverything(wish.selector) ? [] : staged;
  const [later] = told;
  if (asked !== null && later !== undefined && told.length >= meant.length) {
    await answer(ports, { pull, asked }, later.problem);
    return nothing;
  }
  // A re-plan that Tidegate starts by itself keeps the arguments of the plan it replaces.
  const extra =
    asked !== null || wish.only === null ? wish.extra : await extraOf(ports, pull.ref, discovery, chosen);
  const full =
    (wish.scope === undefined ? await tooManyOf(chosen) : null) ?? (await queueFull(ports, chosen.length));
  // Whoever asks hears it, and what is planned stays.
  if (full !== null && asked !== null) {
    await answer(ports, { pull, asked }, full);
    return nothing;
  }
  const problem =
    refused ??
    discovery.problem ??
    meant.map(discovery.badPlace).find((found) => found !== null) ??
    full ??
    null;
  const left = [
    ...leftOf(stopped, before?.headSha === discovery.headSha ? before.left : [], picks),
    ...wordsWanted(discovery, meant),
  ];
  const aside = [
    ...(asked === null ? stopped : []).flatMap(({ project }) => (project === null ? [] : [project.key])),
    ...staged.map(({ project }) => project.key),
  ];
  const isFollower = ({ key }: Project): boolean =>
    asked === null && before?.followers?.some((one) => one.key === key) === true;
  const admitted = await admitPlan(ports, {
    pull,
    asked,
    askedBefore: asker?.actor ?? null,
    discovery,
    chosen,
    held,
    previews: previewsAmong(ports, discovery, held, meant, [
      ...stopped.flatMap(({ project }) => (project === null ? [] : [project.key])),
      ...staged.map(({ project }) => project.key),
    ]),
    left,
    aside,
    // Whether a follower that nobody named is planned at all is looked at afresh each time.
    later: staged.flatMap(({ project }) => (isFollower(project) ? [] : [project])),
    startsOver,
    extra,
    notes: await notesOf(ports, pull, discovery),
    problem,
  });
  if (wish.inLine && wish.only !== null && admitted !== null && admitted.runs.length > 0)
    await noteTurn(ports.store, keyOf(pull), wish.only);
  await wantBoard(ports, pull.ref);
  const unplanned = [...stopped, ...told];
  if (asked !== null && unplanned.length > 0) await sayRefused(ports, pull, asked, unplanned);
  if (asked !== null && problem === null && chosen.length === 0 && held.length > 0 && meant.length > 0)
    await answer(ports, { pull, asked }, untrusted(held, discovery.headSha));
  return { ...nothing, admitted, superseded: admitted?.superseded ?? [] };
};

/** The end of a project is a question to the world, and none to the files. */
const previewsAmong = (
  { runners, previewSandbox }: FlowPorts,
  { endings }: Discovery,
  held: readonly Held[],
  meant: readonly Project[],
  stopped: readonly ProjectKey[],
): readonly ProjectKey[] => {
  const able = meant.filter(
    ({ key, settings }) => !endings.has(key) && runners.get(settings.runner)?.previews === true,
  );
  const keys = able.map(({ key }) => key);
  return previewSandbox === null ? [] : toPreview(held, keys, stopped);
};

/** Does something have its turn that is found by no project now? It is said why, and planned when that is over. */
const isAwaited = (
  after: ProjectKey,
  { problem }: Discovery,
  before: Batch | null,
  { runs, dues }: Progress,
): boolean => problem !== null && nextAfter(progressOf(before, { runs, dues }), after).length > 0;

const isBare = ({ only, selector, scope }: PlanWish): boolean =>
  only === null && isEverything(selector) && scope?.kind !== 'all';

/**
 * A turn in a line, and a plan that takes the place of an older one, are still what somebody asked for at this commit. It is only
 * asked of a bot's pull request, where nothing begins without such a word.
 */
const askedBefore = (
  ports: FlowPorts,
  { pull, only, after }: PlanWish,
  { headSha }: Discovery,
  before: Batch | null,
): Asker | null => {
  if ((only === null && after === undefined) || before?.actor == null || before.headSha !== headSha)
    return null;
  const byItself = botRule('plan', null, authoredBy(ports, pull));
  return byItself === null || byItself.holds ? null : { actor: before.actor, text: '/plan' };
};

/** What may not be planned yet: those found now, and those found before at this commit of which nothing was asked now. */
export const leftOf = (
  refused: readonly Refusal[],
  before: Batch['left'],
  meant: readonly Project[],
): Batch['left'] => [
  ...before.filter(({ project }) => !meant.some(({ name }) => name === project)),
  ...refused.flatMap(({ project, problem, needs }) =>
    project === null || needs === null ? [] : [{ project: project.name, problem, needs }],
  ),
];

/** The rest was done, so it is said beside it: also after a crash in between. */
const sayRefused = async (
  ports: FlowPorts,
  pull: Pull,
  { actor, id, text }: Asked,
  refused: readonly Pick<Refusal, 'project' | 'problem'>[],
): Promise<void> => {
  const batch = await ports.store.batches.latest(keyOf(pull), 'plan');
  if (batch === null || askIdOf(batch) !== id) return;
  await wantReply(ports, pull.ref, id, {
    kind: 'refusals',
    login: actor.login,
    command: text,
    batchId: batch.id,
    left: refused.flatMap(({ project, problem }) =>
      project === null ? [] : [{ project: project.name, problem }],
    ),
  });
};

/** What the board has at this commit: what is affected, and what was named by hand. */
export const shownOf = (
  { headSha, affected, projects }: Discovery,
  before: Batch | null,
): readonly Project[] => {
  const named = before?.headSha === headSha ? before.affected : [];
  const keys = new Set([...affected, ...named].map(({ key }) => key));
  return projects.filter(({ key }) => keys.has(key));
};

/** Of everything that the board shows at this commit: what may not run, somebody's trust counted. */
export const heldOf = async (
  ports: FlowPorts,
  pull: Pull,
  discovery: Discovery,
  meant: readonly Project[],
  before: Batch | null,
): Promise<readonly Held[]> => {
  const named = before?.headSha === discovery.headSha ? before.affected.map(({ key }) => key) : [];
  const shown = new Map(
    [...discovery.affected, ...meant, ...discovery.projects.filter(({ key }) => named.includes(key))].map(
      (project) => [project.key, project],
    ),
  );
  const held = [...shown.values()].flatMap((project) => discovery.held(project) ?? []);
  if (!held.some((one) => one.answer === 'trust')) return held;
  const once = { ...ports, forge: atOnce(ports.forge) };
  const trusted = await Promise.all(
    [...shown.values()].map(async (project) => ({
      key: project.key,
      by: await standingTrust(once, pull, discovery.headSha, project),
    })),
  );
  const isTrusted = (key: ProjectKey) => trusted.some((one) => one.key === key && one.by !== null);
  return held.filter((one) => one.answer === 'refuse' || !isTrusted(one.project));
};

/** Two may wake it, and a plan that is there by now must not be thrown away for a second one. */
const standsInLine = async (ports: FlowPorts, pull: Pull, project: ProjectKey | null): Promise<boolean> =>
  (await ports.store.locks.waitsOf(keyOf(pull))).some((wait) => wait.project === project);

const extraOf = async (
  ports: FlowPorts,
  pull: PullRef,
  { headSha }: Discovery,
  chosen: readonly Project[],
): Promise<readonly string[]> => {
  const runs = await ports.store.runs.latest({ repositoryId: pull.repo.id, pullNumber: pull.number });
  const [project] = chosen;
  const before = runs.find((run) => run.verb === 'plan' && run.project.key === project?.key);
  // What was applied is done: the plan after it is for all that is left.
  if (before === undefined || before.spent) return [];
  // Nobody asked for it at this commit; and the end of what was to go is not the end of what stays.
  const isSame = (before.project.ends === undefined) === (project?.ends === undefined);
  return isSame && before.headSha === headSha ? before.extra : [];
};
