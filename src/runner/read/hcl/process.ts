/**
 * Reads configuration files in a process of its own, for a WASM of 58 MB stays in memory as long as its
 * process does, and a file that hangs or crashes the parser must take nothing else with it.
 * Started by `parser.ts`; speaks over the channel of `child_process.fork`.
 */
import { parse } from '@cdktn/hcl2json';
import { factsOf } from './facts.ts';
import { parseJson } from './json-syntax.ts';
import { type Answer, isQuestions, type Question } from './messages.ts';
import { outlineOf } from './outline.ts';

/** Text that does not parse is told so. Whatever else is thrown (its stack was too small) may have ended the parser for good. */
const isOfText = (message: string): boolean => message.startsWith('parse config');

const answer = async ({ fileName, syntax, text, about }: Question): Promise<Answer> => {
  try {
    const root = syntax === 'json' ? parseJson(fileName, text) : await parse(fileName, text);
    return about === 'outline' ? { outline: outlineOf(syntax, root, text) } : { facts: factsOf(root, text) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { error: message, spent: syntax === 'hcl' && !isOfText(message) };
  }
};

/** In turn, up to the one that ended the parser: what it says from then on is not to be believed. */
const answerAll = async (questions: readonly Question[]): Promise<readonly Answer[]> => {
  const answers: Answer[] = [];
  for (const question of questions) {
    const found = await answer(question);
    answers.push(found);
    if ('error' in found && found.spent === true) break;
  }
  return answers;
};

process.on('message', (message) => {
  if (isQuestions(message)) void answerAll(message).then((reply) => process.send?.(reply));
});
// The server is gone: nobody will ask again.
process.on('disconnect', () => process.exit(0));
