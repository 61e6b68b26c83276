import { ownValue } from '../../domain/own-value.ts';
import { quoted } from '../../domain/quote.ts';
import type { Path } from '../yaml.ts';
import type { Leave } from './left.ts';

/** What arguments of `init` and `plan` come to in our words. */
export interface ReadArguments {
  readonly varFiles: string[];
  readonly backendFiles: string[];
  readonly env: Record<string, string>;
}

/** They change nothing of what is planned: Tidegate decides them itself. */
const ours =
  /^--?(?:lock|lock-timeout|no-color|input|parallelism|compact-warnings|upgrade|reconfigure|migrate-state|force-copy|get|plugin-dir|detailed-exitcode|out|refresh=true|auto-approve|backend=true)(?:=|$)/;
const takesValue =
  /^--?(?:var-file|var|backend-config|target|replace|lock-timeout|parallelism|plugin-dir|out)$/;

/** `$NAME` and `${NAME}` as Atlantis expands them; null where one is not known before a run. */
const expanded = (text: string, known: Readonly<Record<string, string>>): string | null => {
  let isKnown = true;
  const result = text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? '';
    const value = ownValue(known, name);
    if (value === undefined) isKnown = false;
    return value ?? '';
  });
  return isKnown ? result : null;
};

/** `[-var-file, a]` as `[-var-file=a]`. */
const paired = (args: readonly string[]): readonly string[] => {
  const all: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const one = args[at] ?? '';
    // One text of several words is several arguments to whoever wrote it, and one to the tool.
    const next = args[at + 1];
    if (takesValue.test(one) && next !== undefined) {
      all.push(`${one}=${next}`);
      at += 1;
    } else all.push(one);
  }
  return all;
};

/** Reads `extra_args` of one step into `into`; what does not fit there is refused, or named where nothing depends on it. */
export const readArguments = (
  args: readonly string[],
  into: ReadArguments,
  known: Readonly<Record<string, string>>,
  at: { readonly path: Path; readonly step: string; readonly name: Leave; readonly refuse: Leave },
): void => {
  for (const arg of paired(args)) {
    const whole = expanded(arg, known);
    if (whole === null) {
      at.refuse(
        at.path,
        `The argument ${quoted(arg)} of ${quoted(at.step)} has a variable that is only known when it runs.`,
        'Write the value out, or give it to the project as `var_files`, `backend_files` or `env` of `tidegate.yaml`.',
      );
      continue;
    }
    const [, flag = '', value = ''] = /^--?([a-z-]+)=(.*)$/s.exec(whole) ?? [];
    const variable = /^([A-Za-z_][\w-]*)=(.*)$/s.exec(value);
    if (flag === 'var-file' && at.step === 'plan') into.varFiles.push(value);
    else if (flag === 'backend-config' && at.step === 'init' && !value.includes('='))
      into.backendFiles.push(value);
    else if (flag === 'var' && at.step === 'plan' && variable !== null)
      into.env[`TF_VAR_${variable[1]}`] = variable[2] ?? '';
    else if (ours.test(whole))
      at.name(
        at.path,
        `The argument ${quoted(whole)} of ${quoted(at.step)} is left out.`,
        'Tidegate decides it itself: see `runners/terraform/runner.yml`.',
      );
    else if (flag === 'backend-config')
      at.refuse(
        at.path,
        `The argument ${quoted(whole)} of ${quoted(at.step)} sets a value of the backend.`,
        'Put it into a file of the repository and name that: `-backend-config=FILE`, or `backend_files` of `tidegate.yaml`.',
      );
    else
      at.refuse(
        at.path,
        `The argument ${quoted(whole)} of ${quoted(at.step)} has no counterpart.`,
        'Arguments that change what is planned are given with `/plan -- ARGUMENTS`, from a short list, and never for good.',
      );
  }
};
