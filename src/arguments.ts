import { type ParseArgsConfig, parseArgs } from 'node:util';

/** Arguments that make no sense: exit code 2. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

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
      throw new WrongUse(error instanceof Error ? error.message : String(error));
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
