import type { Sha } from '../../domain/ids.ts';
import { fullNameOf } from '../../domain/pull.ts';
import type { Report } from '../../store/reports/port.ts';
import type { FlowPorts } from '../ports.ts';
import { bytesOf, type Draft, digestOf } from './digest.ts';

type Ports = Pick<FlowPorts, 'forge' | 'mask' | 'operator' | 'pageUrl' | 'renderer' | 'store'>;

/** Null: that commit is the newest of no branch any more whose projects are looked at, or nobody wants such a check. */
export const driftCheckDraft = async (ports: Ports, item: Report, commit: Sha): Promise<Draft | null> => {
  const { forge, mask, operator, pageUrl, renderer, store } = ports;
  const { repo } = item.pull;
  const { check } = operator.driftOf(fullNameOf(repo));
  if (check === 'off') return null;
  const tracked = await store.tracked.ofRepository(repo.id);
  const here = new Set(tracked.filter(({ desired }) => desired?.sha === commit).map(({ key }) => key));
  const rows = (await store.drifts.ofRepository(repo.id)).filter(({ project }) => here.has(project));
  if (here.size === 0) return null;
  const { status, conclusion, ...words } = renderer.driftCheck(rows, check);
  const [title, summary] = [mask(words.title), mask(words.summary)];
  return {
    digest: digestOf(status, conclusion, title, summary),
    bytes: bytesOf(summary),
    send: (id) =>
      forge.upsertCheck(repo, {
        id: item.digest === null ? null : id,
        headSha: commit,
        name: 'tidegate/drift',
        status,
        conclusion,
        title,
        summary,
        text: null,
        detailsUrl: pageUrl('/locks'),
      }),
  };
};
