import { matchesGlob } from '../config/globs.ts';
import type { ApplyCause } from '../domain/batch.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { type Actor, fullNameOf, type Pull } from '../domain/pull.ts';
import { askedOfApply } from '../domain/rules/asked-of-apply.ts';
import { authorize } from '../domain/rules/authorize.ts';
import type { Run } from '../domain/run.ts';
import { select } from '../domain/selector.ts';
import type { Verdict } from '../domain/verdict.ts';
import { keyOf } from './admit.ts';
import { firstFacts, laterFacts } from './apply-facts.ts';
import { discover } from './discover.ts';
import type { Discovery } from './discovery.ts';
import type { GatePorts } from './gate.ts';
import { authoredBy } from './permit.ts';
import { atOnce, readRules } from './rule-facts.ts';
import type { Wish } from './wish.ts';

type WhyWish = Extract<Wish, { kind: 'why' }>;

/** Why a project may be applied now, or not: as it would be decided for whoever asks. */
export interface Why {
  readonly name: string;
  readonly verdict: Verdict;
}

/** Each has facts of its own. */
const most = 10;

/** `/why`: the whole verdict of each project that is meant. Nothing is done, and nothing is taken for later. */
export const why = async (
  ports: GatePorts,
  wish: WhyWish,
): Promise<{ readonly projects: readonly Why[]; readonly more: number } | Problem> => {
  const { pull, asked, selector } = wish;
  const key = keyOf(pull);
  const batch = await ports.store.batches.latest(key, 'plan');
  const picked = select(batch?.affected ?? [], selector, matchesGlob);
  if ('problem' in picked) return picked.problem;
  const runs = await ports.store.runs.latest(key);
  const forge = atOnce(ports.forge);
  const shared = { ...ports, forge: { ...ports.forge, ...forge } };
  const meant = picked.chosen.slice(0, most).map((project) => ({
    project,
    planRun: runs.find((run) => run.verb === 'plan' && run.project.key === project.key),
  }));
  const isPlanned = meant.some(({ planRun }) => planRun?.plan != null);
  // One look for all of them: it is of one moment anyway, and each fetches.
  const discovery = isPlanned ? await discover(ports, pull) : null;
  const projects: Why[] = [];
  for (const { project, planRun } of meant) {
    const verdict =
      planRun === undefined || discovery === null
        ? unplanned(project)
        : await verdictOf(shared, { pull, actor: asked.actor, cause: 'command' }, planRun, discovery);
    projects.push({ name: project.name, verdict });
  }
  if (projects.length === 0) return nothingAffected(asked.text);
  return { projects, more: picked.chosen.length - projects.length };
};

/** Who would have it applied, and why it would begin. */
interface Asking {
  readonly pull: Pull;
  readonly actor: Actor | null;
  readonly cause: ApplyCause;
}

/**
 * Whether this plan may be applied at this moment, by all that is known; nothing is begun.
 *
 * @param found what was found at this moment already; null: it is looked for
 */
export const verdictOf = async (
  ports: GatePorts,
  { pull, actor, cause }: Asking,
  planRun: Run,
  found: Discovery | null,
): Promise<Verdict> => {
  const { plan } = planRun;
  if (plan === null) return unplanned(planRun.project);
  const batch = await ports.store.batches.get(planRun.batchId);
  if (batch === null) throw new Error(`run ${planRun.id} has no batch`);
  // As an apply of this plan would be, asked for right now by whoever asks why.
  const applying = {
    pull,
    batch: { ...batch, commentId: null, press: null, cause },
    run: planRun,
    planRun,
    plan,
    toolVersion: plan.toolVersion,
  };
  const first = await firstFacts(ports, applying);
  const { later, project: now, discovery } = await laterFacts(ports, applying, found);
  const project = now ?? planRun.project;
  const { who, destroyers, rebuilders, requirements } = askedOfApply(
    project.settings,
    planRun.extra,
    cause,
    ports.operator.driftOf(fullNameOf(pull.ref.repo)).unapproved,
  );
  const named = [...who, ...(destroyers ?? []), ...(rebuilders ?? [])];
  const read = await readRules(ports, {
    ...{ pull, project, planRun, requirements, discovery },
    actor: cause === 'drift' ? null : actor,
    who: named,
  });
  const subject = { project: project.key, apply: null };
  const authored = authoredBy(ports, pull);
  const evidence = {
    ...read,
    authored,
    who,
    destroyers,
    rebuilders,
    requirements,
    apply: { ...first, later },
  };
  return authorize(actor, 'apply', subject, evidence).verdict;
};

const unplanned = (project: Project): Verdict => ({
  name: 'apply',
  holds: false,
  because: 'there is no plan of it',
  problem: {
    code: 'not-planned',
    sentence: `\`${project.name}\` is not planned.`,
    advice: 'Comment `/plan` first, or wait until planning is done.',
  },
  parts: [],
  source: null,
  needs: 'a plan',
});

const nothingAffected = (text: string): Problem => ({
  code: 'no-such-project',
  sentence: `\`${text}\`: no project is affected by this pull request.`,
  advice: 'Comment `/status` to see what was left out and why.',
});
