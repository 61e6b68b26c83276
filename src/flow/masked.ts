import { aroundHidden } from '../domain/hidden-text.ts';
import type { PlanSummary } from '../domain/plan-summary.ts';
import type { Problem } from '../domain/problem.ts';
import type { Plan } from '../domain/run.ts';
import { valuesOf, valuesThrough } from '../domain/summary-words.ts';
import type { RunChange, Store, StoreTables } from '../store/port.ts';

/*
 * What people are told is masked when it leaves. Here it is masked before it is stored as well, so that a copy of the database
 * tells nobody more. Words only: names, addresses and keys by which things are found again stay as they are.
 */

type Mask = (text: string) => string;

const problemThrough = (problem: Problem, mask: Mask): Problem => ({
  ...problem,
  sentence: mask(problem.sentence),
  advice: mask(problem.advice),
  ...(problem.details === undefined ? {} : { details: mask(problem.details) }),
});

const summaryThrough = (summary: PlanSummary, mask: Mask): PlanSummary => {
  // Mostly there is nothing, and one look at all values says so: they are a small part of a summary.
  const text = valuesOf(summary).join('\n');
  if (mask(text) === text) return summary;
  // What the reader has hidden has its own words, which a value may happen to be a part of.
  return valuesThrough(summary, (value) => aroundHidden(value, mask));
};

const planThrough = (plan: Plan, mask: Mask): Plan => ({
  ...plan,
  summary: summaryThrough(plan.summary, mask),
  policies: plan.policies.map((one) => ({ ...one, because: mask(one.because) })),
});

const changeThrough = (change: RunChange, mask: Mask): RunChange => {
  const { plan, problem, output } = change;
  return {
    ...change,
    ...(plan === undefined ? {} : { plan: planThrough(plan, mask) }),
    ...(problem === undefined || problem === null ? {} : { problem: problemThrough(problem, mask) }),
    ...(output === undefined || output === null ? {} : { output: mask(output) }),
  };
};

/** Under these keys an answer has words, at whatever depth. */
const words: ReadonlySet<string> = new Set(['sentence', 'advice', 'details', 'because', 'needs', 'reason']);

const contentThrough = (content: unknown, mask: Mask, key = ''): unknown => {
  if (typeof content === 'string') return words.has(key) ? mask(content) : content;
  if (Array.isArray(content)) return content.map((one) => contentThrough(one, mask, key));
  return content instanceof Object
    ? Object.fromEntries(
        Object.entries(content).map(([name, one]) => [name, contentThrough(one, mask, name)]),
      )
    : content;
};

const tablesThrough = (tables: StoreTables, mask: Mask): StoreTables => ({
  ...tables,
  deliveries: {
    ...tables.deliveries,
    finish: (id, outcome, reason) =>
      tables.deliveries.finish(id, outcome, reason === null ? null : mask(reason)),
  },
  batches: {
    ...tables.batches,
    add: (batch) =>
      tables.batches.add({
        ...batch,
        problem: batch.problem === null ? null : problemThrough(batch.problem, mask),
        left: batch.left.map((one) => ({ ...one, problem: problemThrough(one.problem, mask) })),
        ...(batch.breakGlass === undefined
          ? {}
          : { breakGlass: { ...batch.breakGlass, reason: mask(batch.breakGlass.reason) } }),
      }),
  },
  runs: {
    ...tables.runs,
    move: (id, event, at, change) =>
      tables.runs.move(id, event, at, change === undefined ? undefined : changeThrough(change, mask)),
  },
  previews: {
    ...tables.previews,
    note: ({ summary, problem, output, ...preview }) =>
      tables.previews.note({
        ...preview,
        summary: summary === null ? null : summaryThrough(summary, mask),
        problem: problem === null ? null : problemThrough(problem, mask),
        output: output === null ? null : mask(output),
      }),
  },
  overrides: {
    ...tables.overrides,
    give: (word) => tables.overrides.give({ ...word, reason: mask(word.reason) }),
  },
  suspensions: {
    ...tables.suspensions,
    add: (one) => tables.suspensions.add({ ...one, reason: mask(one.reason) }),
  },
  audit: {
    ...tables.audit,
    append: (event) =>
      tables.audit.append({
        ...event,
        facts: Object.fromEntries(
          Object.entries(event.facts).map(([name, fact]) => [name, contentThrough(fact, mask, name)]),
        ),
      }),
  },
  drifts: {
    ...tables.drifts,
    put: (drift) =>
      tables.drifts.put({
        ...drift,
        summary: drift.summary === null ? null : summaryThrough(drift.summary, mask),
        because: drift.because === null ? null : mask(drift.because),
      }),
    putOff: (project, putOff) => tables.drifts.putOff(project, { ...putOff, because: mask(putOff.because) }),
  },
  reports: {
    ...tables.reports,
    want: (pull, thing, dueAt, content, priority) =>
      tables.reports.want(pull, thing, dueAt, contentThrough(content, mask), priority),
    park: (pull, thing, reason) => tables.reports.park(pull, thing, mask(reason)),
  },
});

/** The store, with everything masked on its way in that is said in words. */
export const maskStore = (store: Store, mask: Mask): Store => ({
  ...store,
  ...tablesThrough(store, mask),
  transact: (work) => store.transact((tables) => work(tablesThrough(tables, mask))),
});
