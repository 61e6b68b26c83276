import type { DangerCatalogue } from '../domain/danger/catalogue.ts';
import { type Danger, dangerKinds, dangersOf } from '../domain/danger/dangers.ts';
import type { Place } from '../domain/declared/place.ts';
import type { Exposure, ResourceChange } from '../domain/plan-summary.ts';
import { printable } from '../domain/quote.ts';
import type { BoardRow, BoardView, CheckAnnotation } from './view.ts';
import { count, listed } from './words.ts';

/** Of one check, as much as GitHub takes at once. */
const mostAnnotations = 50;
const titleLimit = 200;
const addressLimit = 120;
const valueLimit = 60;
/** Resources that are told of one line, and attributes of one resource. */
const mostResources = 5;
const mostPaths = 3;

/** One thing that a line causes. */
interface Cause {
  readonly place: Place;
  readonly row: BoardRow;
  readonly change: ResourceChange;
  readonly dangers: readonly Danger[];
}

const clip = (text: string, limit: number): string => {
  const whole = [...printable(text)];
  return whole.length <= limit ? whole.join('') : `${whole.slice(0, limit - 1).join('')}…`;
};

const deletes: Readonly<Record<string, string>> = {
  delete_because_no_resource_config: 'it is not in the configuration any more',
  delete_because_no_module: 'its module is not there any more',
  delete_because_wrong_repetition: '`count` or `for_each` came or went',
  delete_because_count_index: '`count` does not reach it any more',
  delete_because_each_key: '`for_each` does not have its key any more',
  delete_because_no_move_target: 'it was moved to where nothing is declared',
};

const replaces: Readonly<Record<string, string>> = {
  replace_because_tainted: 'it is tainted',
  replace_by_request: 'somebody asked for it',
  replace_by_triggers: 'what `replace_triggered_by` names changes',
};

const shown = (text: string | null): string => (text === null ? 'nothing' : clip(text, valueLimit));

const pathsOf = ({ replacePaths, attributes }: ResourceChange): string => {
  const told = replacePaths.slice(0, mostPaths).map((path) => {
    const change = attributes.find((one) => one.path === path);
    return change === undefined
      ? clip(path, addressLimit)
      : `${clip(path, addressLimit)} (${shown(change.before)} to ${shown(change.after)})`;
  });
  const left = replacePaths.length - told.length;
  return listed([...told, ...(left > 0 ? [`${left} more`] : [])]);
};

const because = (change: ResourceChange): string => {
  const { action, reason, deposed, replacePaths } = change;
  if (action === 'delete') {
    if (deposed !== null) return ': an older object that is left';
    const why = deletes[reason ?? ''];
    return why === undefined ? '' : ` because ${plain(why)}`;
  }
  const why = replaces[reason ?? ''];
  if (why !== undefined) return ` because ${plain(why)}`;
  return replacePaths.length === 0 ? '' : ` because of ${pathsOf(change)}`;
};

/** Of one resource, and in titles. */
const verbs = {
  delete: ['is destroyed', 'destroys'],
  replace: ['is replaced', 'replaces'],
  forget: ['leaves the state and stays in the world', 'forgets'],
  other: ['', 'changes'],
} as const;

type Verb = keyof typeof verbs;

const verbOf = ({ action }: ResourceChange): Verb =>
  action === 'delete' || action === 'replace' || action === 'forget' ? action : 'other';

const plain = (phrase: string): string => phrase.replaceAll('`', '');

const exposureWords = ({ says, path, before, after }: Exposure): string =>
  `${clip(plain(says), 200)}${path === null ? '' : ` (${clip(path, addressLimit)}, ${shown(before)} to ${shown(after)})`}`;

