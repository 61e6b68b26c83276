import { optionsOf, WrongUse } from '../arguments.ts';
import type { Batch } from '../domain/batch.ts';
import { isEverything } from '../domain/command.ts';
import { short } from '../domain/ids.ts';
import { type Problem, UserError } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { quoted } from '../domain/quote.ts';
import type { Run } from '../domain/run.ts';
import { admitPlan, keyOf } from '../flow/admit.ts';
import { boardView } from '../flow/board.ts';
import { createHandle } from '../flow/control.ts';
import type { Discovery } from '../flow/discovery.ts';
import { spokenFor, wordsWanted } from '../flow/endings.ts';
import { plan as planRun } from '../flow/plan.ts';
import { progressWith, type Staged, stagedAmong } from '../flow/stages.ts';
import { inTerminal } from '../render/in-terminal.ts';
import { createRenderer } from '../render/renderer.ts';
import { checkoutOptions, type Desk, withDesk } from './desk.ts';
import { type Compared, comparedFrom, discoverLocally, pullOf } from './local-pull.ts';
import { openPlanBench, type PlanBench } from './plan-ports.ts';
import { chosenFrom, selectorFrom, selectorOptions } from './selection.ts';
import type { Terminal } from './terminal.ts';

const options = {
  config: checkoutOptions.config,
  repository: checkoutOptions.repository,
  generate: checkoutOptions.generate,
  ...selectorOptions,
  base: { type: 'string' },
  head: { type: 'string' },
  env: { type: 'string', multiple: true },
  markdown: { type: 'boolean', default: false },
  'detailed-exitcode': { type: 'boolean', default: false },
} as const;

const headWords = ({ workTree }: Desk, { ref, sha }: Compared['head']): string => {
  if (ref !== null) return `${ref} (${short(sha)})`;
  const { head } = workTree;
  return sha === head
    ? `the checkout as it is committed (${short(head)})`
    : `the checkout as it lies there, what is not committed included (${short(head)} and changes)`;
};

/** What is planned, and what tools are given: nobody should have to guess either. */
const sayWhat = (terminal: Terminal, desk: Desk, compared: Compared, bench: PlanBench): void => {
  const { base, head } = compared;
  terminal.say(
    `Plans ${headWords(desk, head)}, merged into ${base.ref} (${short(base.sha)}). Nothing is applied.`,
  );
  const wall = bench.isolation === 'none' ? 'without walls, as you' : `behind walls (${bench.isolation})`;
  const variables =
    bench.passed.length === 0
      ? 'no variables of yours but PATH (`--env NAME` passes one)'
      : `of your variables PATH and ${bench.passed.join(', ')}`;
  terminal.say(`Tools run ${wall}, and see ${variables}.`);
  if (desk.operatorFile === null)
    terminal.say(
      'No operator file was asked: the rules and variables of the server are not known (`--config FILE`).',
    );
  if (desk.generated !== null) terminal.say(desk.generated.sentence);
};

/** A project whose workflow nobody knows would be planned without the programs that belong to it. */
const refuseUnknownWorkflow = (desk: Desk, chosen: readonly Project[]): void => {
  const one = chosen.find(({ settings }) => settings.workflow !== null);
  if (one === undefined || desk.operatorFile !== null) return;
  throw new UserError({
    code: 'checkout-refused',
    sentence: `Project ${quoted(one.name)} has the workflow ${quoted(one.settings.workflow?.name ?? '')}, which is in the operator file.`,
    advice: 'Name that file with `--config FILE`, or choose other projects with `-p`.',
  });
};

const sayHeld = (terminal: Terminal, discovery: Discovery, chosen: readonly Project[]): void => {
  for (const project of chosen) {
    const held = discovery.held(project);
    if (held === null) continue;
    const what = held.answer === 'refuse' ? 'would refuse' : 'would wait for `/trust` with';
    const kinds = [...new Set(held.findings.map(({ kind }) => kind))].join(', ');
    terminal.say(`A server ${what} ${quoted(project.name)}: ${kinds}.`);
  }
};

const howItWent = (run: Run | null): string => {
  if (run === null) return 'interrupted';
  if (run.plan === null) return `failed: ${run.problem?.sentence ?? run.state}`;
  const { summary } = run.plan;
  if (!summary.hasChanges) return 'no changes';
  const { counts } = summary;
  const words = Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [`${count} to ${name}`] : []));
  return words.length === 0 ? 'changes' : words.join(', ');
};

interface Planned {
  readonly runs: readonly (Run | null)[];
  /** What is planned after something of it was applied, and nothing is applied here. */
  readonly waits: readonly Staged[];
  readonly markdown: string;
  readonly problem: Problem | null;
}

