import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Asked } from './asked.ts';
import { contextOf } from './cluster.ts';
import { type ReleaseState, type Revision, releaseState } from './release-state.ts';
import type { Tools } from './tools.ts';

export interface Release {
  readonly state: ReleaseState;
  /** Of the newest revision; null where there is none. */
  readonly newest: Revision | null;
  /** How its objects are applied; null where Helm does not say. */
  readonly isServerSide: boolean;
}

const revisions = z.array(z.object({ revision: z.number(), status: z.string(), updated: z.string() }));
const metadata = z.object({ applyMethod: z.string().optional() });

/** Every state by name: without them Helm 3 lists two of them only, and `--all` is gone from Helm 4. */
const everyState = [
  ...['--deployed', '--failed', '--pending', '--superseded', '--uninstalling', '--uninstalled'],
];

export const place = (asked: Asked): readonly string[] => [
  ...['--namespace', asked.namespace, '--kube-context', contextOf(asked)],
];

/** Where the release stands. */
export const askRelease = async (tools: Tools, asked: Asked, major: number): Promise<Release> => {
  const where = place(asked);
  const listed = await tools.helmSays('Helm did not list its releases', [
    ...['list', ...where, '--filter', `^${asked.release}$`, ...everyState, '--output', 'json'],
  ]);
  if (z.array(z.unknown()).parse(JSON.parse(listed)).length === 0)
    // Helm 4 applies a new release on the server.
    return { state: releaseState([]), newest: null, isServerSide: major >= 4 };
  const [history, told] = await Promise.all([
    tools.helmSays('Helm did not tell the history of the release', [
      ...['history', asked.release, ...where, '--max', '256', '--output', 'json'],
    ]),
    tools.helm(['get', 'metadata', asked.release, ...where, '--output', 'json']),
  ]);
  const found = revisions.parse(JSON.parse(history));
  const state = releaseState(found);
  const newest = found.toSorted((a, b) => b.revision - a.revision)[0] ?? null;
  const method = told.code === 0 ? metadata.parse(JSON.parse(told.stdout)).applyMethod : undefined;
  return { state, newest, isServerSide: major >= 4 && (state.kind === 'install' || method === 'ssa') };
};

export interface Stored {
  readonly manifest: string;
  readonly hooks: string;
}

/** What one revision holds. */
export const askStored = async (tools: Tools, asked: Asked, revision: number): Promise<Stored> => {
  const get = (what: string) =>
    tools.helmSays(`Helm did not give the ${what} of revision ${revision}`, [
      ...['get', what, asked.release, ...place(asked), '--revision', String(revision)],
    ]);
  const [manifest, hooks] = await Promise.all([get('manifest'), get('hooks')]);
  return { manifest, hooks };
};

export const nothingStored: Stored = { manifest: '', hooks: '' };

/** For our own record, which nobody is shown: it may hold Secrets. */
export const digestOf = (stored: Stored): string =>
  createHash('sha256').update(JSON.stringify(stored)).digest('hex');
