import type { Asked } from './asked.ts';
import { askCluster } from './cluster.ts';
import { readingFor } from './look.ts';
import { item } from './manifests/difference.ts';
import { hooksToRun } from './manifests/hooks.ts';
import { textAt } from './manifests/json.ts';
import type { KubeObject } from './manifests/objects.ts';
import { writeRecord } from './record.ts';
import { askRelease, askStored, digestOf, place } from './release.ts';
import { claimsOf, readRendered } from './render.ts';
import { shown } from './said.ts';
import { blocked, Stopped } from './stopped.ts';
import { type PlanEnd, writeSummary } from './summary.ts';
import type { Tools } from './tools.ts';
import { askVersion, majorOf } from './version.ts';

/** Helm reads the policy of what it stored, whatever its case. */
const isKept = ({ value }: KubeObject): boolean =>
  textAt(value, 'metadata', 'annotations', 'helm.sh/resource-policy').trim().toLowerCase() === 'keep';

/** Names everything that uninstalling the release takes away, what stays, and what is run. Changes nothing. */
export const planUninstall = async (
  tools: Tools,
  asked: Asked,
  say: (line: string) => void,
): Promise<PlanEnd> => {
  const [version, cluster] = await Promise.all([askVersion(tools), askCluster(tools, asked)]);
  const { state, newest, isServerSide } = await askRelease(tools, asked, majorOf(version));
  if (state.kind === 'blocked') throw blocked(state.says);
  const isGone = newest === null || state.kind === 'install';
  const stored = isGone ? null : await askStored(tools, asked, newest.revision);
  const reading = await readingFor(tools, asked, cluster, stored === null ? [] : [stored.manifest]);
  const { objects, hooks } = readRendered(
    `Revision ${newest?.revision}`,
    stored?.manifest ?? '',
    stored?.hooks ?? '',
    reading,
  );
  await writeRecord(asked.planDir, {
    schema: 1,
    intent: isGone ? 'nothing' : 'uninstall',
    helm: version,
    release: asked.release,
    namespace: asked.namespace,
    cluster: { server: cluster.server, uid: cluster.uid, context: cluster.context },
    newest: newest && { revision: newest.revision, status: newest.status },
    base: isGone || stored === null ? null : { revision: newest.revision, digest: digestOf(stored) },
    serverSide: isServerSide,
    drift: null,
    frozen: false,
    files: [],
  });
  const claims = objects.flatMap((object) =>
    claimsOf(object).map(
      (claim) => `Claims that ${object.address} made for ${claim} stay, with what is on them.`,
    ),
  );
  return writeSummary(
    asked,
    {
      version,
      items: objects
        .map((object) =>
          isKept(object)
            ? item('forget', object, object.value, null, [
                'It has helm.sh/resource-policy: keep, so it stays.',
              ])
            : item('delete', object, object.value, null),
        )
        .toSorted((a, b) => (a.address < b.address ? -1 : 1)),
      same: 0,
      runs: hooksToRun(hooks, ['pre-delete', 'post-delete']),
      warnings: isGone
        ? []
        : [
            ...claims,
            `The namespace ${asked.namespace} stays, and so do definitions of kinds (crds/) and what hooks have left.`,
          ],
      base: newest === null ? 'none' : String(newest.revision),
      cluster,
    },
    say,
  );
};

/** Takes the release away. What the plan was made against was held against the cluster before. */
export const uninstall = async (tools: Tools, asked: Asked, say: (line: string) => void): Promise<void> => {
  say(`uninstalling ${asked.release}`);
  const { code, stderr } = await tools.change([
    ...['uninstall', asked.release, ...place(asked), '--wait', '--timeout', asked.timeout],
  ]);
  // Never "again": something may be gone.
  if (code !== 0) throw new Stopped(1, `The uninstall failed.\n${shown(stderr)}`);
  say(`${asked.release} is uninstalled`);
};
