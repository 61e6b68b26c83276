import { once } from 'node:events';
import { open, rm, writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Clock } from '../../../clock/port.ts';
import { createMaskStream } from '../../../observe/mask-stream.ts';
import type { Mask } from '../../../observe/masking.ts';
import { findProgram } from '../../../programs/find-program.ts';
import type { StepFacts } from '../../logs/port.ts';
import { identityOf } from '../identity.ts';
import { logFiles } from '../log-files.ts';
import { createPacker } from '../packed.ts';
import { reserveRecord, type StepRecord, seal, writeRecord } from '../records.ts';
import { lockSecrets } from '../secret-box.ts';
import { send } from '../signals.ts';
import { beKilledBefore } from '../stand-back.ts';
import type { FromHost, Hello, StepEnd, StepRequest } from './messages.ts';
import { startTool, type Tool } from './start-tool.ts';
import { createStop, type Stop } from './stop.ts';
import { createTail, type Tail } from './tail.ts';
import { startOnTerminal } from './terminal.ts';

/** Largest standard output of a `data` step, as the server keeps it: in memory, packed. */
const packedLimit = 256 * 1024 * 1024;
const tooMuch = (dataBytes: number): string =>
  `Standard output is larger than ${Math.round(dataBytes / 1e6)} MB, or than ${Math.round(packedLimit / 1e6)} MB when it is packed; the tool was stopped.`;

/** What a step needs of its host. */
export interface HostPlace {
  readonly hello: Hello;
  readonly mask: Mask;
  readonly clock: Clock;
  /** Resolves when the message is on its way, or when nobody listens any more. */
  readonly say: (message: FromHost) => Promise<void>;
  /** Is the server there? */
  readonly heard: () => boolean;
}

export interface StepUnderWay {
  readonly mutates: boolean;
  readonly stop: Stop;
  readonly end: Promise<StepEnd>;
}

/** Silence, in milliseconds, after which nothing more comes of a tool that is gone, and how often that is looked for. */
const quietMs = 1_000;
const mostLooks = 30;

/** Hands standard output on, packed, without keeping it. */
const handOn = (
  stream: Readable | null,
  dataBytes: number,
  hand: (packed: Buffer) => Promise<void>,
  onBite: () => void,
  onFlood: () => void,
) => {
  const packer = stream === null ? null : createPacker(hand);
  let size = 0;
  let flooded = false;
  let handing = false;
  stream?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    onBite();
    if (flooded) return;
    if (size > dataBytes || (packer?.size() ?? 0) > packedLimit) {
      flooded = true;
      onFlood();
      return;
    }
    handing = true;
    stream.pause();
    void packer?.push(chunk).then(() => {
      handing = false;
      stream.resume();
    });
  });
  const over = new AbortController();
  const ended =
    stream === null
      ? Promise.resolve()
      : once(stream, 'close').then(
          () => over.abort(),
          () => over.abort(),
        );
  /**
   * The tool is gone. A child that left its group may hold the output open for ever, and must not hold the run: silence is
   * the end then. What is cut off so cannot be read, and fails the step that needs it.
   */
  const finish = async (clock: Clock): Promise<void> => {
    let seen = -1;
    for (let looks = 0; looks < mostLooks && !over.signal.aborted; looks += 1) {
      if (!handing && seen === size) break;
      seen = size;
      await Promise.race([clock.sleep(quietMs, over.signal), ended]);
    }
    stream?.destroy();
    await ended;
    await packer?.end();
  };
  return { finish, flooded: () => flooded };
};

const endOf = (mutates: boolean, stop: Stop, exitCode: number | null): StepEnd['ended'] => {
  // Terraform leaves with exit code 1 then as well, and drops what it was making.
  if (mutates && stop.insisted() && exitCode !== 0) return 'signal';
  const reason = stop.reason();
  // What a mutating tool says about its own end is worth more than that it was asked to stop.
  if (reason !== null && !(mutates && (exitCode === 0 || exitCode === null))) return reason;
  return exitCode === null ? 'signal' : 'exit';
};

/** The run's records about the step that mutates; for the others nothing is written. */
const recordsOf = ({ hello, clock }: HostPlace, { number, step, secrets }: StepRequest) => {
  const { folder, key, runId } = hello;
  let record: StepRecord = {
    runId,
    number,
    step: step.name,
    tool: null,
    interrupted: false,
    secrets: lockSecrets(key, secrets),
  };
  // One after another: they are one file.
  let writing: Promise<unknown> = Promise.resolve();
  const write = (change: Partial<StepRecord>): Promise<unknown> => {
    record = { ...record, ...change };
    const next = record;
    writing = writing.then(() => writeRecord(folder, 'step', key, next));
    return writing;
  };
  return {
    reserve: () => reserveRecord(folder, 'exit'),
    write,
    exit: (end: StepEnd, signal: string | null) =>
      seal(key, 'exit', {
        runId,
        number,
        step: step.name,
        ended: end.ended,
        exitCode: end.exitCode,
        signal,
        at: clock.now(),
      }),
  };
};

