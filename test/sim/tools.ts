import { createHash } from 'node:crypto';
import type { Clock } from '../../src/clock/port.ts';
import type { ProjectKey, RunId } from '../../src/domain/ids.ts';
import { nothingPrinted, printedOf } from '../../src/domain/printed.ts';
import type { MemoryFolders } from '../../src/git/memory/folders.ts';
import type { Step } from '../../src/runner/port.ts';
import {
  type Ending,
  HostLost,
  type Reattached,
  type Sandbox,
  type SandboxSpec,
  type StepOptions,
  type StepResult,
} from '../../src/sandbox/port.ts';
import type { Journal } from '../support/history-facts.ts';
import type { Random } from './random.ts';

/** How a tool behaves; what is not said is well. */
export const misbehaviours = [
  'fails',
  'is killed',
  'hangs until it is interrupted',
  'hangs until it is interrupted twice',
  'cannot save its state',
  'loses its host',
] as const;
export type Misbehaviour = (typeof misbehaviours)[number];

/** The tools of the story and the processes that host them. They belong to the machine: a server's death does not end them. */
export interface Tools {
  readonly sandbox: Sandbox;
  /** The next step that does the work of this verb behaves like that. */
  readonly next: { verb: 'plan' | 'apply'; how: Misbehaviour }[];
  /** The machine goes down: no process is left, and no record of those that ran. */
  reboot(): void;
  /**
   * The world is that from now on, and no state says so; null: it is what was applied last. `more`: attributes that nobody's file has.
   */
  change(dir: string, text: string | null, more?: readonly string[]): void;
  /** What the world is: the files that were applied, `path: content` each, or what somebody changed. Null: nothing was applied. */
  is(dir: string): string | null;
  /** Is the world what was applied last? Null: nothing was. */
  isAsApplied(dir: string): boolean | null;
  /** Steps that mutate and have not ended. */
  running(): number;
  /** The faults are over: whatever hangs is interrupted by somebody. */
  free(): void;
}

interface Host {
  readonly spec: SandboxSpec;
  readonly folder: string;
  alive: boolean;
  mutating: { readonly done: Promise<Ending>; ended: boolean } | null;
  /** What the step under way is sent. */
  interrupt: (() => void) | null;
  interrupts: number;
  hangs: boolean;
}

const digest = (bytes: Buffer | string): string =>
  createHash('sha256').update(bytes).digest('hex').slice(0, 16);

/** A word for what a plan would do; each of its texts that people see holds it. */
const meaningOf = (before: string | null, after: string): string =>
  `means-${digest(JSON.stringify([before, after]))}`;

/** The meanings of plans that can be read there. */
export const meaningsIn = (text: string): readonly string[] => [
  ...new Set(text.match(/means-[0-9a-f]{16}/g) ?? []),
];

/** Stands before each attribute that somebody has added to the world. */
export const moreMark = '\n+ ';

/** The attributes that the world has. */
const attributesOf = (text: string): object => {
  const [input = '', ...more] = text.split(moreMark);
  return { input, ...Object.fromEntries(more.map((name) => [name, 'somebody'])) };
};

const planJson = (before: string | null, after: string): string =>
  JSON.stringify({
    format_version: '1.2',
    terraform_version: '1.11.4',
    resource_changes: [
      {
        address: 'terraform_data.this',
        mode: 'managed',
        type: 'terraform_data',
        name: 'this',
        provider_name: 'terraform.io/builtin/terraform',
        change: {
          actions: before === after ? ['no-op'] : before === null ? ['create'] : ['update'],
          before: before === null ? null : attributesOf(before),
          after: { input: after, meaning: meaningOf(before, after) },
          after_unknown: {},
          before_sensitive: {},
          after_sensitive: {},
        },
      },
    ],
    output_changes: {},
  });

export interface ToolsOptions {
  readonly folders: MemoryFolders;
  readonly clock: Clock;
  readonly random: Random;
  readonly journal: Journal;
  /** What lock the state of that folder would be under. */
  readonly projectOf: (dir: string) => ProjectKey;
  /** May a plan of that folder begin by itself? `creates`: there is nothing yet that it could update. */
  readonly byRule: (dir: string, creates: boolean) => boolean;
}

