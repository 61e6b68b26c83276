import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import { UserError } from '../../src/domain/problem.ts';
import { silentLog } from '../../src/observe/log.ts';
import { loadRunners } from '../../src/runner/load.ts';
import type { Runner } from '../../src/runner/port.ts';
import type { Tools } from '../../src/tools/port.ts';
import { createTools, type ToolsOptions } from '../../src/tools/tools.ts';
import { temporaryFolder } from './leftovers.ts';
import { type ReleaseMirror, startReleaseMirror } from './release-mirror.ts';

/** A folder, a mirror with 1.9.8, and servers that fetch from it; each test has its own. */
export interface Mirrored {
  readonly folder: () => string;
  readonly mirror: () => ReleaseMirror;
  readonly terraform: Runner;
  /** A later server on the same folder. */
  create(more?: Partial<ToolsOptions>): Promise<Tools>;
  /** All files below the folder of versions. */
  onDisk(): readonly string[];
  /** Code and sentence of what a fetch of 1.9.8 is refused with; fails where it is not. */
  refusal(tools: Tools): Promise<string>;
}

export const mirrored = async (): Promise<Mirrored> => {
  const runners = await loadRunners([path.resolve('runners')], { parseYaml });
  const terraform = runners.get('terraform');
  if (terraform === null) throw new Error('no terraform runner');
  let folder = '';
  let mirror: ReleaseMirror | null = null;
  const open: Tools[] = [];
  const there = (): ReleaseMirror => {
    if (mirror === null) throw new Error('no mirror yet');
    return mirror;
  };
  beforeEach(async () => {
    folder = temporaryFolder('releases');
    mirror = await startReleaseMirror(folder);
    await mirror.add('1.9.8');
  });
  afterEach(async () => {
    for (const tools of open.splice(0)) await tools.close();
    await mirror?.close();
  });
  return {
    folder: () => folder,
    mirror: there,
    terraform,
    create: async (more = {}) => {
      const { url, caFile, keyFile } = there();
      const tools = await createTools({
        folder: path.join(folder, 'tools'),
        download: true,
        caFile,
        runners: new Map([['terraform', { url, index: null, keyFile }]]),
        environment: {},
        clock: createSystemClock(),
        log: silentLog,
        ...more,
      });
      open.push(tools);
      return tools;
    },
    onDisk: () =>
      existsSync(path.join(folder, 'tools'))
        ? readdirSync(path.join(folder, 'tools'), { recursive: true, withFileTypes: true })
            .filter((entry) => !entry.isDirectory())
            .map((entry) => path.join(entry.parentPath, entry.name))
        : [],
    refusal: async (tools) => {
      try {
        await tools.folderOf(terraform, '1.9.8');
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return `${error.problem.code}: ${error.problem.sentence}`;
      }
      throw new Error('it was not refused');
    },
  };
};