const sentenceOf = ({ place, row, change, dangers }: Cause, many: boolean): string => {
  const where = many ? ` (project ${clip(row.name, 60)})` : '';
  const said = (place.policies ?? []).map(
    ({ name, because: words }) => ` Policy ${clip(name, 60)} does not pass: ${clip(plain(words), 300)}`,
  );
  const verb = verbOf(change);
  const holds = dangers.some(({ kind }) => kind === 'data-loss' || kind === 'data-left');
  const what = verb === 'other' ? '' : `${holds ? ', which may hold data,' : ''} ${verbs[verb][0]}`;
  const why = verb === 'delete' || verb === 'replace' ? because(change) : '';
  const brought = place.on === 'call' ? ' Its module is declared elsewhere and called here.' : '';
  const exposed = (change.exposures?.found ?? []).slice(0, mostPaths).map(exposureWords);
  const opened = exposed.length === 0 ? '' : `: ${exposed.join('; ')}`;
  return `${clip(change.address, addressLimit)}${where}${what}${why}${opened}.${brought}${said.join('')}`;
};

const order: readonly Verb[] = ['delete', 'replace', 'forget', 'other'];

/** Lower is worse. What only a policy finds comes last. */
const rankOf = ({ change, dangers }: Cause): number =>
  Math.min(...dangers.map(({ kind }) => dangerKinds.indexOf(kind)), dangerKinds.length) * order.length +
  order.indexOf(verbOf(change));

const titleOf = (causes: readonly Cause[]): string => {
  const [only] = causes;
  const parts = order.flatMap((verb) => {
    const some = causes.filter(({ change }) => verbOf(change) === verb);
    return some.length === 0 ? [] : [`${verbs[verb][1]} ${count(some.length, 'resource')}`];
  });
  const text =
    only !== undefined && causes.length === 1
      ? `${verbs[verbOf(only.change)][1]} ${clip(only.change.address, addressLimit)}`
      : listed(parts);
  return clip(`${text.slice(0, 1).toUpperCase()}${text.slice(1)}`, titleLimit);
};

const isGrave = ({ place, dangers }: Cause): boolean =>
  (place.policies ?? []).length > 0 || dangers.some(({ kind }) => kind !== 'destroy');

const annotationOf = (causes: readonly Cause[], many: boolean): readonly CheckAnnotation[] => {
  const [first] = causes;
  if (first === undefined) return [];
  const { path, line } = first.place;
  const told = causes.slice(0, mostResources).map((cause) => sentenceOf(cause, many));
  const left = causes.length - told.length;
  return [
    {
      path,
      // GitHub shows it below the last line, which of a block may be far away.
      startLine: line,
      endLine: line,
      level: causes.some(isGrave) ? 'failure' : 'warning',
      title: titleOf(causes),
      message: [...told, ...(left > 0 ? [`And ${left} more.`] : [])].join('\n'),
    },
  ];
};

const causesOf = (row: BoardRow, catalogue: DangerCatalogue): readonly Cause[] => {
  const { summary } = row;
  if (summary === null) return [];
  const changes = new Map(summary.resources.map((change) => [change.address, change]));
  const dangers = Map.groupBy(dangersOf(summary, catalogue), ({ address }) => address);
  return (summary.places ?? []).flatMap((place) => {
    const change = changes.get(place.address);
    const found = dangers.get(place.address) ?? [];
    return change === undefined || (found.length === 0 && (place.policies ?? []).length === 0)
      ? []
      : [{ place, row, change, dangers: found }];
  });
};

/**
 * What is said on the lines of the pull request's files: where something is destroyed, replaced, opened to the world or loses a protection,
 * or a policy says no. One for each line,
 * the worst first. Plain text, in which strangers' names stand as they are and nothing is hidden.
 */
export const annotationsOf = (
  view: BoardView,
  catalogue: DangerCatalogue,
): { readonly annotations: readonly CheckAnnotation[]; readonly more: number } => {
  const all = view.rows
    .flatMap((row) => causesOf(row, catalogue))
    .toSorted((one, other) => rankOf(one) - rankOf(other));
  const lines = Map.groupBy(all, ({ place: { path, line } }) => `${line} ${path}`);
  const annotations = [...lines.values()].flatMap((causes) => annotationOf(causes, view.rows.length > 1));
  return {
    annotations: annotations.slice(0, mostAnnotations),
    more: Math.max(0, annotations.length - mostAnnotations),
  };
};