/** Terraform, without terraform: a folder's wish is its `.tf` files, its world is `state`; a plan file holds both. */
export const createTools = (options: ToolsOptions): Tools => {
  const { folders, clock, random, journal, projectOf, byRule } = options;
  const hosts = new Map<string, Host>();
  /** `applied`: what the last apply that ended well made of it; null: none did. */
  const state = new Map<string, { serial: number; text: string; applied: string | null }>();
  const next: Tools['next'] = [];
  let freed = false;
  const planFiles = (host: Host) => folders.files(host.folder) ?? new Map();
  const planFileOf = (host: Host): Buffer => {
    const file = planFiles(host).get('plan.bin');
    if (file?.kind !== 'file') throw new Error('no plan file');
    return file.bytes;
  };
  const wishOf = ({ spec }: Host): string =>
    [...(folders.read(spec.checkout) ?? [])]
      .filter(([path]) => path.startsWith(`${spec.dir}/`) && path.endsWith('.tf'))
      .map(([path, laid]) => `${path}: ${laid.kind === 'file' ? laid.bytes.toString() : laid.kind}`)
      .sort()
      .join('\n');

  const result = (step: Step, more: Partial<StepResult> = {}): StepResult => ({
    step: step.name,
    ended: 'exit',
    exitCode: 0,
    data: nothingPrinted,
    text: '',
    ...more,
  });

  /** Waits until the tool is done or has had so many interrupts. */
  const pass = async (host: Host, ms: number, interrupts: number): Promise<'done' | 'interrupted'> => {
    const stop = new AbortController();
    host.interrupts = 0;
    host.hangs = ms === Number.POSITIVE_INFINITY;
    host.interrupt = () => {
      host.interrupts += 1;
      if (host.interrupts >= interrupts || freed) stop.abort();
    };
    if (freed && host.hangs) stop.abort();
    await clock.sleep(Math.min(ms, 40 * 86_400_000), stop.signal);
    host.interrupt = null;
    host.hangs = false;
    return stop.signal.aborted ? 'interrupted' : 'done';
  };

  const plans = async (host: Host, step: Step): Promise<StepResult> => {
    const how = take('plan');
    const hangs = how === 'hangs until it is interrupted' || how === 'hangs until it is interrupted twice';
    const end = await pass(host, hangs ? Number.POSITIVE_INFINITY : random.int(1, 40_000), 1);
    if (end === 'interrupted') return result(step, { ended: 'cancelled', exitCode: 1, text: 'interrupted' });
    if (how === 'fails') return result(step, { exitCode: 1, text: 'no' });
    if (how === 'is killed') return result(step, { ended: 'signal', exitCode: null });
    const dir = host.spec.dir;
    const text = wishOf(host);
    const before = state.get(dir);
    const file = Buffer.from(
      JSON.stringify({ before: before?.text ?? null, text, serial: before?.serial ?? 0 }),
    );
    planFiles(host).set('plan.bin', { kind: 'file', bytes: file, executable: false });
    journal.note({
      kind: 'plan made',
      run: host.spec.runId,
      content: digest(file),
      meaning: meaningOf(before?.text ?? null, text),
      byRule: byRule(dir, before === undefined),
    });
    return result(step, { text: 'planned' });
  };

  const applies = async (host: Host, step: Step): Promise<StepResult> => {
    const how = take('apply');
    const { runId, dir } = host.spec;
    const bytes = planFileOf(host);
    const project = projectOf(dir);
    journal.note({ kind: 'tool started', run: runId, project, content: digest(bytes) });
    const end = (outcome: 'well' | 'failed' | 'unknown', more: Partial<StepResult>): StepResult => {
      journal.note({ kind: 'tool ended', run: runId, project, outcome });
      return result(step, more);
    };
    const plan: { text: string; serial: number } = JSON.parse(bytes.toString());
    const known = state.get(dir)?.serial ?? 0;
    if (known !== plan.serial) return end('failed', { exitCode: 1, text: 'Saved plan is stale' });
    const hangs = how === 'hangs until it is interrupted' || how === 'hangs until it is interrupted twice';
    const ended = await pass(
      host,
      hangs ? Number.POSITIVE_INFINITY : random.int(1, 90_000),
      how === 'hangs until it is interrupted twice' ? 2 : 1,
    );
    const write = (text: string, applied = state.get(dir)?.applied ?? null) =>
      state.set(dir, { serial: known + 1, text, applied });
    if (how === 'is killed') {
      if (random.chance(0.5)) write(`half of ${plan.text}`);
      return end('unknown', { ended: 'signal', exitCode: null });
    }
    if (how === 'cannot save its state') {
      folders.files(host.spec.checkout)?.set(`${dir}/errored.tfstate`, {
        kind: 'file',
        bytes: Buffer.from(`state of ${runId}`),
        executable: false,
      });
      return end('unknown', { exitCode: 1, text: 'Failed to save state' });
    }
    if (ended === 'interrupted') {
      write(`part of ${plan.text}`);
      return end('failed', { ended: 'cancelled', exitCode: 1, text: 'interrupted' });
    }
    if (how === 'fails') {
      if (random.chance(0.5)) write(`part of ${plan.text}`);
      return end('failed', { exitCode: 1, text: 'Error: no' });
    }
    write(plan.text, plan.text);
    return end('well', { text: 'applied' });
  };

  const take = (verb: 'plan' | 'apply'): Misbehaviour | null => {
    const index = next.findIndex((one) => one.verb === verb);
    return index < 0 ? null : (next.splice(index, 1)[0]?.how ?? null);
  };

  const answer = async (host: Host, step: Step): Promise<StepResult> => {
    switch (step.name) {
      case 'version':
        return result(step, { data: printedOf(Buffer.from('{"terraform_version": "1.11.4"}')) });
      case 'plan':
        return plans(host, step);
      case 'show': {
        const plan: { before: string | null; text: string } = JSON.parse(planFileOf(host).toString());
        return result(step, { data: printedOf(Buffer.from(planJson(plan.before, plan.text))) });
      }
      default:
        return result(step);
    }
  };

  const runMutating = async (host: Host, step: Step, losing: Promise<never>): Promise<StepResult> => {
    const done = applies(host, step).then(
      (ended): Ending =>
        host.alive
          ? { kind: 'ended', result: ended }
          : { kind: 'unknown', because: 'its host was killed', text: '' },
    );
    const mutating = { done, ended: false };
    host.mutating = mutating;
    void done.then(() => {
      mutating.ended = true;
    });
    const ending = await Promise.race([done, losing]);
    if (ending.kind === 'ended') return ending.result;
    throw new HostLost('the host is gone');
  };

  const run = async (host: Host, step: Step, options: StepOptions = {}): Promise<StepResult> => {
    if (!host.alive) throw new HostLost('the host is gone');
    if (options.signal?.aborted && !step.mutates) return result(step, { ended: 'cancelled', exitCode: null });
    const interrupt = () => host.interrupt?.();
    options.signal?.addEventListener('abort', interrupt);
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => undefined);
    const at = next.findIndex((one) => one.verb === 'apply');
    if (step.mutates && next[at]?.how === 'loses its host') {
      next.splice(at, 1);
      void clock.sleep(random.int(1, 20_000)).then(() => {
        host.alive = false;
        lost.reject(new HostLost('the host was killed'));
      });
    }
    try {
      return await (step.mutates ? runMutating(host, step, lost.promise) : answer(host, step));
    } finally {
      options.signal?.removeEventListener('abort', interrupt);
    }
  };

  const dispose = (host: Host): void => {
    if (host.mutating?.ended === false)
      journal.note({ kind: 'broken', what: `${host.spec.runId} was disposed of while its tool ran` });
    hosts.delete(host.spec.runId);
    folders.remove(host.folder);
  };

  const reattached = (runId: RunId): Reattached => {
    const host = hosts.get(runId);
    const nothing: Reattached = {
      folder: `/runs/${runId}`,
      running: false,
      ending: Promise.resolve({ kind: 'unknown', because: 'nothing is left of the run', text: '' }),
      interrupt: () => undefined,
      insist: () => undefined,
      detach: () => undefined,
      dispose: async () => undefined,
    };
    if (host === undefined) return nothing;
    const interrupt = () => host.interrupt?.();
    return {
      ...nothing,
      running: host.mutating !== null && !host.mutating.ended,
      ending: host.mutating?.done ?? Promise.resolve({ kind: 'not-started' }),
      interrupt,
      insist: interrupt,
      dispose: async () => dispose(host),
    };
  };

  return {
    sandbox: {
      isolation: 'none',
      open: async (spec) => {
        if (hosts.has(spec.runId)) throw new Error(`the folder of run ${spec.runId} is there already`);
        const folder = `/runs/${spec.runId}`;
        const host: Host = {
          spec,
          folder,
          alive: true,
          mutating: null,
          interrupt: null,
          interrupts: 0,
          hangs: false,
        };
        hosts.set(spec.runId, host);
        folders.lay(folder, new Map());
        return {
          folder,
          files: folder,
          fresh: `${folder}/fresh`,
          apart: folder,
          run: (step, options) => run(host, step, options),
          insist: () => host.interrupt?.(),
          detach: async () => undefined,
          dispose: async () => dispose(host),
        };
      },
      reattach: async (runId) => reattached(runId),
    },
    next,
    reboot: () => {
      for (const host of hosts.values()) {
        const { mutating } = host;
        host.alive = false;
        host.interrupts = 9;
        if (mutating !== null && !mutating.ended) host.interrupt?.();
        hosts.delete(host.spec.runId);
        folders.remove(host.folder);
      }
    },
    change: (dir, text, more = []) => {
      const known = state.get(dir);
      if (known?.applied == null) return;
      const words = [text ?? known.applied, ...more.toSorted()].join(moreMark);
      state.set(dir, { ...known, text: words });
    },
    is: (dir) => state.get(dir)?.text ?? null,
    isAsApplied: (dir) => {
      const known = state.get(dir);
      return known?.applied == null ? null : known.text === known.applied;
    },
    running: () => [...hosts.values()].filter((host) => host.mutating?.ended === false).length,
    free: () => {
      freed = true;
      for (const host of hosts.values()) if (host.hangs) host.interrupt?.();
    },
  };
};
