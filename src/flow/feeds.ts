import path from 'node:path';
import { runId, type Sha, type TreeId } from '../domain/ids.ts';
import { feedsName } from '../domain/plan-folder.ts';
import type { Fed, TakenFeed } from '../domain/plan-summary.ts';
import { wholeOf } from '../domain/printed.ts';
import { UserError } from '../domain/problem.ts';
import type { Feed, FeedSource, Project } from '../domain/project.ts';
import { quoted, quotedList } from '../domain/quote.ts';
import type { Run } from '../domain/run.ts';
import { isDestroying } from '../domain/tool-arguments.ts';
import type { OutputValue } from '../runner/port.ts';
import { type Control, whenFired } from './control.ts';
import { execute } from './execute.ts';
import { layOut } from './lay-out.ts';
import type { FlowPorts } from './ports.ts';
import { seenBy } from './snapshot.ts';
import { stateOf } from './state-file.ts';
import { stepInputs } from './step-inputs.ts';
import { chooseTool, toolWish } from './tool-choice.ts';

/*
 * Outputs of other projects that the tool of one is given. They are read by the tool of the other, out of its state as it is at
 * that moment, as a plan: nothing is kept of their values but a keyed digest.
 */

type Ports = Pick<
  FlowPorts,
  | 'artifacts'
  | 'blobs'
  | 'checkouts'
  | 'clock'
  | 'configuration'
  | 'git'
  | 'log'
  | 'newId'
  | 'operator'
  | 'runners'
  | 'sandbox'
  | 'sign'
  | 'snapshots'
  | 'store'
  | 'tools'
>;

/** What a run is given, in clear: never stored or logged. */
export interface Feeds extends Fed {
  /** For the tool: JSON by the names of the feeds. */
  readonly text: string;
  readonly secrets: readonly string[];
}

type Interruption = Pick<Control, 'interrupted' | 'leaving'>;

/**
 * What the project of a run is given now; null: nothing. Rejects with UserError where it cannot be read. The end of a project wants none.
 *
 * @param base the base branch's commit of which sources are read that the pull request has not planned
 */
export const readFeeds = async (
  ports: Ports,
  run: Run,
  control: Interruption,
  base: Sha = run.baseSha,
): Promise<Feeds | null> => {
  const { project } = run;
  const { feeds } = project.settings;
  if (feeds.length === 0 || project.ends !== undefined || isDestroying(run.extra)) return null;
  const outputs = new Map<string, ReadonlyMap<string, OutputValue>>();
  for (const { from } of feeds)
    if (from !== null && !outputs.has(from.key))
      outputs.set(
        from.key,
        await outputsOf(ports, run, from, await treeFor(ports, run, from, base), control),
      );
  return together(ports, run, (feed) => outputs.get(feed.from?.key ?? '')?.get(feed.output) ?? null);
};

/** The same again before its apply: what was applied has to be made of it. Rejects with UserError `plan-stale` where it moved. */
export const feedsAgain = async (
  ports: Ports & Pick<FlowPorts, 'forge'>,
  planRun: Run,
  control: Interruption,
): Promise<Feeds | null> => {
  const { name, settings } = planRun.project;
  const then = planRun.plan?.summary.feeds;
  if (then === undefined && settings.feeds.length === 0) return null;
  const now = await readFeeds(ports, planRun, control, await baseNow(ports, planRun));
  if (now?.digest === then?.digest) return now;
  const sources = quotedList([...new Set(settings.feeds.map(({ project }) => project))]);
  throw new UserError({
    code: 'plan-stale',
    sentence: `Nothing was applied to ${quoted(name)}: an output of ${sources} that it is made of changed since it was planned.`,
    advice: 'It is being planned again; look at the new plan, then comment `/apply`.',
  });
};

/** Of code that nobody trusts nothing is read: the tool sees which values there would be; null: none. */
export const unknownFeeds = (ports: Pick<FlowPorts, 'sign'>, project: Project): Feeds | null =>
  project.settings.feeds.length === 0 ? null : together(ports, { project }, () => null);

/** Puts what a run is given into a folder where its tool finds it. */
export const giveFeeds = async (
  { artifacts }: Pick<FlowPorts, 'artifacts'>,
  fed: Feeds | null,
  folder: string,
): Promise<void> => {
  if (fed !== null) await artifacts.put(path.join(folder, feedsName), Buffer.from(fed.text));
};

/** The base branch as it is now: what was merged since may keep the state of a source elsewhere. */
const baseNow = async ({ forge, git, store }: Ports & Pick<FlowPorts, 'forge'>, run: Run): Promise<Sha> => {
  const batch = await store.batches.get(run.batchId);
  if (batch === null) return run.baseSha;
  const pull = await forge.pull({ repo: batch.repo, number: run.pullNumber });
  if (pull.merged !== null) return run.baseSha;
  const { url, token, done } = await forge.remote(batch.repo);
  // Of the branch alone: a drift issue has no commits of its own.
  return git.fetchBranch(batch.repo, { url, token, baseRef: pull.base.ref }).finally(done);
};

