import type { Drift } from '../../src/domain/drift/drift.ts';
import type { DriftSettings } from '../../src/domain/drift/settings.ts';
import { noDrift } from '../../src/domain/drift/settings.ts';
import { inputsDigest, type Sha } from '../../src/domain/ids.ts';
import { type Project, projectKey } from '../../src/domain/project.ts';
import { repoPath } from '../../src/domain/repo-path.ts';
import type { Tracked, Version } from '../../src/domain/tracked.ts';
import { createMemoryWorld, type MemoryWorld, type MemoryWorldOptions, repo } from './memory-world.ts';
import { sampleProject } from './samples.ts';
import { createSummaryTool, type SummaryTool, type Things } from './summary-tool.ts';

/** A repository of folders whose world is one file, each looked at once an hour. */
export interface DriftWorld {
  readonly w: MemoryWorld;
  readonly tool: SummaryTool;
  /** Of the folder `people`, or another. */
  drift(dir?: string): Promise<Drift>;
  /** As if it had been applied at that commit, which is the newest of `main`. */
  apply(commit: Sha, dir?: string, more?: Partial<Tracked>): Promise<void>;
  project(dir: string): Project;
  /** Looks so far. */
  looks(): number;
  /** Lets time pass, and what begins in it come to its end. */
  pass(ms: number): Promise<void>;
}

export const hour = 3_600_000;

/** Every full hour, with nothing between the projects. */
const hourly: DriftSettings = {
  ...noDrift,
  mode: 'detect',
  schedule: { cron: '0 * * * *', zone: 'UTC' },
};
const written = 'drift: { mode: detect, schedule: { cron: "0 * * * *" } }';
const exact = 'drift: { jitter: 0m }\n';

export interface DriftWish extends Omit<MemoryWorldOptions, 'main' | 'runners' | 'script'> {
  readonly dirs?: readonly string[];
  /** What each folder asks for. */
  readonly things?: Things;
  /** In the place of `written`, for each project. */
  readonly drift?: string;
  readonly settings?: DriftSettings;
  readonly lines?: Readonly<Record<string, string>>;
}

export const createDriftWorld = async ({
  dirs = ['people'],
  things = { ada: 'admin', grace: 'dev' },
  drift = written,
  settings = hourly,
  lines = {},
  operator = exact,
  ...more
}: DriftWish = {}): Promise<DriftWorld> => {
  const tool = createSummaryTool(lines);
  tool.world.set(things);
  const projects = dirs.map((dir) => `  - { dir: ${dir}, runner: things, ${drift} }\n`).join('');
  const w = await createMemoryWorld({
    ...more,
    operator,
    main: {
      'tidegate.yaml': `version: 1\nprojects:\n${projects}`,
      ...Object.fromEntries(dirs.map((dir) => [`${dir}/wish.json`, JSON.stringify(things)])),
    },
    runners: tool.runners,
    script: tool.script,
  });
  const keyOf = (dir: string) => projectKey(repo.id, repoPath(dir), 'default', null);
  const project = (dir: string): Project => {
    const sample = sampleProject(dir, { settings: { runner: 'things', drift: settings } });
    return { ...sample, key: keyOf(dir) };
  };
  const looks = () => tool.journal().filter(({ phase }) => phase === 'plan' || phase === 'drift').length;
  return {
    w,
    tool,
    project,
    looks,
    drift: async (dir = 'people') => {
      const row = await w.ports.store.drifts.get(keyOf(dir));
      if (row === null) throw new Error(`nobody looks at ${dir}; ${w.complaints.join('; ')}`);
      return row;
    },
    apply: async (commit, dir = 'people', rest = {}) => {
      const at = w.ports.clock.now();
      const tree = await w.ports.git.treeOf(repo.id, commit);
      const version: Version = {
        ref: 'refs/heads/main',
        sha: commit,
        tree,
        on: 'branch',
        sure: true,
        inputs: inputsDigest('c'.repeat(64)),
        toolVersion: '1.0.0',
        plan: null,
        by: null,
        pullNumber: null,
        run: null,
        at,
      };
      await w.ports.store.tracked.put({
        key: keyOf(dir),
        repo,
        project: project(dir),
        desired: { ref: 'refs/heads/main', sha: commit, tree, at, behind: null, refused: null },
        applied: version,
        attempted: null,
        proven: null,
        merged: null,
        pendingSince: null,
        goneAt: null,
        ...rest,
      });
    },
    pass: async (ms) => {
      await w.advance(ms);
      await w.settled();
    },
  };
};
