import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everything } from '../../src/domain/command.ts';
import { commandText } from '../../src/domain/command-text.ts';
import { command, mistake, read } from './comments.ts';

const plain = { verb: 'followup', selector: everything, extra: [] };

describe('what /followup and /adopt say', () => {
  it.each([
    ['/followup', plain],
    ['tidegate followup  ', plain],
    ['/Followup somebody was in the console', { ...plain, reason: 'somebody was in the console' }],
    ['/followup -p network -- "it', { ...plain, reason: '-p network -- "it' }],
    ['/adopt', { ...plain, verb: 'adopt' }],
    ['/adopt they were promoted', { ...plain, verb: 'adopt', reason: 'they were promoted' }],
    [`/followup ${'é'.repeat(500)}`, { ...plain, reason: 'é'.repeat(500) }],
  ])('reads %j', (body, expected) => {
    expect(command(body)).toEqual(expected);
  });

  it('is one line alone, and no essay', () => {
    expect(read('/followup\nand something else')).toEqual({ kind: 'none' });
    expect(mistake(`/followup ${'x'.repeat(501)}`).sentence).toContain('longer than 500');
    expect(mistake('/folowup').advice).toContain('/followup');
  });

  it('is written as it is read', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (text) => {
        const result = read(`/followup ${text}`);
        if (result.kind !== 'command') return;
        expect(result.command.verb).toBe('followup');
        expect(command(commandText(result.command))).toEqual(result.command);
      }),
    );
  });
});
