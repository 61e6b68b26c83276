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
const dangerFirst = Object.keys(signs);

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
  const words = Object.hasOwn(reasons, reason) ? reasons[reason] : undefined;
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
    reasons[change.reason ?? ''] ?? null,
  ]);

const resourceLine = (change: ResourceChange): string => {
  const { sign, word } = signs[change.action];
  const from =
    change.action === 'move' && change.previousAddress !== null
      ? `${visible(change.previousAddress)} → `
      : '';
  return `${sign} ${word} ${clip(from + visible(change.address), 600)}${notes(change)}`;
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

/**
 * A plan's `diff` block, destroys and replaces first. One entry is one change with its attributes, so that a caller can leave
 * out whole changes only. Made one by one: of thousands only the first are ever shown.
 */
export function* diffEntries(summary: PlanSummary, detail: 'attributes' | 'names'): Generator<DiffEntry> {
  const sources = sourcesOf(summary);
  const inOrder = [...summary.resources].sort(
    (a, b) => dangerFirst.indexOf(a.action) - dangerFirst.indexOf(b.action),
  );
  for (const change of inOrder)
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
