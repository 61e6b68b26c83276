import type {
  AttributeChange,
  ChangeAction,
  OutputChange,
  PlanSummary,
  ResourceChange,
} from '../domain/plan-summary.ts';
import { clip, visible } from './markdown.ts';
import { count } from './words.ts';

const attributeLimit = 40;
const valueLimit = 160;

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
  replace_by_request: 'asked for with -replace',
  replace_by_triggers: 'a trigger changed',
  delete_because_no_resource_config: 'no longer in the configuration',
  delete_because_no_module: 'its module is no longer in the configuration',
  delete_because_no_move_target: 'it was moved to where nothing is configured',
  delete_because_wrong_repetition: 'it changed between single, count and for_each',
  delete_because_count_index: 'its index is out of count',
  delete_because_each_key: 'its key is no longer in for_each',
};

const value = (text: string | null): string => (text === null ? '(none)' : clip(visible(text), valueLimit));

/** Two long values are cut where they begin to differ: the same beginning twice would hide the change. */
const bothValues = (before: string, after: string): string => {
  const [a, b] = [visible(before), visible(after)];
  if (a === '(sensitive value)' && b === a) return '(sensitive value changes)';
  if (a.length <= valueLimit && b.length <= valueLimit) return `${a} → ${b}`;
  let same = 0;
  while (same < Math.min(a.length, b.length) && a[same] === b[same]) same += 1;
  const from = Math.max(0, same - 20);
  const cut = (all: string) => `${from === 0 ? '' : '…'}${clip(all.slice(from).toWellFormed(), valueLimit)}`;
  return `${cut(a)} → ${cut(b)}`;
};

const notes = (change: ResourceChange): string => {
  const said = [
    change.order === 'create-first' ? 'create first, then destroy' : null,
    change.order === 'delete-first' ? 'destroy first, then create' : null,
    change.previousAddress === null || change.action === 'move'
      ? null
      : `moved from ${visible(change.previousAddress)}`,
    change.action === 'forget' ? 'leaves the state, stays in the world' : null,
    reasons[change.reason ?? ''] ?? null,
  ].filter((note) => note !== null);
  return said.length === 0 ? '' : `  # ${said.join('; ')}`;
};

const attributeLine = (change: ResourceChange, attribute: AttributeChange): string => {
  const forces = attribute.forcesReplacement ? '  # forces replacement' : '';
  const sign = attribute.forcesReplacement
    ? '!'
    : change.action === 'create' || change.action === 'delete'
      ? signs[change.action].sign
      : ' ';
  const path = visible(attribute.path);
  if (attribute.before === null || attribute.after === null) {
    const one = value(attribute.after ?? attribute.before);
    const what =
      change.action === 'create' || change.action === 'delete'
        ? `${path} = ${one}`
        : attribute.before === null
          ? `${path}: (none) → ${one}`
          : `${path}: ${one} → (none)`;
    return `${sign}     ${what}${forces}`;
  }
  return `${sign}     ${path}: ${bothValues(attribute.before, attribute.after)}${forces}`;
};

const attributeLines = (change: ResourceChange): readonly string[] => {
  // What a new resource will only know later is a list of names, not a line each.
  const later = change.attributes.filter(
    ({ before, after }) => change.action === 'create' && before === null && after === '(known after apply)',
  );
  const rest = change.attributes.filter((attribute) => !later.includes(attribute));
  const forcing = rest.filter(({ forcesReplacement }) => forcesReplacement);
  const shown = [...forcing, ...rest.filter(({ forcesReplacement }) => !forcesReplacement)].slice(
    0,
    attributeLimit,
  );
  const said = shown.map((attribute) => attributeLine(change, attribute));
  if (rest.length > shown.length) said.push(`      … ${count(rest.length - shown.length, 'more attribute')}`);
  if (later.length > 0)
    said.push(`+     known after apply: ${clip(later.map(({ path }) => visible(path)).join(', '), 300)}`);
  return said;
};

const resourceLine = (change: ResourceChange): string => {
  const { sign, word } = signs[change.action];
  const from =
    change.action === 'move' && change.previousAddress !== null
      ? `${visible(change.previousAddress)} → `
      : '';
  return `${sign} ${word} ${clip(from + visible(change.address), 600)}${notes(change)}`;
};

const outputLine = ({ name, action, before, after }: OutputChange): string => {
  const title = `output ${visible(name)}`;
  if (action === 'create') return `+ ${title} = ${value(after)}`;
  if (action === 'delete') return `- ${title} = ${value(before)}`;
  return `~ ${title}: ${bothValues(before ?? '(none)', after ?? '(none)')}`;
};

const changedOutputs = (summary: PlanSummary): readonly OutputChange[] =>
  summary.outputs.filter(({ action }) => action !== 'no-op');

/** How many entries `diffEntries` has. */
export const countEntries = (summary: PlanSummary): number =>
  summary.resources.length + changedOutputs(summary).length;

/**
 * The lines of a plan's `diff` block, destroys and replaces first. One entry is one change with its attributes,
 * so that a caller can leave out whole changes only. Made one by one: of thousands only the first are ever shown.
 */
export function* diffEntries(summary: PlanSummary, detail: 'attributes' | 'names'): Generator<string> {
  const inOrder = [...summary.resources].sort(
    (a, b) => dangerFirst.indexOf(a.action) - dangerFirst.indexOf(b.action),
  );
  for (const change of inOrder)
    yield [resourceLine(change), ...(detail === 'attributes' ? attributeLines(change) : [])].join('\n');
  for (const output of changedOutputs(summary)) yield outputLine(output);
}

/** Every resource that would be gone or made anew, destroys first. */
export const destructive = (summary: PlanSummary): readonly ResourceChange[] => [
  ...summary.resources.filter(({ action }) => action === 'delete'),
  ...summary.resources.filter(({ action }) => action === 'replace'),
];
