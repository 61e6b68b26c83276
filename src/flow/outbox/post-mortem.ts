import { postMortem } from '../../render/post-mortem.ts';
import type { Report } from '../../store/reports/port.ts';
import type { FlowPorts } from '../ports.ts';
import { postMortemView } from '../post-mortem.ts';
import { wantBoard } from '../report.ts';
import { bytesOf, type Draft, digestOf } from './digest.ts';

type Ports = Pick<FlowPorts, 'forge' | 'store' | 'clock' | 'mask' | 'log' | 'pageUrl'>;

/**
 * The issue about an apply past what rules ask for. There is one for each such word: its number is kept with the report, and where that was
 * lost, its marker finds it. Null: it is not over yet.
 */
export const postMortemDraft = async (
  ports: Ports,
  { pull, thing }: Report,
  batch: string,
): Promise<Draft | null> => {
  const { forge, store, mask, log } = ports;
  const view = await postMortemView(ports, pull, batch);
  if (view === null) return null;
  const marker = `tidegate:${thing}`;
  const words = postMortem(marker, view);
  const [title, body] = [mask(words.title), mask(words.body)];
  return {
    digest: digestOf(title, body),
    bytes: bytesOf(body),
    send: async (known) => {
      const { repo } = pull;
      // People close it when they have talked about it: that more is known now is no reason to open it again.
      const there = known === null ? null : await forge.issue({ repo, number: known });
      const state = there?.state ?? 'open';
      const number = await forge.upsertIssue(repo, { number: known, marker, title, body, state });
      if (typeof number === 'string') {
        log.warn('no issue could be opened about an apply past the rules', { pull: pull.number, batch });
        await wantBoard(ports, pull);
        return null;
      }
      if (known === null) await noteOpened(store, ports, { pull, batch, number });
      await wantBoard(ports, pull);
      return number;
    },
  };
};

const noteOpened = (
  store: Ports['store'],
  { clock }: Pick<Ports, 'clock'>,
  { pull, batch, number }: Pick<Report, 'pull'> & { readonly batch: string; readonly number: number },
): Promise<void> =>
  store.transact(async (tables) => {
    const key = { repositoryId: pull.repo.id, pullNumber: pull.number };
    const rows = await tables.audit.ofPull(key);
    // Cut off behind it, it is sent once more.
    if (rows.some(({ kind, facts }) => kind === 'post-mortem.opened' && facts['batch'] === batch)) return;
    await tables.audit.append({
      ...{ at: clock.now(), kind: 'post-mortem.opened', actor: null, ...key, runId: null },
      facts: { batch, issue: number },
    });
  });
