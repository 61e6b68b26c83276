/**
 * Reads configuration files in a process of its own, for a WASM of 58 MB stays in memory as long as its
 * process does, and a file that hangs or crashes the parser must take nothing else with it.
 * Started by `parser.ts`; speaks over the channel of `child_process.fork`.
 */
import { parse } from '@cdktn/hcl2json';
import { factsOf } from './facts.ts';
import { parseJson } from './json-syntax.ts';
import { type Answer, isQuestion, type Question } from './messages.ts';

const answer = async ({ fileName, syntax, text }: Question): Promise<Answer> => {
  try {
    return { facts: factsOf(syntax === 'json' ? parseJson(fileName, text) : await parse(fileName, text)) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
};

process.on('message', (message) => {
  if (isQuestion(message)) void answer(message).then((reply) => process.send?.(reply));
});
// The server is gone: nobody will ask again.
process.on('disconnect', () => process.exit(0));
