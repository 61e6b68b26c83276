import { createHmac, randomBytes } from 'node:crypto';
import path from 'node:path';
import type { OperatorSettings } from '../config/types.ts';
import { createGenerator, type Generator, type GeneratorOptions } from '../flow/generate.ts';
import { silentLog } from '../observe/log.ts';
import type { ServerPrograms } from '../programs/server-programs.ts';
import { createBareSandbox } from '../sandbox/local/bare-sandbox.ts';
import { findIsolation } from '../sandbox/local/isolation/choose.ts';

export interface GeneratingOptions extends Pick<GeneratorOptions, 'git' | 'clock'> {
  readonly operator: OperatorSettings;
  /** Of ours, absolute; what is written goes there. */
  readonly folder: string;
  readonly searchPath: string;
  readonly programs: ServerPrograms;
}

/** The operator's commands as a server would run them: behind the same wall where this machine has one, with nothing of the person's. */
export const openGenerating = async (
  options: GeneratingOptions,
): Promise<{ readonly generator: Generator; close(): Promise<void> }> => {
  const { operator, git, clock, folder, searchPath, programs } = options;
  const key = randomBytes(32);
  const found = await findIsolation({
    kind: operator.isolation,
    programs,
    uid: process.getuid?.() ?? 0,
    dataFolder: folder,
    stateFolder: null,
    network: { plan: true, apply: true },
  });
  const sandbox = createBareSandbox({
    folder: path.join(folder, 'generating'),
    dataFolder: folder,
    path: searchPath,
    programs,
    // Whoever asked for it could run it without any wall as well; a server never goes on without one.
    kind: 'kind' in found ? found.kind : 'none',
    limits: operator.sandbox.limits,
    mask: (text) => text,
    runKey: (runId) => createHmac('sha256', key).update(runId).digest(),
    clock,
  });
  const newId = () => randomBytes(12).toString('base64url');
  return {
    generator: createGenerator({ operator, git, sandbox, newId, clock, log: silentLog }),
    close: sandbox.close,
  };
};
