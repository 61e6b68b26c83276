import type { FindingKind, Held, JudgedFinding } from '../domain/trust/finding.ts';
import { clipName } from './fold.ts';
import { code, join, type Markdown, md, nothing, text } from './markdown.ts';
import type { BoardRow } from './view.ts';

/** One sentence each, behind the place; what it is about follows where there is something to say. */
const sentences: Readonly<Record<FindingKind, string>> = {
  provider: 'uses a provider that nothing on the base branch uses',
  module: 'takes a module from outside the repository that nothing on the base branch uses',
  program: 'runs a program while it is planned',
  provisioner: 'runs something of its own in an apply',
  http: 'asks an address while it is planned',
  remote_state: 'reads the state of another project',
  server_file: 'reads a file outside the repository, or may',
  backend: 'changes where the state is kept, or takes the state of another project',
  lock_file: 'does not keep what the lock file had',
  override_file: 'changes what stands in other files',
  variable_file: 'sets variables without being named anywhere',
  tool_settings: 'would be believed by a tool or by git',
  submodule: 'brings files of another repository',
  git_attributes: 'has git make other files of those that are reviewed',
  hook: 'brings what git would run',
  link: 'is a link that leads out of the repository',
  unreadable: 'cannot be read, so nobody knows what it brings',
  setting:
    'says where a project acts, or by which runner, and neither the base branch nor the operator says so',
  chart: 'takes a chart from outside the repository that nothing on the base branch uses',
  fork: 'The head branch lives in another repository, and whoever may push there may have written anything',
};

/** What the path says already is not said again. */
const about = ({ kind, subject, path }: JudgedFinding): Markdown =>
  kind === 'fork' || path.endsWith(subject) ? md`.` : md`: ${code(subject, 200)}.`;

const item = (finding: JudgedFinding, marks: boolean): Markdown => {
  const { path, line, kind, answer } = finding;
  const place = path === '' ? nothing : md`${code(line === null ? path : `${path}:${line}`, 250)} `;
  const mark = marks ? (answer === 'refuse' ? md` **Refused.**` : nothing) : nothing;
  return md`- ${place}${text(sentences[kind])}${about(finding)}${mark}`;
};

/** What was found, at most `limit` of it and the rest counted. */
export const findingList = ({ findings, more }: Pick<Held, 'findings' | 'more'>, limit: number): Markdown => {
  const marks = new Set(findings.map(({ answer }) => answer)).size > 1;
  const items = findings.slice(0, limit).map((finding) => item(finding, marks));
  const rest = findings.length - items.length + more;
  if (rest > 0) items.push(md`- and ${rest} more`);
  return join(items, '\n');
};

const names = (rows: readonly BoardRow[]): Markdown => {
  const shown = rows.slice(0, 5).map(({ name }) => code(clipName(name)));
  if (rows.length > shown.length) shown.push(md`${rows.length - shown.length} more`);
  return join(shown, ', ');
};

/** A preview is no run of it, and something was made of it all the same. */
const previewed = (rows: readonly BoardRow[]): { readonly ran: Markdown; readonly below: Markdown } => {
  const previews = rows.flatMap(({ preview }) => preview ?? []);
  if (previews.length === 0) return { ran: md`none of it has run`, below: nothing };
  const below = previews.some(({ state }) => state !== 'waiting')
    ? md` Below is what a tool makes of it offline, as an unverified preview.`
    : md` An unverified preview of it is being made, offline.`;
  return { ran: md`none of it has run with a credential`, below };
};

/** The check of a project has all that is kept; here people begin to read. */
const mostSections = 10;
const mostFindings = 20;

/** A paragraph per answer and what it is about: what lies in the tree concerns every project, and is said once. */
export const heldSections = (
  rows: readonly BoardRow[],
  headSha: string,
  limit: number,
): readonly Markdown[] => {
  const groups = new Map<
    string,
    { readonly held: NonNullable<BoardRow['held']>; readonly rows: BoardRow[] }
  >();
  for (const row of rows) {
    const { held } = row;
    if (held === undefined || held === null) continue;
    const key = JSON.stringify(held);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { held, rows: [row] });
    else known.rows.push(row);
  }
  const shown = [...groups.values()].slice(0, Math.min(limit, mostSections));
  const sections = shown.map(({ held, rows }) => {
    const commit = code(`/trust ${headSha.slice(0, 12)}`);
    const { ran, below } = previewed(rows);
    const lead =
      held.answer === 'refuse'
        ? md`> **Refused: ${names(rows)}.** The people who run Tidegate let no code run that does this. Take it out and push.`
        : md`> **Waits for trust: ${names(rows)}.** This commit brings what the base branch does not have, and ${ran}. Somebody else who may write to the repository looks at it and comments ${commit}; then it is planned by itself.${below}`;
    const mark = held.answer === 'refuse' ? md`> [!CAUTION]` : md`> [!WARNING]`;
    return join([mark, lead, nothing, findingList(held, Math.min(limit, mostFindings))], '\n');
  });
  const left = groups.size - shown.length;
  return left > 0 ? [...sections, md`and ${left} more like these`] : sections;
};
