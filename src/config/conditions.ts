import { TypeError as CelTypeError, Environment, EvaluationError, ParseError } from '@marcbachmann/cel-js';
import { printable } from '../domain/quote.ts';
import type { PlanView } from '../domain/rules/plan-view.ts';
import { type Cost, judgeCondition, type Wrong } from './condition-cost.ts';
import { outputFields, planFields, resourceFields, targetFields } from './condition-fields.ts';
import { isOpen } from './windows.ts';

/** A condition over a plan, in CEL (https://cel.dev), checked and bounded. */
export interface Condition {
  /** Throws where it cannot be answered, or would take too long: the caller takes that for asked for. */
  holds(plan: PlanView): boolean;
}

export type CompiledCondition = { readonly value: Condition } | { readonly wrong: Wrong };

const longest = 1_000;
/** Of evaluation, in visits of a part of the expression. Each takes some 0.1 µs: half a million are below a tenth of a second. */
const mostSteps = 500_000;
/** Of one text in a plan. What is longer than the ordinary makes each step as much longer: some functions look at every character. */
const longestValue = 2_048;
const ordinaryValue = 128;

const environment = new Environment({
  limits: { maxAstNodes: 400, maxDepth: 32, maxListElements: 64, maxMapEntries: 1, maxCallArguments: 4 },
})
  .registerType('Resource', { fields: resourceFields })
  .registerType('Output', { fields: outputFields })
  .registerType('Target', { fields: targetFields })
  .registerType('Plan', { fields: planFields })
  .registerVariable('plan', 'Plan');

const wrongOf = (error: unknown): Wrong => {
  const isTold =
    error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError;
  if (!isTold) return { at: 0, why: 'cannot be read' };
  const { summary, range } = error;
  return { at: range?.start ?? 0, why: `does not add up: ${printable(summary).slice(0, 200)}` };
};

const asCel = (plan: PlanView) => ({
  create: BigInt(plan.create),
  update: BigInt(plan.update),
  replace: BigInt(plan.replace),
  delete: BigInt(plan.delete),
  import: BigInt(plan.import),
  move: BigInt(plan.move),
  forget: BigInt(plan.forget),
  read: BigInt(plan.read),
  destroy: BigInt(plan.destroy),
  has_changes: plan.hasChanges,
  only_moves: plan.onlyMoves,
  resources: plan.resources.map(({ previousAddress, ...resource }) => ({
    ...resource,
    previous_address: previousAddress,
  })),
  outputs: plan.outputs,
  pin: plan.pin,
  verified: plan.verified,
  target: plan.target,
});

const checkSize = (plan: PlanView, [once, perItem, perPair]: Cost): void => {
  const items = Math.max(plan.resources.length, plan.outputs.length, plan.target.length);
  const longestText = [...plan.resources, ...plan.outputs, ...plan.target].reduce(
    (most, one) => Object.values(one).reduce((more, text) => Math.max(more, text.length), most),
    ordinaryValue,
  );
  if (longestText > longestValue)
    throw new Error(`the plan has a text of more than ${longestValue} characters`);
  const steps = once + items * (perItem + items * perPair);
  if ((steps * longestText) / ordinaryValue > mostSteps)
    throw new Error(`the condition would look at too much of a plan with ${items} changes`);
};

/** Never throws, and takes about as long as the text, whoever wrote it. */
export const compileCondition = (text: string): CompiledCondition => {
  if (text.length > longest)
    return { wrong: { at: longest, why: `is longer than ${longest.toLocaleString('en')} characters` } };
  try {
    const parsed = environment.parse(text);
    const judged = judgeCondition(parsed.ast);
    if ('wrong' in judged) return judged;
    const checked = parsed.check();
    if (!checked.valid) return { wrong: wrongOf(checked.error) };
    if (checked.type !== 'bool')
      return { wrong: { at: 0, why: `gives ${checked.type ?? 'something else'}, not true or false` } };
    return {
      value: {
        holds: (plan) => {
          checkSize(plan, judged.cost);
          const result: unknown = parsed({ plan: asCel(plan) });
          if (typeof result !== 'boolean') throw new Error('the condition gave neither true nor false');
          return result;
        },
      },
    };
  } catch (error) {
    return { wrong: wrongOf(error) };
  }
};

/** A phrase after "it must be"; null for a condition that is right. */
export const conditionProblem = (text: string): string | null => {
  const compiled = compileCondition(text);
  if ('value' in compiled) return null;
  const { at, why } = compiled.wrong;
  return `a condition over the plan in CEL, for example \`plan.destroy > 0\`; this one ${why} (character ${at + 1})`;
};

/** What rules ask, from their own words, of which the store keeps nothing else. */
export interface Conditions {
  /** Throws for a text that was never checked, and as `Condition.holds` does. */
  holds(text: string, plan: PlanView): boolean;
  /** As `isOpen`. */
  window: typeof isOpen;
}

const kept = 500;

/** Keeps up to 500 conditions ready. */
export const createConditions = (): Conditions => {
  /** Least recently used first. */
  const compiled = new Map<string, CompiledCondition>();
  return {
    holds: (text, plan) => {
      const condition = compiled.get(text) ?? compileCondition(text);
      compiled.delete(text);
      compiled.set(text, condition);
      const oldest = compiled.size > kept ? compiled.keys().next().value : undefined;
      if (oldest !== undefined) compiled.delete(oldest);
      if ('wrong' in condition) throw new Error(`a condition ${condition.wrong.why}`);
      return condition.value.holds(plan);
    },
    window: isOpen,
  };
};
