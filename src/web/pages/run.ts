import type { Context } from 'hono';
import type { Clock } from '../../clock/port.ts';
import { changesWorld, isOver } from '../../domain/run.ts';
import { isVerdict } from '../../domain/stored-verdict.ts';
import { wordsThrough } from '../../domain/summary-words.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { PageRenderer, StepView } from '../../render/pages/view.ts';
import { createTerminalText } from '../../render/terminal.ts';
import type { RunLogs, StepLog } from '../../sandbox/logs/port.ts';
import type { Store } from '../../store/port.ts';
import type { Framing } from './frame.ts';
import type { Reader } from './reader.ts';
import { html, words } from './respond.ts';
import type { SeenRun } from './route.ts';
import {
  followLog,
  isUnfinished,
  type Place,
  placeFrom,
  placeText,
  startOfLog,
  wholeLog,
  windowOf,
} from './run-log.ts';
import { lineOf } from './runs.ts';
import { streamOf } from './stream.ts';

export interface RunPorts {
  readonly store: Pick<Store, 'runs' | 'audit' | 'convergences'>;
  readonly logs: RunLogs;
  readonly renderer: PageRenderer;
  readonly framing: Framing;
  readonly clock: Clock;
  /** Takes known secrets out of a text before it leaves. */
  readonly mask: (text: string) => string;
  /** Fires when the server stops. */
  readonly stopping: AbortSignal;
}

/** Pages that follow at a time. */
const mostFollowers = 200;

const endedWords = (facts: StepLog['facts']): string | null => {
  if (facts === null || facts.end === null) return null;
  const { ended, exitCode } = facts.end;
  switch (ended) {
    case 'exit':
      return exitCode === 0 ? 'well' : `exit code ${exitCode ?? 'unknown'}`;
    case 'signal':
      return 'killed';
    case 'timeout':
      return 'stopped: it took too long';
    case 'cancelled':
      return 'cancelled';
    case 'not-found':
      return 'the tool is not there';
    default: {
      const never: never = ended;
      return never;
    }
  }
};

const longestFilter = 200;

export const runPage = async (
  ports: RunPorts,
  reader: Reader,
  { run, repo }: SeenRun,
  /** What a reader looks for in a plan. */
  filter = '',
): Promise<Response> => {
  const { store, logs, renderer, framing, mask } = ports;
  const isLive = !isOver(run.state);
  const steps: StepView[] = [];
  let place: Place = startOfLog;
  for (const step of await logs.steps(run.id)) {
    const { head, left, tail, end } = await windowOf(logs, run.id, step);
    steps.push({
      number: step.number,
      name: step.name,
      command: step.facts?.command ?? null,
      startedAt: step.facts?.startedAt ?? null,
      endedAt: step.facts?.end?.at ?? null,
      ended: endedWords(step.facts) ?? (isLive ? null : 'nobody saw its end'),
      bytes: step.bytes,
      head,
      left,
      tail,
    });
    place = { step: step.number, at: end };
    // What runs beside it is shown after it.
    if (isLive && isUnfinished(step)) break;
  }
  return html(
    renderer.run(framing.of(`${run.verb} ${run.project.name}`, null, reader), {
      run: lineOf({ ...run, repo }, framing),
      commitUrl: framing.commitUrl(repo, run.headSha),
      toolVersion: run.plan === null ? null : `${run.project.settings.runner} ${run.plan.toolVersion}`,
      extra: run.extra,
      labels: run.project.settings.labels,
      isolation: run.isolation,
      problem: run.problem,
      summary: run.plan === null ? null : wordsThrough(run.plan.summary, mask),
      filter: filter.slice(0, longestFilter).trim(),
      planRunId: run.planRunId,
      spent: run.spent,
      verdict: await verdictOf(ports, run),
      after: run.state === 'applied' ? await store.convergences.get(run.id) : null,
      steps,
      output: createTerminalText().push(mask(run.output ?? '')).lines,
      follow: isLive ? placeText(place) : null,
    }),
  );
};

/** What was looked at before an apply began, or why it did not; null where nothing is on record. */
const verdictOf = async ({ store }: RunPorts, run: SeenRun['run']): Promise<Verdict | null> => {
  if (!changesWorld(run.verb)) return null;
  const events = await store.audit.ofRun(run.id);
  const decided = events.findLast(
    ({ kind }) => kind === `${run.verb}.allowed` || kind === `${run.verb}.refused`,
  );
  // One that an older version wrote down, in another shape, is not shown.
  const verdict = decided?.facts['verdict'];
  return isVerdict(verdict) ? verdict : null;
};

/** https://html.spec.whatwg.org/multipage/server-sent-events.html */
const eventText = (kind: string, id: string | null, data: unknown): string =>
  `${id === null ? '' : `id: ${id}\n`}event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;

/** The log as it comes, for a page that follows. */
export const createFollowing = (ports: RunPorts) => {
  const { logs, clock, store, mask, stopping } = ports;
  let followers = 0;

  async function* events(
    seen: SeenRun,
    reader: Reader,
    from: Place,
    over: AbortSignal,
  ): AsyncGenerator<string> {
    followers += 1;
    try {
      // Not sooner than that: a browser asks again by itself.
      yield 'retry: 2000\n\n';
      yield* told(seen, reader, from, over);
    } finally {
      followers -= 1;
    }
  }

  async function* told(
    seen: SeenRun,
    reader: Reader,
    from: Place,
    over: AbortSignal,
  ): AsyncGenerator<string> {
    const { id, repositoryId } = seen.run;
    const following = followLog({
      logs,
      clock,
      id,
      from,
      state: async () => (await store.runs.get(id))?.state ?? null,
      stillIn: () => reader.stillIn(repositoryId),
      // Many look less often each: they share one disk.
      slower: () => Math.max(1, followers / 20),
      signal: AbortSignal.any([over, stopping]),
    });
    for await (const one of following) {
      if (one.kind === 'quiet') yield ': still here\n\n';
      else if (one.kind === 'lines') {
        const { place, ...lines } = one;
        // Masked by the run's host already, with more values than we know.
        yield eventText('lines', placeText(place), { ...lines, command: mask(one.command) });
      } else yield eventText(one.kind, null, {});
    }
  }

  return (c: Context, reader: Reader, seen: SeenRun): Response => {
    const asked = c.req.header('last-event-id') ?? c.req.query('at');
    const from = asked === undefined ? startOfLog : placeFrom(asked);
    if (from === null) return words(400, 'That is no place in a log.');
    if (followers >= mostFollowers) return words(503, 'Too many pages follow logs at this moment.');
    return new Response(
      streamOf((over) => events(seen, reader, from, over)),
      { headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' } },
    );
  };
};

/** All of the log as a file. */
export const rawLog = ({ logs, stopping }: RunPorts, { run }: SeenRun): Response => {
  async function* bytes(over: AbortSignal): AsyncGenerator<Uint8Array> {
    for await (const chunk of wholeLog(logs, run.id)) {
      if (over.aborted || stopping.aborted) return;
      yield chunk;
    }
  }
  return new Response(streamOf(bytes), {
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': `attachment; filename="${run.verb}-${run.id}.log"`,
    },
  });
};
