import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Step } from '../../runner/port.ts';
import type { Sandbox, SandboxSpec, StepResult } from '../port.ts';

/** How a scripted invocation ends. What is not said: exit 0 without output. */
export interface ScriptedAnswer {
  readonly ended?: StepResult['ended'];
  readonly exitCode?: number | null;
  readonly data?: string | Buffer;
  readonly text?: string;
}

/**
 * Stands for the tool: may look at the checkout and write to it or to the session's folder. Gets the signal, and should
 * return when it fires.
 */
export type Script = (
  step: Step,
  run: { readonly spec: SandboxSpec; readonly folder: string; readonly signal: AbortSignal | undefined },
) => ScriptedAnswer | Promise<ScriptedAnswer>;

const resultOf = (step: Step, answer: ScriptedAnswer): StepResult => {
  const ended = answer.ended ?? 'exit';
  return {
    step: step.name,
    ended,
    exitCode: answer.exitCode ?? (ended === 'exit' ? 0 : null),
    data: step.output === 'data' ? Buffer.from(answer.data ?? '') : Buffer.alloc(0),
    text: answer.text ?? '',
  };
};

/**
 * Answers steps without starting a process. `folder` (absolute) holds the private folders, as with a real one. A script that
 * throws is a tool that ended with exit code 1 and the error's message.
 */
export const createScriptedSandbox = (options: {
  readonly folder: string;
  readonly script: Script;
}): Sandbox => ({
  open: async (spec) => {
    const folder = join(options.folder, spec.runId);
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    await mkdir(folder, { mode: 0o700 });
    const answer = async (step: Step, signal: AbortSignal | undefined): Promise<ScriptedAnswer> => {
      if (signal?.aborted) return { ended: 'cancelled' };
      try {
        const given = await options.script(step, { spec, folder, signal });
        return signal?.aborted && !step.mutates ? { ...given, ended: 'cancelled' } : given;
      } catch (error) {
        return { exitCode: 1, text: error instanceof Error ? error.message : String(error) };
      }
    };
    return {
      folder,
      run: async (step, options) => resultOf(step, await answer(step, options?.signal)),
      insist: () => undefined,
      detach: () => rm(folder, { recursive: true, force: true }),
      dispose: () => rm(folder, { recursive: true, force: true }),
    };
  },
  reattach: async (runId) => ({
    folder: join(options.folder, runId),
    running: false,
    ending: Promise.resolve({ kind: 'unknown', because: 'nothing is left of the run', text: '' }),
    interrupt: () => undefined,
    insist: () => undefined,
    detach: () => undefined,
    dispose: () => rm(join(options.folder, runId), { recursive: true, force: true }),
  }),
});
