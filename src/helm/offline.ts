import type { Asked } from './asked.ts';
import { prepareChart } from './chart.ts';
import { markedFed, readFed, valuesWith } from './feeds.ts';
import { item } from './manifests/difference.ts';
import { hooksToRun, isHook } from './manifests/hooks.ts';
import { writeRecord } from './record.ts';
import { readRendered, refuseTwice } from './render.ts';
import { type PlanEnd, writeSummary } from './summary.ts';
import type { Tools } from './tools.ts';
import { askVersion } from './version.ts';

/** Renders without a cluster, for reading only: what is there is not known, so everything is told as new. */
export const planOffline = async (
  tools: Tools,
  asked: Asked,
  say: (line: string) => void,
): Promise<PlanEnd> => {
  const [version, chart] = await Promise.all([askVersion(tools), prepareChart(tools, asked)]);
  const fed = await readFed(asked);
  const values = await valuesWith(asked, fed, tools.folder);
  const manifest = await tools.helmSays('Helm cannot render this', [
    ...['template', asked.release, chart.file, '--namespace', asked.namespace, '--include-crds'],
    ...values.flatMap((file) => ['--values', file]),
  ]);
  const reading = { namespace: asked.namespace, clusterWide: new Set<string>(), known: new Map() };
  const rendered = readRendered('What the chart renders', manifest, '', reading);
  refuseTwice(rendered);
  await writeRecord(asked.planDir, {
    schema: 1,
    intent: 'offline',
    helm: version,
    release: asked.release,
    namespace: asked.namespace,
    cluster: null,
    newest: null,
    base: null,
    serverSide: false,
    drift: null,
    frozen: false,
    files: [],
  });
  return writeSummary(
    asked,
    {
      version,
      items: markedFed(
        rendered.objects
          .map((object) => item('create', object, null, object.value))
          .toSorted((a, b) => (a.address < b.address ? -1 : 1)),
        fed,
      ),
      same: 0,
      runs: hooksToRun(rendered.hooks.filter(isHook), ['pre-install', 'post-install']),
      warnings: rendered.warnings,
      notPreviewable: [
        'Rendered without the cluster: what is there is not known, so everything is shown as new, and lookups find nothing.',
      ],
      verified: false,
      base: null,
      cluster: null,
      facts: chart.facts,
    },
    say,
  );
};
