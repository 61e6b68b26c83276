import type { DangerCatalogue } from '../domain/danger/catalogue.ts';
import { type Loss, lossesOf } from '../domain/danger/losses.ts';
import { type Sha, short } from '../domain/ids.ts';
import type { Rollback } from '../domain/rollback.ts';
import { addressCode } from './danger-words.ts';
import { clipName } from './fold.ts';
import { code, join, type Markdown, md, nothing, phrase, text } from './markdown.ts';
import type { BoardView, ReplyView } from './view.ts';
import { isAhead } from './words.ts';

export const rollbackTitle = ({ pullNumber }: Pick<Rollback, 'pullNumber'>): string =>
  `Revert #${pullNumber}`;

/** Of the commit. Nobody's text is in it. */
export const rollbackMessage = (
  pullNumber: number,
  { before, merged }: { readonly before: Sha; readonly merged: Sha },
): string =>
  `Revert #${pullNumber}\n\nThis takes back what ${short(merged)} brought on top of ${short(before)}.`;

const actions: Readonly<Partial<Record<Loss['action'], string>>> = {
  delete: 'destroyed',
  replace: 'made anew',
  create: 'made',
};

const item = (project: string | null, { address, type, action, says }: Loss): Markdown => {
  const where = project === null ? nothing : md`${code(clipName(project), 80)} `;
  const why =
    says.length === 0
      ? md`nothing is known of ${code(type, 80)}; what is made in its place is another one`
      : join(
          says.map((one) => phrase(one, 200)),
          '; ',
        );
  return md`${where}${addressCode(address)} (${text(actions[action] ?? 'changed')}): ${why}`;
};

interface Group {
  readonly title: Markdown;
  readonly items: readonly Markdown[];
}

const unknownItems = (names: readonly string[]): readonly Markdown[] =>
  names.map(
    (name) => md`${code(clipName(name), 80)}: its plan is not kept any more, so nobody can say what stays`,
  );

/** What was applied and stays, as far as the plans say. */
const applied = ({ losses, more, unknown }: Rollback['lasting'], limit: number): readonly Markdown[] => {
  const shown = losses.slice(0, limit);
  const rest = losses.length - shown.length + more;
  return [
    ...shown.map((loss) => item(loss.project, loss)),
    ...(rest === 0 ? [] : [md`and ${rest} more`]),
    ...unknownItems(unknown.slice(0, limit)),
    ...(unknown.length > limit ? [md`and ${unknown.length - limit} more projects`] : []),
  ];
};

const nothingKnown =
  'Of what was applied, nothing is known that reverting does not bring back; what people and programs did since is known to nobody here.' as const;

/** Above the table of a revert: what was applied and stays, and what its own plans take away for good. */
export const rollbackGroups = (
  view: Pick<BoardView, 'rows' | 'rollback'>,
  catalogue: DangerCatalogue,
  limit: number,
): readonly Group[] => {
  const { rollback } = view;
  if (rollback === undefined) return [];
  const was = applied(rollback.lasting, limit);
  const now = view.rows
    .filter((row) => isAhead(row) || row.state === 'unresolved')
    .flatMap((row) =>
      row.summary === null
        ? []
        : lossesOf(row.summary, catalogue).map((loss) => ({ project: row.name, loss })),
    );
  const shown = now.slice(0, limit).map(({ project, loss }) => item(project, loss));
  return [
    was.length === 0
      ? { title: md`${text(nothingKnown)}`, items: [] }
      : { title: md`**Reverting #${rollback.pullNumber} does not bring back:**`, items: was },
    ...(now.length === 0
      ? []
      : [
          {
            title: md`**The revert itself takes away for good:**`,
            items: now.length > limit ? [...shown, md`and ${now.length - limit} more`] : shown,
          },
        ]),
  ];
};

/** The description of a pull request of our own. Names and the reason are strangers' text, and nothing in it is believed later. */
export const rollbackBody = (
  { pullNumber, commit, asker, lasting }: Pick<Rollback, 'pullNumber' | 'commit' | 'asker' | 'lasting'>,
  reason: string,
): Markdown => {
  const why = reason === '' ? md`` : md`, who says why: ${code(reason, 500)}`;
  const stays = applied(lasting, 30);
  return join(
    [
      md`This takes #${pullNumber} back, which was merged as ${code(commit.slice(0, 12))}.`,
      ...(stays.length === 0
        ? [text(nothingKnown)]
        : [
            md`It does not bring back:`,
            join(
              stays.map((one) => md`- ${one}`),
              '\n',
            ),
          ]),
      md`Asked for by ${code(asker.login, 60)}${why}. They count as its author, and cannot approve it.`,
      md`It is planned, reviewed and applied as any pull request, under the same rules. The comment below says what its own plans take away for good.`,
    ],
    '\n\n',
  );
};

/** Where it is, in answer to whoever asked. */
export const rollbackWords = ({
  number,
  asker,
  state,
  lasting,
}: Pick<Extract<ReplyView, { kind: 'rollback' }>, 'number' | 'asker' | 'state' | 'lasting'>): Markdown => {
  if (state === 'merged') return md`It was taken back by #${number}, which is merged.`;
  if (state === 'closed')
    return md`The pull request that takes it back is #${number}, which was closed. Reopen it to go on; there is one for each.`;
  const stays =
    lasting === 0 ? nothing : md` What was applied and does not come back (${lasting}) is told there.`;
  return md`#${number} takes it back. It is planned and applied there, under the same rules; ${code(asker, 60)} counts as its author.${stays}`;
};
