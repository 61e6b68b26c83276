/**
 * The run host: a process of its own for one run, started by `../session.ts`, that outlives the server. It starts the run's
 * tools, brings what they write into the log, and puts on record how the one that mutates ended.
 *
 * It hears from the server over the channel of `child_process`. When that closes, the server is gone or has let go: a step
 * that mutates goes on, anything else is ended. A later server can only signal: SIGINT interrupts, SIGUSR2 insists.
 * It imports little: there is one for each run.
 */
import { flushCompileCache } from 'node:module';
import { createSystemClock } from '../../../clock/system.ts';
import { createMask } from '../../../observe/masking.ts';
import { identityOf } from '../identity.ts';
import { writeRecord } from '../records.ts';
import { type FromHost, type Hello, isToHost, leaveGraceMs, type ToHost } from './messages.ts';
import { type HostPlace, runStep, type StepUnderWay } from './run-step.ts';

const clock = createSystemClock();
const heard = (): boolean => process.connected;
let place: HostPlace | null = null;
/** By number. A step that mutates is alone; others may run beside each other. */
const underWay = new Map<number, StepUnderWay>();
const mutates = (): boolean => [...underWay.values()].some((step) => step.mutates);

const say = (message: FromHost): Promise<void> =>
  new Promise((resolve) => {
    if (process.send === undefined || !heard()) resolve();
    else process.send(message, () => resolve());
  });

const leaveIfIdle = (): void => {
  if (underWay.size === 0) process.exit(0);
};

const begin = async (hello: Hello): Promise<HostPlace> => {
  const mask = createMask();
  for (const secret of hello.secrets) mask.add(secret);
  const host = identityOf(process.pid);
  if (host !== null) await writeRecord(hello.folder, 'host', hello.key, { runId: hello.runId, host });
  void say({ kind: 'ready', host }).then(() => flushCompileCache());
  return { hello, mask, clock, say, heard };
};

const work = async (number: number, step: StepUnderWay): Promise<void> => {
  const end = await step.end;
  underWay.delete(number);
  if (heard()) await say({ kind: 'ended', number, ...end });
  else leaveIfIdle();
};

/** Before its tool starts a step that cannot go on ends the host: nothing has happened then, and the server finds that out. */
const fail = (error: unknown): never => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
};

const hear = async (message: ToHost): Promise<void> => {
  if (message.kind === 'hello') place = await begin(message);
  else if (message.kind === 'insist') underWay.get(message.number)?.stop.insist();
  else if (message.kind === 'interrupt')
    underWay.get(message.number)?.stop.interrupt('cancelled', message.graceMs);
  else if (message.kind === 'step' && place !== null && heard()) {
    const step = runStep(message, place);
    underWay.set(message.number, step);
    work(message.number, step).catch(fail);
  }
};

// One after another: an interrupt that comes right behind its step must find it.
let hearing: Promise<void> = Promise.resolve();
process.on('message', (message) => {
  if (isToHost(message)) hearing = hearing.then(() => hear(message)).catch(fail);
});

const leave = (): void => {
  leaveIfIdle();
  for (const step of underWay.values()) if (!step.mutates) step.stop.interrupt('cancelled', leaveGraceMs);
};

process.on('disconnect', leave);
// To whole groups of processes, as an init system sends it: the tool got its own, and how it ends has to be put on record.
process.on('SIGTERM', leave);
process.on('SIGHUP', () => {});
process.on('SIGINT', () => {
  for (const { stop } of underWay.values()) stop.interrupt('cancelled');
});
process.on('SIGUSR2', () => {
  for (const { stop } of underWay.values()) stop.insist();
});
// Whatever goes wrong in here while a tool changes the world: how that ends is worth more.
process.on('uncaughtException', (error) => {
  if (!mutates()) fail(error);
  else process.stderr.write(`${error.stack}\n`);
});
