import type { Drift } from '../domain/drift/drift.ts';
import { short } from '../domain/ids.ts';
import { countsInWords } from './drift-words.ts';
import { code, join, type Markdown, md, text } from './markdown.ts';
import type { CheckView } from './view.ts';
import { count } from './words.ts';

/** Names are enough of so many; the rest is counted. */
const mostRows = 50;

const order: Readonly<Record<Drift['status'], number>> = {
  drifted: 0,
  failed: 1,
  unknown: 2,
  pending: 3,
  clean: 4,
};

const at = (commit: Drift['commit']): Markdown => (commit === null ? md`` : md` at ${code(short(commit))}`);

const ignoredOf = ({ ignored }: Drift): Markdown =>
  ignored === 0 ? md`` : md`, ${text(count(ignored, 'change'))} passed over`;

const lineOf = (row: Drift): Markdown => {
  switch (row.status) {
    case 'drifted':
      return md`**drifts**${at(row.commit)}: ${text(countsInWords(row.counts))}${ignoredOf(row)}`;
    case 'clean':
      return md`is as it was applied${at(row.commit)}${ignoredOf(row)}`;
    case 'pending':
      return md`was never applied here, and there is something to apply: ${text(countsInWords(row.counts))}`;
    case 'failed':
      return md`could not be looked at: ${text(row.because ?? 'nobody knows why')}`;
    case 'unknown':
      return md`is not known${row.because === null ? md` yet` : md`: ${text(row.because)}`}`;
    default: {
      const never: never = row.status;
      return never;
    }
  }
};

const titleOf = (rows: readonly Drift[]): string => {
  const of = (status: Drift['status']) => rows.filter((row) => row.status === status).length;
  const drifting = of('drifted');
  const blind = of('failed') + of('unknown');
  const rest = blind === 0 ? '' : `, ${blind} not known`;
  if (drifting > 0) return `${count(drifting, 'project')} ${drifting === 1 ? 'drifts' : 'drift'}${rest}`;
  return blind === 0 ? 'No drift' : `No drift found${rest}`;
};

/** On the newest commit of a branch: whether the world is as it was applied, of every project that is looked at. */
export const driftCheck = (rows: readonly Drift[], where: 'neutral' | 'failure'): CheckView => {
  const list = rows
    .toSorted((one, other) => order[one.status] - order[other.status])
    .slice(0, mostRows)
    .map((row) => md`- ${code(row.name, 100)} ${lineOf(row)}`);
  const left = rows.length - list.length;
  const isSettled = rows.every(({ status }) => status === 'clean' || status === 'pending');
  const isDrifting = rows.some(({ status }) => status === 'drifted');
  return {
    status: 'completed',
    conclusion: isDrifting ? where : isSettled ? 'success' : 'neutral',
    title: titleOf(rows),
    summary: join(
      [
        ...(rows.length === 0 ? [md`No project of this branch is looked at.`] : [join(list, '\n')]),
        ...(left === 0 ? [] : [md`And ${text(count(left, 'project'))} more.`]),
        ...(isDrifting
          ? [md`Somebody, or something, changed what Tidegate had applied. Nothing was changed by this look.`]
          : []),
      ],
      '\n\n',
    ),
    text: null,
  };
};
