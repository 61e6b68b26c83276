import type { z } from 'zod';
import { ownValue } from '../../domain/own-value.ts';
import { parseExactly } from './canonical.ts';
import { type Choice, type CutPath, type Cutter, createCutter } from './json-cutter.ts';
import { terraformParts as parts, type TerraformParts } from './terraform-schema.ts';
import { unreadable } from './unreadable.ts';

type Name = keyof TerraformParts;

/** What is told of a part besides itself. */
export interface PartPlace {
  /** Of an output, its name. */
  readonly key: string;
  /** Counts the parts of that name from 0, those that were not parsed too. */
  readonly ordinal: number;
  /** Its text, to be copied by who keeps it. */
  readonly text: Buffer;
}

export type PartTakers = {
  readonly [Part in Name]?: (part: TerraformParts[Part], place: PartPlace) => void;
};

/** Lists at the top of a plan, and what each of their elements is. */
const lists: Readonly<Record<string, Name>> = {
  resource_changes: 'resource_change',
  resource_drift: 'resource_drift',
  deferred_changes: 'deferred_change',
  relevant_attributes: 'relevant_attribute',
  action_invocations: 'action_invocation',
  deferred_action_invocations: 'deferred_action_invocation',
  checks: 'check',
};
const plain = [
  'format_version',
  'terraform_version',
  'applyable',
  'complete',
  'errored',
  'variables',
] as const;
const isPlain = (key: string): key is (typeof plain)[number] => plain.some((one) => one === key);

type Handler = (path: CutPath, place: PartPlace) => void;

type Wanted = Choice | { readonly part: Name };

/** In a state as plans show it, from its `values` on. https://developer.hashicorp.com/terraform/internals/json-format#values-representation */
const inState = ([first, ...rest]: CutPath): Wanted => {
  if (first === undefined) return 'object';
  if (first === 'outputs') return rest.length === 0 ? 'object' : { part: 'state_output' };
  return first === 'root_module' ? inModule(rest) : 'pass';
};

/** What is asked about lies in what was gone into: of a deep one only the end tells. */
const inModule = (path: CutPath): Wanted => {
  const isModule = path.length === 0 || (path.at(-2) === 'child_modules' && path.at(-1) === '*');
  if (isModule) return 'object';
  if (path.at(-2) === 'resources' && path.at(-1) === '*') return { part: 'state_resource' };
  return path.at(-1) === 'resources' || path.at(-1) === 'child_modules' ? 'list' : 'pass';
};

const declaredVariables = ['configuration', 'root_module', 'variables'];

const wanted = (path: CutPath): Wanted => {
  const [first, ...rest] = path;
  if (first === undefined) return 'object';
  if (isPlain(first)) return { part: first };
  const element = ownValue(lists, first);
  if (element !== undefined) return rest.length === 0 ? 'list' : { part: element };
  switch (first) {
    case 'output_changes':
      return rest.length === 0 ? 'object' : { part: 'output_change' };
    case 'planned_values':
      return inState(rest);
    case 'prior_state':
      if (rest.length === 0) return 'object';
      return rest[0] === 'values' ? inState(rest.slice(1)) : 'pass';
    case 'configuration':
      if (path.length === declaredVariables.length && path.at(-1) === 'variables')
        return { part: 'declared_variables' };
      return path.every((key, index) => key === declaredVariables[index]) ? 'object' : 'pass';
    default:
      return 'pass';
  }
};

/** How a letter or a `_` is written as its number: a name may be there that is not to be seen. */
const hiddenLetter = /\\u00(?:5f|5F|6|7)/;

/**
 * Most of a state has no marks. A part without `true` behind the name of its mask has none for sure: it is not worth parsing. Looked for
 * in text of a byte a letter, which is made faster than bytes are searched.
 */
const mayHaveMarks = (bytes: Buffer): boolean => {
  const text = bytes.toString('latin1');
  const at = text.indexOf('"sensitive_values"');
  return at < 0 || text.includes('true', at) || (text.includes('\\u00') && hiddenLetter.test(text));
};

/** Copied out: the text is a view of what comes in. */
const parsed = (text: Buffer): unknown => {
  try {
    return parseExactly(text.toString('utf8'));
  } catch {
    throw unreadable('The tool did not print a plan as JSON.');
  }
};

/**
 * Reads `terraform show -json PLAN` part by part as it comes in: each is handed to who takes parts of that name, checked; the others are
 * not even parsed. Throws UserError `plan-unreadable`.
 *
 * @param wants is a part asked for, by its place among those of its name? All when absent
 */
