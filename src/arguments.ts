import { type ParseArgsConfig, parseArgs } from 'node:util';
import { nearest } from './domain/nearest.ts';

/** Arguments that make no sense: exit code 2. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

/** Node's sentence, and what was meant. */
const wordsOf = (error: unknown, known: readonly string[]): string => {
  const said = error instanceof Error ? error.message : String(error);
  const unknown = /^Unknown option '--?(?<name>[^']+)'/.exec(said)?.groups?.['name'];
  if (unknown === undefined) return said;
  const meant = nearest(unknown, known);
  return `There is no option \`${unknown.length === 1 ? '-' : '--'}${unknown}\`.${meant === null ? '' : ` Did you mean \`--${meant}\`?`}`;
};

/** Options of a role, and as many other words as it takes; what is none of them is wrong use. */
export const argumentsOf = <T extends ParseArgsConfig['options']>(
  args: readonly string[],
  options: T,
  mostWords: number,
) => {
  const read = () => {
    try {
      return parseArgs({ args: [...args], options, strict: true, allowPositionals: mostWords > 0 });
    } catch (error) {
      throw new WrongUse(wordsOf(error, Object.keys(options ?? {})));
    }
  };
  const { values, positionals } = read();
  const tooMany = positionals[mostWords];
  if (tooMany !== undefined) throw new WrongUse(`\`${tooMany}\` is one word too many.`);
  return { values, words: positionals };
};

/** The same of a role that takes no other words. */
export const optionsOf = <T extends ParseArgsConfig['options']>(args: readonly string[], options: T) =>
  argumentsOf(args, options, 0).values;
