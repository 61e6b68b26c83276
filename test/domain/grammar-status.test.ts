import { describe, expect, it } from 'vitest';
import { everything } from '../../src/domain/command.ts';
import { commandText } from '../../src/domain/command-text.ts';
import { interpretComment } from '../../src/domain/grammar.ts';
import { terraformArguments } from '../../src/domain/tool-arguments.ts';

const read = (body: string) => interpretComment(body, { prefixes: [], toolArguments: terraformArguments });
const plain = { verb: 'status', selector: everything, extra: [] };

describe('what /status says', () => {
  it.each([
    ['/status', plain],
    ['/status production', { ...plain, environment: 'production' }],
    ["tidegate status 'eu west/prod'", { ...plain, environment: 'eu west/prod' }],
  ])('%s', (body, command) => {
    const found = read(body);
    expect(found).toMatchObject({ kind: 'command', command });
    if (found.kind === 'command') expect(read(commandText(found.command))).toMatchObject({ command });
  });

  it('is refused for two words, and for what no environment can be called', () => {
    expect(read('/status production staging')).toMatchObject({ kind: 'mistake' });
    expect(read('/status `production`')).toMatchObject({ kind: 'mistake' });
  });
});
