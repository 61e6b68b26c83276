import {
  becomesDestructive,
  type Difference,
  isAlike,
  type OtherPart,
  type PlanComparison,
  type ValueDifference,
} from '../domain/plan-comparison.ts';
import type { ChangeAction } from '../domain/plan-summary.ts';
import { code, join, type Markdown, md, nothing, text } from './markdown.ts';
import type { SinceApproved, SinceShown } from './view.ts';
import { count, listed } from './words.ts';

const verbs: Readonly<Record<ChangeAction, string>> = {
  create: 'created',
  update: 'updated',
  delete: 'destroyed',
  replace: 'replaced',
  read: 'read',
  move: 'moved',
  import: 'imported',
  forget: 'forgotten',
  'no-op': 'kept',
};

const others: Readonly<Record<OtherPart, string>> = {
  reads: 'what is read while it is applied',
  deferred: 'what waits for another plan',
  invocations: 'which actions of a provider are invoked',
  tool: 'the version of the tool',
};

const namesUpTo = 5;
const valuesUpTo = 3;

const namesOf = (logins: readonly string[]): Markdown => {
  const shown = logins.slice(0, namesUpTo).map((login) => code(login, 60));
  const all = logins.length > shown.length ? [...shown, md`${logins.length - shown.length} more`] : shown;
  return all.length < 2 ? join(all, '') : md`${join(all.slice(0, -1), ', ')} and ${all.at(-1) ?? nothing}`;
};

const value = (one: string | null): Markdown => (one === null ? md`nothing` : code(one, 60));

const valueText = ({ path, becomes }: ValueDifference): Markdown =>
  becomes === null
    ? md`${code(path, 80)} differs`
    : md`${code(path, 80)} becomes ${value(becomes.to)}, was to become ${value(becomes.from)}`;

const valuesText = (values: readonly ValueDifference[]): Markdown => {
  if (values.length === 0) return nothing;
  const shown = values.slice(0, valuesUpTo).map(valueText);
  const more = values.length > shown.length ? md`; ${values.length - shown.length} more` : nothing;
  return md`: ${join(shown, '; ')}${more}`;
};

const was = (action: ChangeAction): Markdown => md`was to be ${text(verbs[action])}`;

const said = ({ name, from, to, values }: Difference, what: Markdown): Markdown => {
  const called = md`${what}${code(name, 300)}`;
  if (to === null) return from === null ? called : md`${called} is no longer in it, ${was(from)}`;
  const now = md`${called} would be ${text(verbs[to])}`;
  if (from === null) return md`${now}, was not in it`;
  return from === to ? md`${now} in another way${valuesText(values)}` : md`${now}, ${was(from)}`;
};

const kinds = (all: readonly Difference[], what: string): readonly string[] => {
  const many = (which: (one: Difference) => boolean) => all.filter(which).length;
  return [
    [many(({ from, to }) => from === null && to !== null), 'new in it'] as const,
    [many(({ from, to }) => from !== null && to !== null && from !== to), 'with another action'] as const,
    [many(({ from, to }) => from === to), 'done in another way'] as const,
    [many(({ to }) => to === null), 'no longer in it'] as const,
  ].flatMap(([number, words]) => (number === 0 ? [] : [`${count(number, what)} ${words}`]));
};

/** In numbers, all of it or what no list names. */
const counted = (resources: readonly Difference[], outputs: readonly Difference[]): string =>
  listed([...kinds(resources, 'resource'), ...kinds(outputs, 'output')]);

const otherText = (parts: readonly OtherPart[]): string => `${listed(parts.map((part) => others[part]))}`;

const lead = ({ logins, plan }: SinceApproved): Markdown =>
  md`**Since ${namesOf(logins)} approved** (plan ${code(plan)})`;

const whole = (since: Markdown, comparison: PlanComparison, limit: number): Markdown => {
  const { resources, outputs } = comparison;
  const ones = resources.slice(0, limit);
  const twos = outputs.slice(0, Math.max(0, limit - ones.length));
  const rest = counted(resources.slice(ones.length), outputs.slice(twos.length));
  const items = [
    ...ones.map((one) => said(one, nothing)),
    ...twos.map((one) => said(one, md`output `)),
    ...(rest === '' ? [] : [md`and ${text(rest)}`]),
    ...(comparison.others.length === 0 ? [] : [md`and ${text(otherText(comparison.others))} changed`]),
  ];
  return md`${since} the plan changed:\n\n${join(
    items.map((item) => md`- ${item}`),
    '\n',
  )}`;
};

/** Numbers, and of what is destroyed now one name. */
const brief = (since: Markdown, comparison: PlanComparison): Markdown => {
  const { resources, outputs } = comparison;
  const [first] = resources;
  const isNamed = first !== undefined && becomesDestructive(first);
  const rest = [
    counted(isNamed ? resources.slice(1) : resources, outputs),
    otherText(comparison.others),
  ].filter((part) => part !== '');
  const parts = [...(isNamed ? [said(first, nothing)] : []), ...rest.map((part) => text(part))];
  return md`${since} the plan changed: ${join(parts, '; ')}.`;
};

/**
 * What changed since people approved another plan, a paragraph for each such plan.
 *
 * @param limit how many resources and outputs are named; 0: of what would be destroyed now, one
 */
export const sinceNotes = (all: readonly SinceApproved[], limit: number): readonly Markdown[] =>
  all.map((since) => {
    const { comparison } = since;
    if (comparison === null)
      return md`${lead(since)} the plan changed; what was approved is not kept any more.`;
    if (isAlike(comparison))
      return md`${lead(since)} something changed that the plan does not show: what it was made from, or a value that is not for everybody's eyes.`;
    return limit === 0 ? brief(lead(since), comparison) : whole(lead(since), comparison, limit);
  });

/** What changed since the plan that was shown before. Nothing where all that changed is not shown: people read the plan itself. */
export const shownNotes = (since: SinceShown | null, limit: number): readonly Markdown[] => {
  if (since === null || isAlike(since.comparison)) return [];
  const when = since.again
    ? md`**Since it was planned before**`
    : md`**Since the plan of** ${code(since.headSha.slice(0, 12))}`;
  return [limit === 0 ? brief(when, since.comparison) : whole(when, since.comparison, limit)];
};
