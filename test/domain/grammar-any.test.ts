import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everything, verbs } from '../../src/domain/command.ts';
import { commandText } from '../../src/domain/command-text.ts';
import { command, read } from './comments.ts';

describe('for any text', () => {
  const pieces = fc.constantFrom(
    '/plan',
    '/apply',
    '/Plan',
    '/plna',
    '/cancel',
    '/trust',
    '0123456789ab',
    '/recover',
    'acknowledge',
    'push-state',
    'force-unlock',
    'b6b08093-46a8-bb3d-8fa9-f03dc493c798',
    '--accept-broken-state',
    '--all',
    '--no-limit',
    '--env',
    '--env=prod',
    'tidegate',
    'atlantis',
    'plan',
    'help',
    '-p',
    '-d',
    '-w',
    '--',
    '--dir=',
    '-target',
    '-target=',
    'a.b',
    'module.x["k"]',
    '"',
    "'",
    '`',
    '$(id)',
    ';',
    '\n',
    '\r',
    '\t',
    '\u0000',
    '\u202e',
    '\ud800',
    '..',
    '/',
    '*',
    '{a,b}',
    '[',
    ' ',
    ' ',
    ' ',
    'x',
    'ü',
    '-',
    '=',
    '\\',
    '>',
  );
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join('')),
    fc.array(pieces, { maxLength: 20 }).map((parts) => `/plan ${parts.join('')}`),
    fc.array(pieces, { maxLength: 20 }).map((parts) => `/plan -p x ${parts.join(' ')}`),
    fc.array(pieces, { maxLength: 4 }).map((parts) => `/plan --all ${parts.join(' ')}`),
    fc.array(pieces, { maxLength: 4 }).map((parts) => `/apply --all --env ${parts.join(' ')}`),
    fc.array(pieces, { maxLength: 4 }).map((parts) => `/recover ${parts.join(' ')}`),
    fc.array(pieces, { maxLength: 4 }).map((parts) => `/cancel ${parts.join(' ')}`),
    fc.array(pieces, { maxLength: 2 }).map((parts) => `/trust ${parts.join(' ')}`),
    fc
      .string({ unit: fc.constantFrom(...'09afAFgz -\u200b'), maxLength: 45 })
      .map((text) => `/trust ${text}`),
    fc.array(pieces, { maxLength: 12 }).map((parts) => `tidegate plan -- ${parts.join(' ')}`),
  );
  // One printable line, none of what a shell reads specially beside globs and the quotes of an address.
  const tame = /^[\p{L}\p{M}\p{N} _\-./:@+,=~%#*?[\]{}!^]+$/u;

  it('never throws, and accepts only what its types allow', () => {
    fc.assert(
      fc.property(hostile, (body) => {
        const result = read(body);
        if (result.kind === 'none') return;
        expect(result.text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        if (result.kind === 'mistake') {
          expect(`${result.problem.sentence}${result.problem.advice}`).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
          return;
        }
        const { verb, selector, extra, recovery, acceptBrokenState, commit, scope } = result.command;
        if (scope !== undefined) expect(['plan', 'apply']).toContain(verb);
        // A whole is a whole: nothing else is chosen, and no tool is told anything for all of it.
        if (scope?.kind === 'all') expect({ selector, extra }).toEqual({ selector: everything, extra: [] });
        if (scope?.kind === 'no-limit') expect(verb).toBe('plan');
        if (verb === 'apply' && scope?.kind === 'all') expect(scope.environment).not.toBeNull();
        if (scope?.kind === 'all' && scope.environment !== null) expect(scope.environment).toMatch(tame);
        expect(commit !== undefined).toBe(verb === 'trust');
        if (commit !== undefined) expect(commit).toMatch(/^[0-9a-f]{12,40}$/);
        if (recovery !== undefined) expect(verb).toBe('recover');
        if (acceptBrokenState !== undefined) expect(verb).toBe('cancel');
        if (recovery?.kind === 'force-unlock')
          expect(recovery.lockId).toMatch(/^[A-Za-z0-9._:][A-Za-z0-9._:-]{0,127}$/);
        for (const value of [
          ...selector.names,
          ...selector.dirs,
          ...selector.workspaces,
          ...selector.labels,
        ]) {
          expect(value).toMatch(tame);
          expect(value).not.toMatch(/^-/);
        }
        for (const dir of selector.dirs) expect(dir.split('/')).not.toContain('..');
        for (const argument of extra) {
          expect(argument).toMatch(/^-[a-z-]+(=.+)?$/);
          expect(argument.replaceAll('"', '')).toMatch(tame);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('never makes another command of it than the one that was typed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...verbs), hostile, (verb, tail) => {
        const result = read(`/${verb} ${tail}`);
        if (result.kind === 'command') expect(result.command.verb).toBe(verb);
      }),
      { numRuns: 1000 },
    );
  });

  it('gives the same command again for the text of a command', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom('/', 'tidegate ', 'atlantis '), (body, start) => {
        const result = read(body);
        if (result.kind !== 'command') return;
        expect(command(commandText(result.command, start))).toEqual(result.command);
      }),
      { numRuns: 3000 },
    );
    const value = fc
      .string({ unit: fc.constantFrom(...'ab*?[]{},!^ ._:@+=~%#ü1'), minLength: 1, maxLength: 12 })
      .filter((text) => !text.startsWith('-'));
    const commands = fc.record({
      verb: fc.constantFrom('plan' as const),
      selector: fc.record({
        names: fc.uniqueArray(value, { maxLength: 3 }),
        dirs: fc.uniqueArray(fc.constantFrom('.', 'a', 'a b/c', '*/x', '{a,b}'), { maxLength: 3 }),
        workspaces: fc.uniqueArray(value, { maxLength: 2 }),
        labels: fc.uniqueArray(value, { maxLength: 2 }),
      }),
      extra: fc.uniqueArray(
        fc.constantFrom('-refresh-only', '-target=a.b["x y"]', '-replace=module.a[0].b.c', '-refresh=true'),
        { maxLength: 4 },
      ),
    });
    fc.assert(
      fc.property(commands, (asked) => {
        expect(command(commandText(asked))).toEqual(asked);
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom('plan' as const, 'apply' as const), value, (verb, environment) => {
        const all = {
          verb,
          selector: everything,
          extra: [],
          scope: { kind: 'all' as const, environment },
        };
        expect(command(commandText(all))).toEqual(all);
      }),
    );
    const lockId = fc.stringMatching(/^[A-Za-z0-9._:][A-Za-z0-9._:-]{0,127}$/);
    const recoveries = fc.oneof(
      fc.constantFrom({ kind: 'acknowledge' as const }, { kind: 'push-state' as const }),
      lockId.map((id) => ({ kind: 'force-unlock' as const, lockId: id })),
    );
    fc.assert(
      fc.property(commands, recoveries, fc.stringMatching(/^[0-9a-f]{12,40}$/), (asked, recovery, commit) => {
        const plain = { ...asked, extra: [] };
        const recover = { ...plain, verb: 'recover' as const, recovery };
        expect(command(commandText(recover))).toEqual(recover);
        const unlimited = { ...asked, scope: { kind: 'no-limit' as const } };
        expect(command(commandText(unlimited))).toEqual(unlimited);
        const trust = { verb: 'trust' as const, selector: everything, extra: [], commit };
        expect(command(commandText(trust))).toEqual(trust);
        const cancel = { ...plain, verb: 'cancel' as const, acceptBrokenState: true as const };
        expect(command(commandText(cancel))).toEqual(cancel);
      }),
    );
  });

  it('finds no comment of another bot worth an answer', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\/[a-z-]{9,20}$/), (body) => {
        expect(read(body)).toEqual({ kind: 'none' });
      }),
    );
  });
});