export const createPartReader = (
  takers: PartTakers,
  wants: (name: Name, ordinal: number) => boolean = () => true,
): Cutter => {
  const seen = new Set<string>();
  const counts = new Map<Name, number>();
  let version: string | null = null;

  const misshapen = (path: CutPath, what: string): Error =>
    unreadable(
      `The plan is not what its \`format_version\` \`${version ?? 'unknown'}\` promises: \`${path.join('.')}\`: ${what}.`,
    );

  const handled = <Schema extends z.ZodType>(
    schema: Schema,
    taker: ((part: z.output<Schema>, place: PartPlace) => void) | undefined,
  ): Handler | null => {
    if (taker === undefined) return null;
    return (path, place) => {
      const checked = schema.safeParse(parsed(place.text));
      if (checked.success) return taker(checked.data, place);
      const [issue] = checked.error.issues;
      const where = path.map((key) => (key === '*' ? String(place.ordinal) : key));
      throw misshapen(
        [...where, ...(issue?.path ?? []).map(String)],
        issue?.message ?? 'it is something else',
      );
    };
  };
  const handlers: Readonly<Record<Name, Handler | null>> = {
    format_version: handled(parts.format_version, takers.format_version ?? (() => undefined)),
    terraform_version: handled(parts.terraform_version, takers.terraform_version),
    applyable: handled(parts.applyable, takers.applyable),
    complete: handled(parts.complete, takers.complete),
    errored: handled(parts.errored, takers.errored),
    variables: handled(parts.variables, takers.variables),
    declared_variables: handled(parts.declared_variables, takers.declared_variables),
    resource_change: handled(parts.resource_change, takers.resource_change),
    resource_drift: handled(parts.resource_drift, takers.resource_drift),
    deferred_change: handled(parts.deferred_change, takers.deferred_change),
    output_change: handled(parts.output_change, takers.output_change),
    relevant_attribute: handled(parts.relevant_attribute, takers.relevant_attribute),
    action_invocation: handled(parts.action_invocation, takers.action_invocation),
    deferred_action_invocation: handled(parts.deferred_action_invocation, takers.deferred_action_invocation),
    check: handled(parts.check, takers.check),
    state_resource: handled(parts.state_resource, takers.state_resource),
    state_output: handled(parts.state_output, takers.state_output),
  };

  const take = (name: Name, path: CutPath, text: Buffer): void => {
    const ordinal = counts.get(name) ?? 0;
    counts.set(name, ordinal + 1);
    if (!wants(name, ordinal) || (name === 'state_resource' && !mayHaveMarks(text))) return;
    handlers[name]?.(path, { key: path.at(-1) ?? '', ordinal, text });
  };

  // All elements of a list have the same path.
  let last: { readonly path: CutPath; readonly choice: Wanted } = { path: [], choice: wanted([]) };
  const wantedOf = (path: CutPath): Wanted => {
    if (last.path !== path) last = { path, choice: wanted(path) };
    return last.choice;
  };

  const cutter = createCutter({
    choose: (path) => {
      const [key] = path;
      if (path.length === 1 && key !== undefined) {
        // Of two the tools' own readers take the last: what the first one says would be done would not be told.
        if (seen.has(key)) throw unreadable(`The plan has \`${key.slice(0, 60)}\` twice.`);
        seen.add(key);
      }
      const choice = wanted(path);
      if (typeof choice === 'string') return choice;
      return handlers[choice.part] === null ? 'pass' : 'part';
    },
    part: (path, text) => {
      const choice = wantedOf(path);
      if (typeof choice !== 'string') {
        if (choice.part === 'format_version') version = versionIn(text);
        return take(choice.part, path, text);
      }
      if (path.length === 0) throw unreadable('The plan has no `format_version`.');
      // These are searched for secrets, and say nothing of what would be done.
      if (!['prior_state', 'planned_values'].includes(path[0] ?? ''))
        throw misshapen(path, choice === 'list' ? 'it is no list' : 'it is no object');
    },
  });

  /** The promise of the format: minor versions only add. https://developer.hashicorp.com/terraform/internals/json-format */
  const versionIn = (text: Buffer): string => {
    const found = parsed(text);
    if (typeof found !== 'string') throw unreadable('The plan has no `format_version`.');
    if (found.startsWith('1.')) return found;
    throw unreadable(
      `The plan has \`format_version\` \`${found.slice(0, 40)}\`; this version of Tidegate knows 1.`,
    );
  };

  const asJson = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (error instanceof SyntaxError) throw unreadable('The tool did not print a plan as JSON.');
      // Of lists in lists, what goes through them has no more room on its stack.
      if (error instanceof RangeError)
        throw unreadable('A part of the plan is too large or too deep to read.');
      throw error;
    }
  };

  return {
    push: (chunk) => asJson(() => cutter.push(chunk)),
    end: () => {
      asJson(() => cutter.end());
      if (version === null) throw unreadable('The plan has no `format_version`.');
    },
  };
};
