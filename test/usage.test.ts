import { describe, expect, it } from 'vitest';
import { argumentsOf, optionsOf } from '../src/arguments.ts';
import { helpOf, unknownCommand, usage } from '../src/usage.ts';
import { temporaryFolder } from './support/leftovers.ts';
import { startMain } from './support/main-process.ts';

describe('wrong use', () => {
  it.each([
    ['plna', 'Did you mean `plan`?'],
    ['valdiate', 'Did you mean `validate`?'],
    ['import-atlants', 'Did you mean `import-atlantis`?'],
  ])('of a command says which one was meant: %s', (word, meant) => {
    expect(unknownCommand(word)).toBe(
      `There is no command \`${word}\`. ${meant} \`tidegate --help\` lists them.`,
    );
  });

  it('of a word that is near to nothing guesses nothing', () => {
    expect(unknownCommand('constructor')).toBe(
      'There is no command `constructor`. `tidegate --help` lists them.',
    );
    expect(helpOf('constructor')).toBeNull();
  });

  it('of an option says which one was meant, in one line', () => {
    const options = { base: { type: 'string' }, json: { type: 'boolean' } } as const;
    expect(() => optionsOf(['--bas', 'x'], options)).toThrow(
      /^There is no option `--bas`\. Did you mean `--base`\?$/,
    );
    expect(() => optionsOf(['-x'], options)).toThrow(/^There is no option `-x`\.$/);
    expect(() => argumentsOf(['a', 'b'], options, 1)).toThrow('`b` is one word too many.');
  });
});

describe('help', () => {
  it('of each command that is listed is there', () => {
    const listed = [...usage.matchAll(/^ {2}tidegate ([a-z-]+)/gm)].map(([, name = '']) => name);
    expect(listed.length).toBeGreaterThan(8);
    for (const name of listed) expect(helpOf(name)).toContain(`tidegate ${name}`);
  });

  it('is what the program prints, with its version, and a wrong use takes two lines', async () => {
    const ask = async (...args: readonly string[]) => {
      const main = startMain(args, { PATH: process.env['PATH'] }, temporaryFolder('usage'));
      return { code: await main.ended, text: main.text() };
    };
    expect(await ask('plan', '--help')).toEqual({ code: 0, text: helpOf('plan') });
    expect(await ask('--version')).toEqual({
      code: 0,
      text: expect.stringMatching(/^tidegate \d+\.\d+\.\d+\n$/),
    });
    expect(await ask('plna')).toEqual({ code: 2, text: `${unknownCommand('plna')}\n` });
    expect((await ask('plan', '--bas')).text.trim().split('\n')).toHaveLength(2);
  });
});