/** What the server hears at once it hears; a record that nobody heard of is tried for as long as somebody may make room. */
const keep = async (place: HostPlace, write: () => Promise<void>): Promise<void> => {
  for (let tries = 0; tries < 600; tries += 1) {
    try {
      return await write();
    } catch {
      if (place.heard() && tries > 2) return;
      await place.clock.sleep(1000);
    }
  }
};

/**
 * Runs one invocation. Before the tool starts, errors throw: nothing has happened then, and the end of the host says so. Once
 * it runs, nothing does.
 *
 * A cancelled end of a mutating step with an exit code of null means that it was never started.
 */
export const runStep = (request: StepRequest, place: HostPlace): StepUnderWay => {
  const { step, number, environment, cwd, wall } = request;
  const { hello, clock, mask } = place;
  const files = logFiles(hello, number, step.name);
  const records = step.mutates ? recordsOf(place, request) : null;
  let tail: Tail | null = null;
  let lastData = 0;
  const stop = createStop({
    step,
    clock,
    graceMs: request.disposable ? 0 : hello.limits.graceMs,
    idleMs: hello.limits.idleMs,
    lastOutput: () => Math.max(lastData, tail?.lastOutput() ?? 0),
    onTrouble: (trouble) => void place.say({ kind: 'trouble', number, trouble }),
    onInterrupt: () => void records?.write({ interrupted: true }).catch(() => {}),
  });

  const work = async (): Promise<StepEnd> => {
    for (const secret of request.secrets) mask.add(secret);
    const exit = await records?.reserve();
    const file = await findProgram(step.argv[0], environment['PATH'] ?? '', cwd);
    const out = step.output === 'log' ? await open(files.out, 'ax', 0o600) : null;
    const err = await open(files.err, 'ax', 0o600);
    tail = await createTail({
      files: out === null ? [files.err] : [files.out, files.err],
      log: files.log,
      maskStream: () => createMaskStream(mask),
      clock,
      logBytes: hello.limits.logBytes,
    });
    const begun = { command: step.argv.slice(0, 2).join(' '), startedAt: clock.now() };
    const note = (end: StepFacts['end']): Promise<void> =>
      writeFile(files.facts, JSON.stringify({ ...begun, end } satisfies StepFacts), { mode: 0o600 }).catch(
        () => undefined,
      );
    await note(null);
    const finish = async (end: StepEnd, words: string | null, signal: string | null): Promise<StepEnd> => {
      if (exit !== undefined && records !== null)
        await keep(place, () => exit.write(records.exit(end, signal)));
      const whole = await tail?.finish(words);
      await note({ at: clock.now(), ended: end.ended, exitCode: end.exitCode });
      if (whole === true)
        for (const raw of [files.out, files.err]) await rm(raw, { force: true }).catch(() => {});
      return end;
    };
    const never = (ended: 'cancelled' | 'not-found', note: string | null) =>
      finish({ ended, exitCode: null, flooded: false }, note, null);
    try {
      if (file === null) return await never('not-found', `\`${step.argv[0]}\` is not on the server's PATH.`);
      await records?.write({});
      // From here to the start nothing may be awaited: an interrupt in between would be lost.
      if (stop.reason() !== null || !place.heard()) return await never('cancelled', null);
      const invocation = { file, args: step.argv.slice(1), wall, environment, clock };
      const tool =
        step.terminal === true && out !== null
          ? await startOnTerminal({ ...invocation, stdout: out.fd })
          : await startTool({ ...invocation, nohup: hello.nohup, stdout: out?.fd ?? 'pipe', stderr: err.fd });
      if (tool instanceof Error) return await never('not-found', tool.message);
      return await attend(tool, finish);
    } finally {
      await out?.close().catch(() => {});
      await err.close().catch(() => {});
    }
  };

  const attend = async (
    { first, stdout, ready, exited }: Tool,
    finish: (end: StepEnd, note: string | null, signal: string | null) => Promise<StepEnd>,
  ): Promise<StepEnd> => {
    stop.spawned(first);
    const { dataBytes } = hello.limits;
    const data = handOn(
      stdout,
      dataBytes,
      (chunk) => place.say({ kind: 'data', number, chunk }),
      () => {
        lastData = clock.monotonic();
      },
      () => {
        if (!step.mutates) send(-first, 'SIGKILL');
      },
    );
    const { pid, group, endRest } = await ready;
    stop.started(pid, group);
    if (request.disposable) beKilledBefore(pid, 'all');
    const tool = identityOf(pid);
    // The tool runs: a record that cannot be written makes its outcome harder to know, and is no reason to leave it alone.
    await records?.write({ tool }).catch(() => {});
    void place.say({ kind: 'started', number, tool });
    const { code, signal } = await exited;
    stop.end();
    // On exit, not when the pipes close: a child left behind may hold them open for ever.
    // What an apply without a wall leaves behind may be meant to stay, and nobody can tell whose it is.
    if (!endRest() && !step.mutates) send(-group, 'SIGKILL');
    await data.finish(clock);
    const flooded = data.flooded();
    const end: StepEnd = flooded
      ? { ended: 'signal', exitCode: null, flooded }
      : { ended: endOf(step.mutates, stop, code), exitCode: code, flooded };
    return finish(end, flooded ? tooMuch(dataBytes) : stop.note(), signal);
  };

  return { mutates: step.mutates, stop, end: work() };
};
