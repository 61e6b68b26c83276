import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everything } from '../../src/domain/command.ts';
import { commandText } from '../../src/domain/command-text.ts';
import { lastingMs, lastingText } from '../../src/domain/lasting.ts';
import { command, mistake, read } from './comments.ts';

const hour = 3_600_000;
const suspend = (more: object, lastsMs: number | null, reason: string) => ({
  verb: 'suspend',
  selector: { ...everything, ...more },
  extra: [],
  suspension: { lastsMs, reason },
});
const resume = (more: object) => ({ verb: 'resume', selector: { ...everything, ...more }, extra: [] });

describe('what /suspend says', () => {
  it.each([
    ['/suspend network 4h it moves', suspend({ names: ['network'] }, 4 * hour, 'it moves')],
    ['/suspend network it moves', suspend({ names: ['network'] }, null, 'it moves')],
    ['/suspend * 90m a freeze', suspend({ names: ['*'] }, 1.5 * hour, 'a freeze')],
    ['/suspend "a b" 2d why', suspend({ names: ['a b'] }, 48 * hour, 'why')],
    [
      '/suspend -e production -d live/* -l team 1h why not',
      suspend({ environments: ['production'], dirs: ['live/*'], labels: ['team'] }, hour, 'why not'),
    ],
    ['/suspend --env=prod why', suspend({ environments: ['prod'] }, null, 'why')],
    ["tidegate suspend -p a 'tis broken", suspend({ names: ['a'] }, null, "'tis broken")],
    ['/suspend -p a 4h 2h more', suspend({ names: ['a'] }, 4 * hour, '2h more')],
    // A second word alone is never a second name: it is the reason.
    ['/suspend a b 4h c', suspend({ names: ['a'] }, null, 'b 4h c')],
  ])('reads %j', (body, expected) => {
    expect(command(body)).toEqual(expected);
  });

  it.each([
    ['/suspend', 'needs to be told which project'],
    ['/suspend 4h the database moves', 'needs to be told which project'],
    ['/suspend network', 'needs a reason'],
    ['/suspend -e production 4h', 'needs a reason'],
    ['/suspend network 4hours it moves', '`4hours` is no time'],
    ['/suspend network 0h it moves', '`0h` is no time'],
    ['/suspend network 4w it moves', '`4w` is no time'],
    ['/suspend network -p dns why', '`-p` is not understood'],
    ['/suspend network —env prod why', 'is not understood'],
    ['/suspend —env prod why', 'is not understood'],
    ['/suspend -x why', '`-x` is not understood'],
    ['/suspend -- why', '`--` is not understood'],
    ['/suspend "network why', 'A quote is opened'],
    ['/suspend -d ../x why', 'is refused'],
    [`/suspend network ${'x'.repeat(501)}`, 'longer than 500'],
    ['/resume network — now', 'is not understood'],
  ])('refuses %j', (body, sentence) => {
    expect(mistake(body).sentence).toContain(sentence);
  });

  it('reads whom to resume: several names, or none', () => {
    expect(command('/resume')).toEqual(resume({}));
    expect(command('/resume network dns network')).toEqual(resume({ names: ['network', 'dns'] }));
    expect(command('/resume dns -e prod')).toEqual(resume({ names: ['dns'], environments: ['prod'] }));
  });

  it('has environments for nobody else', () => {
    expect(mistake('/plan -e prod').sentence).toContain('is not understood');
    expect(mistake('/apply -e prod').sentence).toContain('is not understood');
    expect(read('/suspend network x\nmore')).toEqual({ kind: 'none' });
  });

  it('is written as it is read, and never for all by accident', () => {
    const words = fc.array(
      fc.constantFrom(
        'network',
        '-p',
        '-e',
        'prod',
        '4h',
        '9d',
        '*',
        '"a b"',
        "it's",
        '4w',
        '--',
        '—',
        'x y',
      ),
      { maxLength: 7 },
    );
    fc.assert(
      fc.property(fc.constantFrom('suspend', 'resume'), words, (verb, parts) => {
        const result = read(`/${verb} ${parts.join(' ')}`);
        if (result.kind !== 'command') return;
        const { selector, suspension } = result.command;
        expect(command(commandText(result.command))).toEqual(result.command);
        expect(suspension === undefined).toBe(verb === 'resume');
        if (verb === 'resume') return;
        expect(suspension?.reason.trim()).toBeTruthy();
        expect([selector.names, selector.environments ?? []].flat()).not.toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads durations as it writes them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99_999 }), fc.constantFrom('m', 'h', 'd'), (many, unit) => {
        const ms = lastingMs(`${many}${unit}`);
        expect(ms).not.toBeNull();
        expect(lastingMs(lastingText(ms ?? 0))).toBe(ms);
      }),
    );
    for (const text of ['', 'h', '0m', '04h', '4', '4H', '4 h', '-4h', '100000m', '1.5h'])
      expect(lastingMs(text)).toBeNull();
  });
});
