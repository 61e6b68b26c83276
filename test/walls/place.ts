import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { runId } from '../../src/domain/ids.ts';
import type { RepoPath } from '../../src/domain/repo-path.ts';
import { root } from '../../src/domain/repo-path.ts';
import type { Reach } from '../../src/domain/run.ts';
import type { Step } from '../../src/runner/port.ts';
import { type ProcessIdentity, straysOf } from '../../src/sandbox/local/identity.ts';
import type { IsolationWish } from '../../src/sandbox/local/isolation/choose.ts';
import { createLocalSandbox } from '../../src/sandbox/local/sandbox.ts';
import { isolationFor } from '../support/isolation.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { programs } from '../support/server-programs.ts';

export interface PlaceWish {
  readonly isolation?: Partial<IsolationWish>;
  readonly environment?: Partial<Record<Reach, Record<string, string>>>;
  readonly graceMs?: number;
}

/** A data folder with a sandbox in it, a checkout, and programs that its tools may be. */
export const makePlace = async (wish: PlaceWish = {}) => {
  const data = temporaryFolder('data');
  const runs = path.join(data, 'runs');
  const bin = temporaryFolder('bin');
  chmodSync(bin, 0o755);
  const checkout = path.join(data, 'checkout');
  const environment = { plan: {}, apply: {}, ...wish.environment };
  const searchPath = `${bin}:${process.env['PATH'] ?? ''}`;
  const isolation = await isolationFor(runs, {
    dataFolder: data,
    passed: environment,
    ...wish.isolation,
  });
  const sandbox = createLocalSandbox({
    isolation,
    programs,
    folder: runs,
    environment,
    path: searchPath,
    mask: (text) => text,
    secrets: () => [],
    runKey: () => Buffer.alloc(32, 7),
    clock: createSystemClock(),
    graceMs: wish.graceMs ?? 10_000,
  });
  return {
    data,
    bin,
    runs,
    checkout,
    sandbox,
    isolation,
    program: (name: string, body: string): string => {
      writeFileSync(path.join(bin, name), `#!/bin/sh\n${body}\n`);
      chmodSync(path.join(bin, name), 0o755);
      return name;
    },
    open: (id: string, verb: Reach = 'plan', dir: RepoPath = root, env: Record<string, string> = {}) =>
      sandbox.open({ runId: runId(id), verb, checkout, dir, env }),
    reattach: (id: string) => sandbox.reattach(runId(id)),
    /** The run's tool, as this machine sees it. */
    toolOf: (id: string): ProcessIdentity | null =>
      straysOf(path.join(runs, id)).find(({ leads }) => leads)?.identity ?? null,
    processesOf: (id: string): readonly ProcessIdentity[] =>
      straysOf(path.join(runs, id)).map(({ identity }) => identity),
    hostOf: (id: string): ProcessIdentity =>
      JSON.parse(JSON.parse(readFileSync(path.join(runs, id, 'host.json'), 'utf8')).body).host,
  };
};

export const step = (argv: readonly [string, ...string[]], more: Partial<Step> = {}): Step => ({
  name: 'one',
  argv,
  output: 'log',
  timeoutMs: 600_000,
  environment: {},
  mutates: false,
  ...more,
});

export const until = (holds: () => boolean) =>
  expect.poll(holds, { timeout: 30_000, interval: 20 }).toBe(true);
