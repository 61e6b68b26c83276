import type { Sha, TreeId } from '../../domain/ids.ts';
import type { Preview } from '../../domain/preview.ts';
import type { PullKey } from '../port.ts';
import type { Previews } from '../previews/port.ts';
import { asStored, type Enter, isOf, type MemoryTables, nameOf } from './tables.ts';

export interface PreviewRow {
  readonly preview: Preview;
  readonly headSha: Sha;
  readonly tree: TreeId;
}

const nameOfPreview = (one: PullKey & Pick<Preview, 'project'>): string => `${nameOf(one)} ${one.project}`;

const byKey = (one: Preview, other: Preview): number =>
  one.repositoryId - other.repositoryId ||
  one.pullNumber - other.pullNumber ||
  (one.project < other.project ? -1 : Number(one.project > other.project));

export const createPreviews = ({ previews }: MemoryTables, enter: Enter): Previews => {
  const all = () => [...previews.values()].map(({ preview }) => preview).sort(byKey);
  return {
    settle: (batch, { make, keep }) =>
      enter(() => {
        const { id: batchId, repositoryId, pullNumber, headSha, tree } = batch;
        for (const row of [...previews.values()]) {
          const { project } = row.preview;
          const stays = row.headSha === headSha && row.tree === tree && [...make, ...keep].includes(project);
          if (isOf(batch, row.preview) && !stays) previews.delete(nameOfPreview(row.preview));
        }
        if (tree === null) return;
        for (const project of make) {
          const nothing = { summary: null, problem: null, output: null };
          const preview = {
            repositoryId,
            pullNumber,
            project,
            batchId,
            state: 'waiting' as const,
            ...nothing,
          };
          previews.set(nameOfPreview(preview), { preview, headSha, tree });
        }
      }),
    ofPull: (pull) => enter(() => all().filter((one) => isOf(pull, one))),
    waiting: (pull) =>
      enter(() => all().filter((one) => one.state === 'waiting' && (pull === null || isOf(pull, one)))),
    note: (preview) =>
      enter(() => {
        const name = nameOfPreview(preview);
        const row = previews.get(name);
        if (row?.preview.state !== 'waiting' || row.preview.batchId !== preview.batchId) return false;
        previews.set(name, { ...row, preview: asStored(preview) });
        return true;
      }),
    end: (pull) =>
      enter(() => {
        for (const { preview } of [...previews.values()])
          if (isOf(pull, preview)) previews.delete(nameOfPreview(preview));
      }),
  };
};
