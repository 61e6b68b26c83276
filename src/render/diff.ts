import { ownValue } from '../domain/own-value.ts';
import type { ChangeAction, OutputChange, PlanSummary, ResourceChange } from '../domain/plan-summary.ts';
import { attributeLines, bothValues, shownValue } from './attribute-lines.ts';
import { noteOn, type Sources, sourceNote, sourcesOf } from './hidden-values.ts';
import { clip, code, type Markdown, text, visible } from './markdown.ts';

/** First characters that GitHub colours in a `diff` block: `+` green, `-` red, `!` orange, `#` grey. */
const signs: Readonly<Record<ChangeAction, { readonly sign: string; readonly word: string }>> = {
  delete: { sign: '-', word: 'destroy' },
  replace: { sign: '!', word: 'replace' },
  update: { sign: '~', word: 'update' },
  create: { sign: '+', word: 'create' },
  import: { sign: '+', word: 'import' },
  move: { sign: '~', word: 'move' },
  forget: { sign: '#', word: 'forget' },
  read: { sign: ' ', word: 'read' },
  'no-op': { sign: ' ', word: 'keep' },
};
const dangerFirst: readonly ChangeAction[] = [
  'delete',
  'replace',
  'update',
  'create',
  'import',
  'move',
  'forget',
  'read',
  'no-op',
];
/** In characters. */
const addressLimit = 600;

const reasons: Readonly<Record<string, string>> = {
  replace_because_tainted: 'it is tainted',
  replace_by_request: 'it was asked for with -replace',
  replace_by_triggers: 'a trigger changed',
  delete_because_no_resource_config: 'it is no longer in the configuration',
  delete_because_no_module: 'its module is no longer in the configuration',
  delete_because_no_move_target: 'it was moved to where nothing is configured',
  delete_because_wrong_repetition: 'it changed between single, count and for_each',
  delete_because_count_index: 'its index is out of count',
  delete_because_each_key: 'its key is no longer in for_each',
};

/** The tool's reason behind "because"; one that is not known is told as it is. */
export const reasonWords = (reason: string): Markdown => {
  const words = ownValue(reasons, reason);
  return words === undefined ? code(reason, 80) : text(words);
};

const notes = (change: ResourceChange): string =>
  noteOn([
    change.order === 'create-first' ? 'create first, then destroy' : null,
    change.order === 'delete-first' ? 'destroy first, then create' : null,
    change.previousAddress === null || change.action === 'move'
      ? null
      : `moved from ${visible(change.previousAddress)}`,
    change.action === 'forget' ? 'leaves the state, stays in the world' : null,
    ownValue(reasons, change.reason ?? '') ?? null,
    ...(change.reasons ?? []).slice(0, 3).map((one) => clip(visible(one), 200)),
    change.noise === undefined ? null : `${change.noise} told above, for all at once`,
  ]);

const resourceLine = (change: ResourceChange): string => {
  const { sign, word } = signs[change.action];
  const from =
    change.action === 'move' && change.previousAddress !== null
      ? `${visible(change.previousAddress)} → `
      : '';
  return `${sign} ${word} ${clip(from + visible(change.address), addressLimit)}${notes(change)}`;
};

const outputLine = ({ name, action, before, after }: OutputChange, sources: Sources): string => {
  const title = `output ${visible(name)}`;
  const note = noteOn([sourceNote(`output.${name}`, { before, after }, sources)]);
  if (action === 'create') return `+ ${title} = ${shownValue(after)}${note}`;
  if (action === 'delete') return `- ${title} = ${shownValue(before)}${note}`;
  return `~ ${title}: ${bothValues(before ?? '(none)', after ?? '(none)')}${note}`;
};

const changedOutputs = (summary: PlanSummary): readonly OutputChange[] =>
  summary.outputs.filter(({ action }) => action !== 'no-op');

/** How many entries `diffEntries` has. */
export const countEntries = (summary: PlanSummary): number =>
  summary.resources.length + changedOutputs(summary).length;

export interface DiffEntry {
  /** A resource's address, or `output NAME`. */
  readonly name: string;
  /** Its lines. */
  readonly text: string;
}

/** What has no code in it that a terminal would follow, and so keeps its length. */
const isPlainLine = /^[\x21-\x7e]*$/;
/** A sign, a word, the spaces behind them and the end of the line. */
const shortestLine = 7;

/** Has a plan's `diff` block surely more bytes than this, even without attributes? Most of its names are enough to tell. */
export const isLongerThan = (summary: PlanSummary, bytes: number): boolean => {
  let least = 0;
  for (const { address } of summary.resources) {
    least += shortestLine + (isPlainLine.test(address) ? Math.min(address.length, addressLimit) : 0);
    if (least > bytes) return true;
  }
  return false;
};

/**
 * A plan's `diff` block, destroys and replaces first. One entry is one change with its attributes, so that a caller can leave
 * out whole changes only. Made one by one: of thousands only the first are ever shown.
 */
export function* diffEntries(summary: PlanSummary, detail: 'attributes' | 'names'): Generator<DiffEntry> {
  const sources = sourcesOf(summary);
  const byAction = Map.groupBy(summary.resources, ({ action }) => action);
  for (const change of dangerFirst.flatMap((action) => byAction.get(action) ?? []))
    yield {
      name: change.address,
      text: [resourceLine(change), ...(detail === 'attributes' ? attributeLines(change, sources) : [])].join(
        '\n',
      ),
    };
  for (const output of changedOutputs(summary))
    yield { name: `output ${output.name}`, text: outputLine(output, sources) };
}

/** Every resource that would be gone or made anew, destroys first. */
export const destructive = (summary: PlanSummary): readonly ResourceChange[] => [
  ...summary.resources.filter(({ action }) => action === 'delete'),
  ...summary.resources.filter(({ action }) => action === 'replace'),
];
