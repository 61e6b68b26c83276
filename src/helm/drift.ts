import type { Asked } from './asked.ts';
import { askCluster, askLive, askMerged } from './cluster.ts';
import { readingFor } from './look.ts';
import { drifted, owned, putBack } from './manifests/drift.ts';
import { readLive } from './manifests/objects.ts';
import { askRelease, askStored } from './release.ts';
import { readRendered } from './render.ts';
import { blocked, wrong } from './stopped.ts';
import { type PlanEnd, writeSummary } from './summary.ts';
import type { Tools } from './tools.ts';
import { askVersion, majorOf } from './version.ts';

/** What in the cluster is no longer as the deployed revision has it. Looks at no chart, and changes nothing. */
export const drift = async (tools: Tools, asked: Asked, say: (line: string) => void): Promise<PlanEnd> => {
  const [version, cluster] = await Promise.all([askVersion(tools), askCluster(tools, asked)]);
  const { state } = await askRelease(tools, asked, majorOf(version));
  if (state.kind === 'blocked' || state.kind === 'uninstalling') throw blocked(state.says);
  if (state.kind === 'install') throw blocked(`There is no release ${asked.release}: nothing is applied.`);
  const stored = await askStored(tools, asked, state.base);
  const reading = await readingFor(tools, asked, cluster, [stored.manifest]);
  const { objects } = readRendered(`Revision ${state.base}`, stored.manifest, '', reading);
  const owner = { release: asked.release, namespace: asked.namespace };
  const [found, would] = await Promise.all([
    askLive(tools, cluster, objects),
    askMerged(
      tools,
      cluster,
      objects.map((object) => owned(object, owner)),
    ),
  ]);
  if (would.refused !== null) throw wrong(`The cluster cannot be compared: ${would.refused}`);
  const live = readLive(found, reading);
  const merged = readLive(would.objects, reading);
  const known = { after: objects, live, merged };
  const items = putBack({ drift: drifted({ before: objects, ...known }), ...known });
  return writeSummary(
    asked,
    { version, items, same: objects.length - items.length, base: String(state.base), cluster },
    say,
  );
};
