import type { FolderFile, Lookup } from '../declared/folder.ts';
import { isOverride, lookup, unlabelled } from '../declared/folder.ts';
import type { Argument } from '../declared/outline.ts';
import { evaluate, type Scope } from './evaluate.ts';
import { type Expression, NotEvaluated } from './expression.ts';
import { parseExpression, parseJsonExpression } from './parse.ts';
import { type Budget, feedsOf, type Result, unknowable } from './result.ts';

/** An argument and the syntax that it is written in. */
export interface Written {
  readonly argument: Pick<Argument, 'text' | 'digest'>;
  readonly isJson: boolean;
}

/** What the files of one folder define, override files put over the others. */
export interface Definitions {
  /** Null: it is not known what it is. */
  readonly locals: ReadonlyMap<string, Written | null>;
  readonly blocks: Lookup;
  /** False: a file could not be read, and may define anything. */
  readonly isRead: boolean;
}

export const isJson = ({ name }: Pick<FolderFile, 'name'>): boolean => name.endsWith('.json');

const localsIn = (files: readonly FolderFile[]): Map<string, Written | null> => {
  const found = new Map<string, Written | null>();
  for (const { file, block } of unlabelled(files, 'locals')) {
    for (const argument of block.arguments)
      found.set(argument.name, found.has(argument.name) ? null : { argument, isJson: isJson(file) });
    // In JSON syntax a map looks like a block.
    for (const { type } of block.blocks) found.set(type, null);
  }
  return found;
};

/** @param files those that the tool reads of the folder */
export const definitionsOf = (files: readonly FolderFile[]): Definitions => ({
  locals: new Map([
    ...localsIn(files.filter((file) => !isOverride(file))),
    ...localsIn(files.filter(isOverride)),
  ]),
  blocks: lookup(files),
  isRead: files.every(({ outline }) => outline.error === null),
});

const parsed = ({ argument, isJson }: Written, isConstant: boolean): Expression | null => {
  if (argument.text === null) return null;
  try {
    return isJson ? parseJsonExpression(argument.text, isConstant) : parseExpression(argument.text);
  } catch (error) {
    if (error instanceof NotEvaluated) return null;
    throw error;
  }
};

/**
 * What an argument comes to.
 *
 * @param label says which definition it is, for the feeds
 * @param isConstant texts of JSON syntax are no templates, as in defaults and files of variables
 */
export const evaluated = (
  written: Written,
  scope: Scope,
  budget: Budget,
  label: string,
  isConstant = false,
): Result => {
  const expression = parsed(written, isConstant);
  if (expression === null) return unknowable;
  const { known, feeds } = evaluate(expression, scope, budget);
  const own = `${label} ${written.isJson ? 'json' : 'hcl'} ${written.argument.digest}`;
  return { known, feeds: feedsOf([own], feeds) };
};

/** Names mean nothing. */
export const noScope: Scope = { reference: () => null };