const planAll = async (
  desk: Desk,
  compared: Compared,
  bench: PlanBench,
  discovery: Discovery,
  chosen: readonly Project[],
  terminal: Terminal,
): Promise<Planned> => {
  const { ports } = bench;
  const pull = pullOf(desk, compared);
  const { headSha: head, affected } = discovery;
  let isStopped = false;
  const planOf = async (run: Run): Promise<Run | null> => {
    const handle = createHandle('plan');
    void terminal.stopped.then(() => {
      isStopped = true;
      handle.interrupt();
    });
    return planRun(ports, run, handle.control);
  };
  const stagesOf = async (meant: readonly Project[]): Promise<readonly Staged[]> => {
    const runs = await ports.store.runs.latest(keyOf(pull));
    return stagedAmong(progressWith({ head, affected, runs, dues: [] }, pull, discovery, meant), meant);
  };
  const runs: (Run | null)[] = [];
  /** Plans what has its turn; where that has nothing to change, the next ones have theirs. */
  const planStage = async (
    meant: readonly Project[],
  ): Promise<{ readonly batch: Batch; readonly waits: readonly Staged[] }> => {
    const staged = await stagesOf(meant);
    const later = staged.map(({ project }) => project);
    const admitted = await admitPlan(ports, {
      pull,
      asked: null,
      discovery,
      chosen: meant.filter((project) => !later.includes(project)),
      later,
      held: [],
      left: wordsWanted(discovery, chosen),
      extra: [],
      problem: discovery.problem,
    });
    if (admitted === null) throw new Error('a plan was admitted before it was asked for');
    const total = admitted.runs.length;
    for (const [index, run] of admitted.runs.entries()) {
      if (isStopped) break;
      terminal.say(`[${index + 1}/${total}] ${run.project.name}: planning ...`);
      const done = await planOf(run);
      runs.push(done);
      terminal.say(`[${index + 1}/${total}] ${run.project.name}: ${howItWent(done)}`);
    }
    const waits = await stagesOf(later);
    return isStopped || total === 0 || waits.length === later.length
      ? { batch: admitted.batch, waits }
      : planStage(later);
  };
  const { batch, waits } = await planStage(chosen);
  const latest = await ports.store.runs.latest(keyOf(pull));
  const view = boardView({ pull, batch, runs: latest, used: [], waits: [], held: [] });
  const { templates, danger } = ports.operator;
  const markdown = ports.mask(createRenderer({ templates, danger }).board(view));
  return { runs, waits, markdown, problem: isStopped ? stoppedProblem : batch.problem };
};

const stoppedProblem: Problem = {
  code: 'cancelled',
  sentence: 'It was stopped before everything was planned.',
  advice: 'Start it again; nothing of it is left behind.',
};

/** `tidegate plan`: what the comment would say of a checkout. Never applies, and writes nothing into it. */
export const plan = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  const values = optionsOf(args, options);
  const { config, repository, generate, base, head, markdown, env = [] } = values;
  const odd = env.find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (odd !== undefined) throw new WrongUse(`\`--env\` is \`${odd}\`; it takes the name of a variable.`);
  const selector = selectorFrom(values);
  return withDesk(terminal, { folder: '.', config, repository, generate }, async (desk) => {
    const compared = await comparedFrom(desk, { base, head });
    const operator = await desk.operatorFor([compared.base.sha, compared.head.sha]);
    const bench = await openPlanBench(desk, operator, terminal, env);
    try {
      sayWhat(terminal, desk, compared, bench);
      const discovery = await discoverLocally(desk, compared, { store: bench.ports.store, operator });
      const picks =
        isEverything(selector) || discovery.projects.length === 0
          ? discovery.affected
          : chosenFrom(discovery.projects, selector);
      const chosen = spokenFor(discovery, picks, []);
      refuseUnknownWorkflow(desk, chosen);
      sayHeld(terminal, discovery, chosen);
      const planned = await planAll(desk, compared, bench, discovery, chosen, terminal);
      await terminal.out(markdown ? planned.markdown : inTerminal(planned.markdown, terminal.colour));
      if (planned.problem !== null || planned.runs.some((run) => run?.plan == null)) {
        if (planned.problem?.code === 'cancelled') terminal.say(planned.problem.sentence);
        return 1;
      }
      for (const { problem } of planned.waits)
        terminal.say(`Not planned here: ${problem.sentence} A server plans it after that apply.`);
      const changes = planned.runs.some((run) => run?.plan?.summary.hasChanges === true);
      // Whoever asks whether there are changes must not hear no of what nobody looked at.
      if (!changes && planned.waits.length > 0) return 1;
      return changes && values['detailed-exitcode'] ? 2 : 0;
    } finally {
      await bench.close();
    }
  });
};
