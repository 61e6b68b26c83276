/** What of a configuration file stands on which lines. Lines count from 1. */

/** `name = expression`, or a key of JSON syntax. */
export interface Argument {
  readonly name: string;
  readonly line: number;
  /** Of the last character of its expression. */
  readonly endLine: number;
  /** Of its expression as it is written: equal for equal text. */
  readonly digest: string;
  /** Its expression, where that is short and on one line; of `evaluatedEarly` and outside of blocks also where it is longer. */
  readonly text: string | null;
  /** `var.a` and `local.b` that it mentions. */
  readonly refs: readonly string[];
}

export interface Block {
  /** `resource`, `module`, `lifecycle` ... */
  readonly type: string;
  readonly labels: readonly string[];
  readonly line: number;
  readonly endLine: number;
  /** Of all that is in it, as it is written. */
  readonly digest: string;
  readonly arguments: readonly Argument[];
  readonly blocks: readonly Block[];
}

export interface FileOutline {
  /** Those that places are looked for in: resources, module calls, variables, locals, moved, removed; and settings of the tool. */
  readonly blocks: readonly Block[];
  /** Outside of every block, as files of variables have them. */
  readonly arguments: readonly Argument[];
  /** Not null: nobody knows for sure what is in the file, and there is nothing in the lists. */
  readonly error: string | null;
}

/** Types of blocks that an outline has. */
export const outlined: ReadonlySet<string> = new Set([
  'resource',
  'module',
  'variable',
  'locals',
  'moved',
  'removed',
  'terraform',
]);

/** Types of blocks whose expressions may be worked out before a tool starts: longer ones have their text as well. */
export const evaluatedEarly: ReadonlySet<string> = new Set(['locals', 'module', 'terraform', 'variable']);

export const noOutline = (error: string): FileOutline => ({ blocks: [], arguments: [], error });