/** By whose code a source is read: that of its own plan at this commit, which was looked at; else the base branch's. */
const treeFor = async ({ store, git }: Ports, run: Run, from: FeedSource, base: Sha): Promise<TreeId> => {
  const runs = await store.runs.latest(run);
  const planned = runs.find(
    ({ verb, state, headSha, project }) =>
      verb === 'plan' && state === 'planned' && headSha === run.headSha && project.key === from.key,
  );
  return planned?.tree ?? git.treeOf(run.repositoryId, base);
};

/** Asks the tool of a source, in a folder of its own beside the checkouts: it is in nobody's way, and nobody is in its. */
const outputsOf = async (
  ports: Ports,
  run: Run,
  from: FeedSource,
  tree: TreeId,
  { interrupted: signal, leaving }: Interruption,
): Promise<ReadonlyMap<string, OutputValue>> => {
  const { checkouts, sandbox } = ports;
  const { dir, workspace } = from;
  const settings = {
    ...run.project.settings,
    ...from.settings,
    ...{ workflow: null, varFiles: [], with: {}, withPaths: [], feeds: [] },
  };
  const name = nameOf(run, from);
  const asked: Run = {
    ...run,
    tree,
    extra: [],
    project: { ...from, name, settings, dependsOn: [], whenModified: [] },
  };
  const runner = ports.runners.get(settings.runner);
  if (runner === null || !runner.hasOutputs)
    throw new UserError({
      code: 'outputs-unreadable',
      sentence: `Outputs of ${quoted(name)} cannot be read: its runner ${quoted(settings.runner)} has none.`,
      advice: 'Take them out of `feeds`.',
    });
  // No workspace of a tool has a slash in its name.
  const lane = { ...asked, project: { ...asked.project, workspace: `outputs/${workspace}` } };
  const checkout = checkouts.folderOf(lane);
  return checkouts.exclusive(checkout, async () => {
    await layOut(ports, asked, run, checkout);
    const { requires } = await seenBy(ports, asked);
    const session = await sandbox.open({
      runId: runId(ports.newId()),
      verb: 'plan',
      checkout,
      dir,
      env: settings.env,
      ...stateOf(ports, asked, checkout),
    });
    const stay = whenFired(leaving, () => void session.detach().catch(() => undefined));
    try {
      const tool = await chooseTool(ports, asked, toolWish(ports.operator, asked, requires), {
        ...{ runner, session, signal },
      });
      if ('problem' in tool) throw new UserError(tool.problem);
      const steps = runner.steps('outputs', stepInputs(asked, session, tool));
      const { failed, data } = await execute(session, steps, { signal, clock: ports.clock });
      if (failed === null) return runner.readOutputs(await wholeOf(data));
      const said = failed.result.text.trim().split('\n').slice(-30).join('\n').slice(-3_000);
      throw new UserError({
        code: 'outputs-unreadable',
        sentence: `${quoted(run.project.name)} is fed outputs of ${quoted(name)}, and they cannot be read: ${failed.problem.sentence}`,
        advice: `See that ${quoted(name)} can be planned, then comment \`/plan\`.`,
        ...(said === '' ? {} : { details: said }),
      });
    } finally {
      stay();
      await session.dispose();
    }
  });
};

const nameOf = ({ project }: Run, { key }: FeedSource): string =>
  project.settings.feeds.find(({ from }) => from?.key === key)?.project ?? key;

const together = (
  { sign }: Pick<FlowPorts, 'sign'>,
  { project }: Pick<Run, 'project'>,
  valueFor: (feed: Feed) => OutputValue | null,
): Feeds => {
  const all = project.settings.feeds.map((feed) => ({ feed, value: valueFor(feed) }));
  const entries = all.map(
    ({ feed, value }) =>
      `${JSON.stringify(feed.name)}:${value === null ? '{"unknown":true}' : `{"value":${value.json},"sensitive":${value.sensitive}}`}`,
  );
  const text = `{${entries.join(',')}}`;
  return {
    text,
    digest: sign(JSON.stringify(['feeds', project.key, text])),
    secrets: [...new Set(all.flatMap(({ value }) => (value?.sensitive === true ? value.texts : [])))],
    taken: all.map(
      ({ feed: { name, project: of, output }, value }): TakenFeed => ({
        name,
        project: of,
        output,
        known: value !== null,
        sensitive: value?.sensitive === true,
      }),
    ),
  };
};
