import type { Verb } from './command.ts';
import { nearest } from './nearest.ts';
import type { Problem } from './problem.ts';
import { quoted } from './quote.ts';
import { isResourceAddress } from './resource-address.ts';

type ArgumentValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'address' }
  | { readonly kind: 'duration' }
  | { readonly kind: 'integer'; readonly least: number; readonly most: number };

/** One tool argument that a comment may carry after `--`. */
export interface ToolArgument {
  /** Without dashes. */
  readonly flag: string;
  readonly value: ArgumentValue;
  readonly repeatable: boolean;
}

/** What each verb allows; a verb that is missing allows nothing. */
export type ToolArguments = Readonly<Partial<Record<Verb, readonly ToolArgument[]>>>;

const once = (flag: string, value: ArgumentValue): ToolArgument => ({ flag, value, repeatable: false });
const often = (flag: string, value: ArgumentValue): ToolArgument => ({ flag, value, repeatable: true });

/** How it is done, and not what. */
const manner: readonly ToolArgument[] = [
  once('parallelism', { kind: 'integer', least: 1, most: 256 }),
  once('lock-timeout', { kind: 'duration' }),
  once('compact-warnings', { kind: 'none' }),
];

/**
 * The allow-list for Terraform and OpenTofu. Everything that names a file, a folder, a variable's
 * value or another state is left out on purpose; `apply` takes nothing, it applies a saved plan.
 */
export const terraformArguments: ToolArguments = {
  plan: [
    often('target', { kind: 'address' }),
    often('replace', { kind: 'address' }),
    once('refresh', { kind: 'boolean' }),
    once('refresh-only', { kind: 'none' }),
    ...manner,
  ],
  // `-destroy` itself is the verb's: it can be neither typed nor left out.
  destroy: [often('target', { kind: 'address' }), once('refresh', { kind: 'boolean' }), ...manner],
};

/** Of a plan that only reads: it may be out of date at once, and keeps nobody from the state. */
export const withoutLock = '-lock=false';

const destroyFlag = '-destroy';

/** The tool arguments of a plan for the end of a project. */
export const destroying = (extra: readonly string[]): readonly string[] => [destroyFlag, ...extra];

/** Those that a person gave. */
export const withoutDestroying = (extra: readonly string[]): readonly string[] =>
  extra.filter((one) => one !== destroyFlag);

/** Is it a plan for the end of a project, or of a part of it? */
export const isDestroying = (extra: readonly string[]): boolean => extra.includes(destroyFlag);

/** Do these arguments change what a plan does, rather than how it is made? */
export const planOtherwise = (extra: readonly string[]): boolean =>
  extra.some((argument) => !/^-(?:parallelism|lock-timeout|compact-warnings)(?:=|$)/.test(argument));

const shape = (argument: ToolArgument): string => {
  switch (argument.value.kind) {
    case 'none':
      return `-${argument.flag}`;
    case 'boolean':
      return `-${argument.flag}=true|false`;
    case 'address':
      return `-${argument.flag}=ADDRESS`;
    case 'duration':
      return `-${argument.flag}=DURATION`;
    case 'integer':
      return `-${argument.flag}=${argument.value.least}..${argument.value.most}`;
  }
};

/** Why the value is refused, as a phrase after "`-flag` "; null for a good one. */
const refusal = (value: ArgumentValue, text: string): string | null => {
  switch (value.kind) {
    case 'none':
      return 'takes no value';
    case 'boolean':
      return text === 'true' || text === 'false' ? null : 'takes `true` or `false`';
    case 'address':
      return isResourceAddress(text)
        ? null
        : 'takes an address such as `module.app["blue"].aws_instance.web[0]`';
    case 'duration':
      return /^(?:\d{1,4}(?:s|m|h)){1,3}$/.test(text) ? null : 'takes a duration such as `30s` or `5m`';
    case 'integer': {
      const fits = /^[1-9]\d{0,5}$/.test(text) && Number(text) >= value.least && Number(text) <= value.most;
      return fits ? null : `takes a whole number from ${value.least} to ${value.most}`;
    }
  }
};

/** Every shape that is allowed for a verb: `-target=ADDRESS` ... */
const argumentShapes = (allowed: readonly ToolArgument[]): readonly string[] => allowed.map(shape);

const refused = (verb: Verb, allowed: readonly ToolArgument[], sentence: string, hint = ''): Problem => ({
  code: 'argument-refused',
  sentence,
  advice:
    allowed.length > 0
      ? `${hint}After \`--\` a ${verb} takes ${argumentShapes(allowed).map(quoted).join(', ')}.`
      : verb === 'apply'
        ? 'An apply runs the plan that was reviewed, as it is. Give the arguments to the plan instead.'
        : `Leave out the \`--\` and what follows it.`,
});

/**
 * Checks the tokens after `--` against the allow-list. Each result is one argv element,
 * `-flag=VALUE` or `-flag`; `--flag=VALUE` and `-flag VALUE` are taken as well.
 */
export const checkToolArguments = (
  verb: Verb,
  tokens: readonly string[],
  table: ToolArguments,
): { readonly extra: readonly string[] } | { readonly problem: Problem } => {
  const allowed = table[verb] ?? [];
  const no = (sentence: string, hint?: string) => ({ problem: refused(verb, allowed, sentence, hint) });
  const extra: string[] = [];
  const seen = new Set<string>();
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] ?? '';
    const match = /^--?([^=]*)(?:=(.*))?$/su.exec(token);
    if (match === null) return no(`${quoted(token)} is not a tool argument.`);
    const flag = match[1] ?? '';
    const argument = allowed.find((candidate) => candidate.flag === flag);
    if (argument === undefined) {
      const meant = nearest(
        flag,
        allowed.map((candidate) => candidate.flag),
      );
      const hint =
        `-${flag}` === destroyFlag
          ? 'The end of a project is planned with `/destroy`. '
          : meant === null
            ? ''
            : `Did you mean \`-${meant}\`? `;
      return no(`The tool argument ${quoted(`-${flag}`)} is not allowed in a comment.`, hint);
    }
    if (seen.has(flag) && !argument.repeatable) return no(`The tool argument \`-${flag}\` is given twice.`);
    seen.add(flag);
    let value = match[2];
    if (argument.value.kind === 'none' && value === undefined) {
      extra.push(`-${flag}`);
      continue;
    }
    if (value === undefined) {
      index++;
      value = tokens[index];
    }
    const why = refusal(argument.value, value ?? '');
    if (why !== null) {
      const got = value === undefined ? '' : `, not ${quoted(value)}`;
      return no(`The tool argument \`-${flag}\` ${why}${got}.`);
    }
    extra.push(`-${flag}=${value ?? ''}`);
  }
  return { extra };
};
