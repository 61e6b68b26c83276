import { type DangerCatalogue, emptyCatalogue } from '../../domain/danger/catalogue.ts';
import type { PlanReading, PlanSummary, ResourceChange } from '../../domain/plan-summary.ts';
import type { ReadOptions } from '../port.ts';
import { parseExactly } from './canonical.ts';
import { createHiding, type Hiding } from './hiding.ts';
import { sameValuesOf } from './same-values.ts';
import { withoutSecretKeys } from './secret-keys.ts';
import { createSecretTest } from './secrets.ts';
import { changeOf, invocationOf, outputChangeOf } from './summary-changes.ts';
import { checkSummary } from './summary-checks.ts';
import { summaryMeaning } from './summary-meaning.ts';
import { createNoise, type Noise } from './summary-noise.ts';
import { type SummaryFile, type SummaryItem, summaryFile } from './summary-schema.ts';
import { invocations } from './terraform-beside.ts';
import { createFirstLook, type FirstLook } from './terraform-first.ts';
import { countChanges, outputChanges, type PlanReader } from './terraform-json.ts';
import { createSecondLook } from './terraform-second.ts';
import { unreadable } from './unreadable.ts';

const nowhere = { key: '', text: Buffer.alloc(0) };

const parsed = (bytes: Buffer): SummaryFile => {
  let content: unknown;
  try {
    content = parseExactly(new TextDecoder('utf8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw unreadable(
      `The summary that the tool wrote is no JSON: ${error instanceof Error ? error.message : ''}.`,
    );
  }
  const read = summaryFile.safeParse(content);
  if (read.success) return read.data;
  const issues = read.error.issues
    .slice(0, 5)
    .map(({ path, message }) => `\`${path.join('.') || '.'}\`: ${message}`);
  throw unreadable(`The summary that the tool wrote has another form: ${issues.join('; ')}.`);
};

/**
 * Reads `summary.json`, format 1: what a tool with a contract of ours says of its plan. Its values go the way of Terraform's, so
 * that the same is hidden, cut and found dangerous.
 *
 * Throws UserError `plan-unreadable` for another format, and for one that does not fit itself.
 */
export const createSummaryReader = (
  catalogue: DangerCatalogue = emptyCatalogue,
  options: ReadOptions = {},
): PlanReader => {
  const chunks: Uint8Array[] = [];
  return {
    push: (chunk) => void chunks.push(chunk),
    end: () => readingOf(parsed(Buffer.concat(chunks)), catalogue, options),
  };
};

const looked = (file: SummaryFile, doing: readonly SummaryItem[]): FirstLook => {
  const { takers, look } = createFirstLook(Number.POSITIVE_INFINITY);
  takers.format_version?.(String(file.schema), { ...nowhere, ordinal: 0 });
  takers.terraform_version?.(file.tool.version, { ...nowhere, ordinal: 0 });
  doing.forEach((item, ordinal) => {
    takers.resource_change?.(changeOf(item, file.tool.name), { ...nowhere, ordinal });
  });
  file.outputs.forEach((output, ordinal) => {
    takers.output_change?.(outputChangeOf(output), { ...nowhere, key: output.name, ordinal });
  });
  file.runs.forEach((run, ordinal) => {
    takers.action_invocation?.(invocationOf(run), { ...nowhere, ordinal });
  });
  return look();
};

const readingOf = (file: SummaryFile, catalogue: DangerCatalogue, options: ReadOptions): PlanReading => {
  checkSummary(file);
  const doing = file.items.filter(({ action }) => action !== 'noop');
  const first = looked(file, doing);
  const hiding = createHiding(createSecretTest(first.secrets.keys()), options);
  const noise = createNoise(doing, hiding);
  const changes = new Map([...first.kept.changes].map(([ordinal, json]) => [ordinal, noise.taken(json)]));
  const second = createSecondLook({ ...first, kept: { ...first.kept, changes } }, hiding, catalogue);
  const { resources: told, ...drift } = second.look();
  const resources = withWords(told, doing, noise, hiding);
  const outputs = outputChanges(first.doing.outputs, hiding);
  const invoked = invocations(first.doing.invocations);
  const counts = { ...countChanges(first.changes), read: 0, invoke: invoked.count, deferred: 0 };
  const sameValues = sameValuesOf(resources, outputs, first.secrets, options.fingerprint ?? (() => null));
  const summary: PlanSummary = {
    formatVersion: first.head.formatVersion,
    toolVersion: first.head.toolVersion,
    // One that did not look at what is there, or says that somebody has to act, never stands for "nothing to do".
    hasChanges:
      resources.length > 0 ||
      outputs.length > 0 ||
      counts.invoke > 0 ||
      !file.verified ||
      file.blocked.length > 0,
    facts: 'all',
    complete: null,
    applyable: null,
    counts,
    resources,
    outputs,
    reads: [],
    deferred: [],
    invocations: invoked.list,
    checkCounts: { pass: 0, fail: 0, error: 0, unknown: 0 },
    checks: [],
    ...drift,
    ...(sameValues.length === 0 ? {} : { sameValues }),
    words: wordsOf(file, noise, hiding),
  };
  return {
    summary: withoutSecretKeys(summary, hiding),
    meaning: summaryMeaning(file),
    secrets: [...first.secrets.keys()],
  };
};

const shown = (hiding: Hiding, text: string): string => hiding.text([], text) ?? hiding.hidden(text);

const withWords = (
  told: readonly ResourceChange[],
  doing: readonly SummaryItem[],
  noise: Noise,
  hiding: Hiding,
): readonly ResourceChange[] => {
  const items = new Map(doing.map((item) => [item.address, item]));
  return told.map((one) => {
    const item = items.get(one.address);
    if (item === undefined) throw new Error(`an item of the summary is not there any more: ${one.address}`);
    const rows = noise.of(one.address);
    return {
      ...one,
      // Which comes first is the tool's.
      order: null,
      ...(item.reasons.length === 0 ? {} : { reasons: item.reasons.map((text) => shown(hiding, text)) }),
      ...(item.namespace === undefined ? {} : { namespace: item.namespace }),
      ...(item.group === undefined ? {} : { group: item.group }),
      ...(rows === 0 ? {} : { noise: rows }),
    };
  });
};

const wordsOf = (file: SummaryFile, noise: Noise, hiding: Hiding): PlanSummary['words'] => {
  const texts = (all: readonly string[]) => all.map((text) => shown(hiding, text));
  const values = (all: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(all)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, text]) => [shown(hiding, key), hiding.text([key], text) ?? hiding.hidden(text)]),
    );
  return {
    tool: file.tool.name,
    blocked: texts(file.blocked),
    warnings: texts(file.warnings),
    unpredictable: texts(file.unpredictable),
    notPreviewable: texts(file.not_previewable),
    ...(file.unseen.length === 0 ? {} : { unseen: texts(file.unseen) }),
    deterministic: file.deterministic,
    verified: file.verified,
    base: file.base === null ? null : { kind: file.base.kind, value: shown(hiding, file.base.value) },
    target: values(file.target),
    facts: values(file.facts),
    noop: file.changes.noop,
    ...noise.groups(),
  };
};
