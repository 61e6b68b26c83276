import type { CheckAnnotation } from '../domain/check.ts';
import type { DangerCatalogue } from '../domain/danger/catalogue.ts';
import { type Danger, dangerKinds, dangersOf } from '../domain/danger/dangers.ts';
import type { Lifted } from '../domain/declared/lifted.ts';
import type { Place } from '../domain/declared/place.ts';
import { ownValue } from '../domain/own-value.ts';
import type { Exposure, ResourceChange } from '../domain/plan-summary.ts';
import { printable } from '../domain/quote.ts';
import type { BoardRow, BoardView } from './view.ts';
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
interface Told {
  readonly path: string;
  readonly line: number;
  readonly address: string;
  readonly verb: Verb;
  /** Lower is worse. */
  readonly rank: number;
  readonly grave: boolean;
  readonly sentence: (many: boolean) => string;
}

/** A change of a plan that a line causes. */
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
    const why = ownValue(deletes, reason ?? '');
    return why === undefined ? '' : ` because ${plain(why)}`;
  }
  const why = ownValue(replaces, reason ?? '');
  if (why !== undefined) return ` because ${plain(why)}`;
  return replacePaths.length === 0 ? '' : ` because of ${pathsOf(change)}`;
};

/** Of one resource, and in titles. */
const verbs = {
  delete: ['is destroyed', 'destroys'],
  replace: ['is replaced', 'replaces'],
  forget: ['leaves the state and stays in the world', 'forgets'],
  unprotect: ['', 'unprotects'],
  other: ['', 'changes'],
} as const;

type Verb = keyof typeof verbs;

const ofChange = ({ action }: ResourceChange): Verb =>
  action === 'delete' || action === 'replace' || action === 'forget' ? action : 'other';

const plain = (phrase: string): string => phrase.replaceAll('`', '');

const exposureWords = ({ says, path, before, after }: Exposure): string =>
  `${clip(plain(says), 200)}${path === null ? '' : ` (${clip(path, addressLimit)}, ${shown(before)} to ${shown(after)})`}`;

const ofProject = ({ name }: BoardRow, many: boolean): string => (many ? ` (project ${clip(name, 60)})` : '');

const changeSentence = ({ place, row, change, dangers }: Cause, many: boolean): string => {
  const where = ofProject(row, many);
  const said = (place.policies ?? []).map(
    ({ name, because: words }) => ` Policy ${clip(name, 60)} does not pass: ${clip(plain(words), 300)}`,
  );
  const verb = ofChange(change);
  const holds = dangers.some(({ kind }) => kind === 'data-loss' || kind === 'data-left');
  const what = verb === 'other' ? '' : `${holds ? ', which may hold data,' : ''} ${verbs[verb][0]}`;
  const why = verb === 'delete' || verb === 'replace' ? because(change) : '';
  const brought = place.on === 'call' ? ' Its module is declared elsewhere and called here.' : '';
  const exposed = (change.exposures?.found ?? []).slice(0, mostPaths).map(exposureWords);
  const opened = exposed.length === 0 ? '' : `: ${exposed.join('; ')}`;
  return `${clip(change.address, addressLimit)}${where}${what}${why}${opened}.${brought}${said.join('')}`;
};

const order: readonly Verb[] = ['delete', 'replace', 'forget', 'unprotect', 'other'];

const rankOf = (kinds: readonly Danger['kind'][], verb: Verb): number =>
  // What only a policy finds comes last.
  Math.min(...kinds.map((kind) => dangerKinds.indexOf(kind)), dangerKinds.length) * order.length +
  order.indexOf(verb);

const titleOf = (told: readonly Told[]): string => {
  const [only] = told;
  const parts = order.flatMap((verb) => {
    const some = told.filter((one) => one.verb === verb);
    return some.length === 0 ? [] : [`${verbs[verb][1]} ${count(some.length, 'resource')}`];
  });
  const text =
    only !== undefined && told.length === 1
      ? `${verbs[only.verb][1]} ${clip(only.address, addressLimit)}`
      : listed(parts);
  return clip(`${text.slice(0, 1).toUpperCase()}${text.slice(1)}`, titleLimit);
};

const annotationOf = (told: readonly Told[], many: boolean): readonly CheckAnnotation[] => {
  const [first] = told;
  if (first === undefined) return [];
  const { path, line } = first;
  const sentences = told.slice(0, mostResources).map(({ sentence }) => sentence(many));
  const left = told.length - sentences.length;
  return [
    {
      path,
      // GitHub shows it below the last line, which of a block may be far away.
      startLine: line,
      endLine: line,
      level: told.some(({ grave }) => grave) ? 'failure' : 'warning',
      title: titleOf(told),
      message: [...sentences, ...(left > 0 ? [`And ${left} more.`] : [])].join('\n'),
    },
  ];
};

const changesOf = (row: BoardRow, catalogue: DangerCatalogue): readonly Told[] => {
  const { summary } = row;
  if (summary === null) return [];
  const changes = new Map(summary.resources.map((change) => [change.address, change]));
  const dangers = Map.groupBy(dangersOf(summary, catalogue), ({ address }) => address);
  return (summary.places ?? []).flatMap((place): readonly Told[] => {
    const change = changes.get(place.address);
    const found = dangers.get(place.address) ?? [];
    const isDenied = (place.policies ?? []).length > 0;
    if (change === undefined || (found.length === 0 && !isDenied)) return [];
    const verb = ofChange(change);
    return [
      {
        path: place.path,
        line: place.line,
        address: change.address,
        verb,
        rank: rankOf(
          found.map(({ kind }) => kind),
          verb,
        ),
        grave: isDenied || found.some(({ kind }) => kind !== 'destroy'),
        sentence: (many) => changeSentence({ place, row, change, dangers: found }, many),
      },
    ];
  });
};

const liftedWords: Readonly<Record<Lifted['now'], string>> = {
  false: 'is not protected from being destroyed any more: prevent_destroy was true and is false',
  absent: 'is not protected from being destroyed any more: prevent_destroy is taken out',
  gone: 'is not protected from being destroyed any more: prevent_destroy goes with the block that has it',
  maybe:
    'may not be protected from being destroyed any more: whether prevent_destroy still holds is not known',
  unread: 'cannot be read: whether a prevent_destroy is taken out is not known',
};

const liftedOf = (row: BoardRow): readonly Told[] =>
  (row.lifted ?? []).flatMap(({ address, place, more, now }): readonly Told[] => {
    // The check belongs to the head.
    if (place === null || place.commit !== null) return [];
    const others =
      more === 0 ? '' : ` The same holds for ${count(more, 'more address', 'more addresses')} of this block.`;
    return [
      {
        path: place.path,
        line: place.line,
        address,
        verb: 'unprotect',
        rank: rankOf(['lifted'], 'unprotect'),
        grave: true,
        sentence: (many) =>
          `${clip(address, addressLimit)}${ofProject(row, many)} ${liftedWords[now]}.${others}`,
      },
    ];
  });

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
    .flatMap((row) => [...changesOf(row, catalogue), ...liftedOf(row)])
    .toSorted((one, other) => one.rank - other.rank);
  const lines = Map.groupBy(all, ({ path, line }) => `${line} ${path}`);
  const annotations = [...lines.values()].flatMap((told) => annotationOf(told, view.rows.length > 1));
  return {
    annotations: annotations.slice(0, mostAnnotations),
    more: Math.max(0, annotations.length - mostAnnotations),
  };
};
