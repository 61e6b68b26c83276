import type { Command } from '../../src/domain/command.ts';
import type { Interpretation } from '../../src/domain/grammar.ts';
import { interpretComment } from '../../src/domain/grammar.ts';
import type { Problem } from '../../src/domain/problem.ts';
import { terraformArguments } from '../../src/domain/tool-arguments.ts';

export const rules = { prefixes: ['atlantis'], toolArguments: terraformArguments };
export const read = (body: string): Interpretation => interpretComment(body, rules);

/** The command that a comment is; throws where it is none. */
export const command = (body: string): Command => {
  const result = read(body);
  if (result.kind !== 'command') throw new Error(`${JSON.stringify(body)} is ${JSON.stringify(result)}`);
  return result.command;
};

/** The problem that a comment is answered with; throws where it is not. */
export const mistake = (body: string): Problem => {
  const result = read(body);
  if (result.kind !== 'mistake') throw new Error(`${JSON.stringify(body)} is ${JSON.stringify(result)}`);
  return result.problem;
};
