import {
  type Consumer,
  type ConsumersLook,
  type FoundConsumers,
  inOrderOfEffect,
  nothingFound,
} from '../../domain/consumers.ts';
import { fullNameOf, type Pull } from '../../domain/pull.ts';
import type { JudgedFinding } from '../../domain/trust/finding.ts';
import { discover } from '../discover.ts';
import type { Discovery } from '../discovery.ts';
import { unplannable } from '../interpret.ts';
import type { InTurn } from '../merge-group.ts';
import type { FlowPorts } from '../ports.ts';
import { wantConsumers, wantReaction } from '../report.ts';
import { atOnce } from '../rule-facts.ts';
import { type FoundCaller, findCallers } from './find.ts';
import { obstacleTo } from './may.ts';
import { callerAt, type Planned, planWith, removeCheckouts } from './plan.ts';

interface Around {
  readonly inTurn: InTurn;
  /** This server goes: the next one looks again. */
  readonly leaving: AbortSignal;
  readonly ring: () => void;
}

/** Findings of the module that are told. */
const keptFindings = 20;

/**
 * Plans the projects that use what a pull request of a module changes, with the module as the pull request makes it. Nothing of it
 * can be applied. May be repeated, from the beginning. Decision 42.
 */
export const lookAtConsumers = async (
  ports: FlowPorts,
  look: ConsumersLook,
  around: Around,
): Promise<void> => {
  let found: FoundConsumers = nothingFound;
  const note = async (more: Partial<FoundConsumers>): Promise<boolean> => {
    found = { ...found, ...more };
    return ports.store.transact(async (tables) => {
      if (!(await tables.consumers.note({ ...look, state: 'looking', found }))) return false;
      await wantConsumers({ store: tables, clock: ports.clock }, look);
      return true;
    });
  };
  try {
    if ((await work(ports, look, around, note)) === 'left') return;
  } catch (error) {
    if (around.leaving.aborted) return;
    ports.log.error('consumers of a module were not looked at', { pull: look.pullNumber, error });
    found = {
      ...found,
      because: 'Tidegate failed while it looked; the people who run it find the reason in its log',
    };
  }
  await finish(ports, look, found);
};

const work = async (
  ports: FlowPorts,
  look: ConsumersLook,
  { inTurn, leaving, ring }: Around,
  note: (more: Partial<FoundConsumers>) => Promise<boolean>,
): Promise<'done' | 'left'> => {
  const { operator } = ports;
  const pull = await ports.forge.pull({ repo: look.repo, number: look.pullNumber });
  const rule = operator.consumers.of(fullNameOf(pull.ref.repo));
  if (rule === null || !operator.allows(fullNameOf(pull.ref.repo))) {
    await note({ because: 'no rule lets projects of other repositories be shown here any more' });
    return 'done';
  }
  const discovery = unplannable(ports, pull, true) === null ? await discover(ports, pull) : null;
  if (discovery === null || discovery.tree === null || discovery.problem?.code === 'config-invalid') {
    await note({ because: discovery?.problem?.sentence ?? 'this pull request is not planned' });
    return 'done';
  }
  const { touched, ...counted } = await findCallers(ports, pull, discovery, rule);
  const rows = touched.map(({ used, project }) => rowOf(fullNameOf(used.repo), project));
  const findings: JudgedFinding[] = [];
  const told = (): Promise<boolean> =>
    note({ ...counted, headSha: discovery.headSha, consumers: inOrderOfEffect(rows), findings });
  if (!(await told())) return 'done';
  const planned = await permitted(ports, { pull, discovery, look, touched, rows, findings });
  if (!(await told())) return 'done';
  ring();
  const plans = planned.map(async ({ at, plan }) => {
    const made = await plan(inTurn);
    if (made === null) return false;
    rows[at] = { ...rowOf(rows[at]?.repository ?? '', rows[at]?.project ?? ''), ...made };
    await told();
    ring();
    return true;
  });
  const ended = await Promise.all(plans);
  await removeCheckouts(ports, touched);
  return ended.includes(false) && leaving.aborted ? 'left' : 'done';
};

const rowOf = (repository: string, project: string): Consumer => ({
  repository,
  project,
  effect: 'waiting',
  counts: null,
  because: null,
  dangers: [],
});

interface Permitting {
  readonly pull: Pull;
  readonly discovery: Discovery;
  readonly look: ConsumersLook;
  readonly touched: readonly FoundCaller[];
  /** As they are told; what stands in the way of one is written there. */
  readonly rows: Consumer[];
  readonly findings: JudgedFinding[];
}

interface Permitted {
  /** Which row it is. */
  readonly at: number;
  readonly plan: (inTurn: InTurn) => Promise<Planned | null>;
}

const permitted = async (
  ports: FlowPorts,
  { pull, discovery, look, touched, rows, findings }: Permitting,
): Promise<readonly Permitted[]> => {
  const { operator, store } = ports;
  const rule = operator.consumers.of(fullNameOf(pull.ref.repo));
  const once = { store, operator, forge: atOnce(ports.forge) };
  const may: Permitted[] = [];
  for (const [at, { used, project }] of touched.entries()) {
    const row = rowOf(fullNameOf(used.repo), project);
    const stop = (effect: Consumer['effect'], because: string): void => {
      rows[at] = { ...row, effect, because };
    };
    if (rule === null || !rule.plans(fullNameOf(used.repo))) {
      stop('left', 'the operator lets it be named here and not planned');
      continue;
    }
    if (may.length >= rule.most) {
      stop('left', `more than ${rule.most} are not planned at a time`);
      continue;
    }
    const caller = await callerAt(ports, used, project, pull.ref.repo);
    if ('because' in caller) {
      stop('refused', caller.because);
      continue;
    }
    const obstacle = await obstacleTo(once, { pull, discovery, look }, caller);
    if (obstacle !== null) {
      stop(obstacle.effect, obstacle.because);
      for (const one of obstacle.findings)
        if (findings.length < keptFindings && !findings.some((other) => isSame(one, other)))
          findings.push(one);
      continue;
    }
    const { tree } = discovery;
    if (tree === null) continue;
    may.push({
      at,
      plan: (inTurn) => planWith(ports, { caller, look, modules: { repo: pull.ref.repo, tree } }, inTurn),
    });
  }
  return may;
};

const isSame = (one: JudgedFinding, other: JudgedFinding): boolean =>
  one.kind === other.kind &&
  one.path === other.path &&
  one.line === other.line &&
  one.subject === other.subject;

const finish = async (
  { store, clock }: FlowPorts,
  look: ConsumersLook,
  found: FoundConsumers,
): Promise<void> => {
  const done: ConsumersLook = { ...look, state: 'done', found };
  await store.transact(async (tables) => {
    if (!(await tables.consumers.note(done))) return;
    const { consumers } = found;
    await tables.audit.append({
      at: clock.now(),
      kind: 'consumers.looked',
      actor: look.actor.login,
      repositoryId: look.repo.id,
      pullNumber: look.pullNumber,
      runId: null,
      facts: {
        head: found.headSha,
        consumers: consumers.map(({ repository, project, effect }) => ({ repository, project, effect })),
      },
    });
    const to = { store: tables, clock };
    const isBad = found.because !== null || consumers.some(({ effect }) => effect === 'failed');
    await wantReaction(
      to,
      { repo: look.repo, number: look.pullNumber },
      look.commentId,
      isBad ? 'confused' : '+1',
    );
    await wantConsumers(to, done);
  });
};
