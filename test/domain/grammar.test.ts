import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/domain/command.ts';
import { everything, verbs } from '../../src/domain/command.ts';
import { commandText } from '../../src/domain/command-text.ts';
import type { Interpretation } from '../../src/domain/grammar.ts';
import { interpretComment } from '../../src/domain/grammar.ts';
import { terraformArguments } from '../../src/domain/tool-arguments.ts';

const rules = { prefixes: ['atlantis'], toolArguments: terraformArguments };
const read = (body: string): Interpretation => interpretComment(body, rules);

const command = (body: string): Command => {
  const result = read(body);
  if (result.kind !== 'command') throw new Error(`${JSON.stringify(body)} is ${JSON.stringify(result)}`);
  return result.command;
};

const mistake = (body: string) => {
  const result = read(body);
  if (result.kind !== 'mistake') throw new Error(`${JSON.stringify(body)} is ${JSON.stringify(result)}`);
  return result.problem;
};

const bare = (verb: Command['verb']): Command => ({ verb, selector: everything, extra: [] });

describe('which comments are commands', () => {
  it.each(verbs)('knows %s behind a slash, tidegate, and the prefix of the operator', (verb) => {
    const capital = verb.slice(0, 1).toUpperCase() + verb.slice(1);
    for (const body of [
      `/${verb}`,
      `/${capital}`,
      `tidegate ${verb}`,
      `Tidegate ${verb}`,
      `atlantis ${verb}`,
    ]) {
      expect(command(body), body).toEqual(bare(verb));
    }
  });

  it.each([
    ['/plan\n', 'a line break at the end'],
    ['/plan\r\n\r\n  \t\r\n', 'blank lines after it'],
    ['\n\n/plan', 'blank lines before it'],
    ['   /plan  ', 'three blanks before it'],
    ['/plan\u00a0', "a phone's no-break space"],
  ])('takes %j (%s)', (body) => {
    expect(command(body)).toEqual(bare('plan'));
  });

  it.each(['tidegate', 'Tidegate', 'tidegate help', 'atlantis', 'atlantis help'])(
    'answers %j with the help',
    (body) => {
      expect(command(body)).toEqual(bare('help'));
    },
  );

  it.each([
    ['', 'nothing'],
    [' \n\t\n', 'blanks'],
    ['> /plan', 'a quote'],
    ['>/plan', 'a quote without a blank'],
    ['```\n/plan\n```', 'a fence'],
    ['~~~\n/plan\n~~~', 'a fence of tildes'],
    ['    /plan', 'indented code'],
    ['\t/plan', 'indented with a tab'],
    ['  \t/plan', 'indented with blanks and a tab'],
    ['`/plan`', 'a code span'],
    ['- /plan', 'a list'],
    ['please /plan', 'in a sentence'],
    ['Hello\n/plan', 'not on the first line'],
    ['/plan\nand then tell me', 'not alone'],
    ['/plan\n\n> quoted', 'with a quote below'],
    ['/plna\nand more', 'a mistyped one that is not alone'],
    ['tidegate plna\nand more', 'a mistyped one behind tidegate, not alone'],
    ['/PLAN', 'capitals'],
    ['TIDEGATE plan', 'a prefix in capitals'],
    ['/ plan', 'a slash alone'],
    ['plan', 'no slash'],
    ['//plan/', 'two edits'],
    ['terraform plan', 'a prefix that the operator does not have'],
    ['tidegate, can you help?', 'prose that starts with our name and a comma'],
    ['tidegates plan', 'a word near our name'],
    [`/plan -p ${'a'.repeat(4100)}`, 'a line over 4,096 characters'],
    ['<!-- /plan -->', 'an HTML comment'],
  ])('leaves %j alone (%s)', (body) => {
    expect(read(body)).toEqual({ kind: 'none' });
  });

  it.each([
    '/deploy',
    '/lgtm',
    '/approve',
    '/retest',
    '/test all',
    '/merge',
    '/hold',
    '/assign @me',
    '/cc',
    '/ok-to-test',
    '/why',
    '/cancel',
    '/lock',
    '/tidegate plan',
    '/atlantis plan',
    '/',
    '/planning',
  ])('never answers %j, which belongs to somebody else', (body) => {
    expect(read(body)).toEqual({ kind: 'none' });
  });

  it.each([
    ['/plna', '/plan'],
    ['/pln', '/plan'],
    ['/plann', '/plan'],
    ['/Aply', '/apply'],
    ['/unlok', '/unlock'],
    ['/staus', '/status'],
    ['/hepl', '/help'],
    ['/pl\u200ban', '/plan'],
    ['/plan\u0000', '/plan'],
  ])('answers %j, one edit away from ours', (body, meant) => {
    const problem = mistake(body);
    expect(problem.code).toBe('command-invalid');
    expect(problem.advice).toContain(`Did you mean \`${meant}\`?`);
  });

  it('answers anything mistyped behind tidegate, in the words that were used', () => {
    expect(mistake('tidegate pln').advice).toBe(
      'Did you mean `tidegate plan`? `tidegate help` lists the commands.',
    );
    expect(mistake('atlantis approve_policies').sentence).toBe(
      'There is no command `atlantis approve_policies`.',
    );
    expect(mistake('tidegate deploy').advice).toBe('`tidegate help` lists the commands.');
  });

  it('has no prefix but those it was given', () => {
    expect(interpretComment('atlantis plan', { ...rules, prefixes: [] })).toEqual({ kind: 'none' });
  });

  it('spells out in the text what a reader could not see', () => {
    expect(read('/plan -p a\u202eb')).toMatchObject({ kind: 'mistake', text: '/plan -p a<U+202E>b' });
    expect(read('/plan -p a\u0000')).toMatchObject({ kind: 'mistake', text: '/plan -p a<U+0000>' });
  });
});

describe('selectors', () => {
  it('reads every form, repeated and mixed', () => {
    expect(
      command(`/plan -p a --project b -p=c --project=d -d x/y/ --dir='p q' -w "prod eu" --workspace=w`),
    ).toEqual({
      verb: 'plan',
      selector: { names: ['a', 'b', 'c', 'd'], dirs: ['x/y', 'p q'], workspaces: ['prod eu', 'w'] },
      extra: [],
    });
  });

  it.each(['*', 'prod-*', '{a,b}/**', 'net[12]', '[!a]*', 'a?c'])(
    'takes the glob %j for names and folders',
    (glob) => {
      expect(command(`/apply -p ${glob} -d ${glob}`).selector).toEqual({
        names: [glob],
        dirs: [glob],
        workspaces: [],
      });
    },
  );

  it('makes one folder of its spellings, and one selector of the same one twice', () => {
    expect(command('/plan -d . -d ./a -d a/ -d a').selector.dirs).toEqual(['.', 'a']);
  });

  it.each([
    '/plan ; rm -rf /',
    '/plan -p a; rm -rf /',
    '/plan -p "a; rm -rf /"',
    '/plan -p `id`',
    '/plan -p $(id)',
    '/plan -p "$(id)"',
    "/plan -p '$IFS'",
    '/plan -p a|b',
    '/plan -p a&&b',
    '/plan -p a>b',
    '/plan -p a\\b',
    '/plan -p "a\nb"',
    "/plan -p 'a\r\nb'",
    '/plan -p a\u0000b',
    '/plan -p a\u001b[31m',
    '/plan -p a\u202eb',
    '/plan -p a\u200fb',
    '/plan -p a\u2066b',
    '/plan -p a\u2028b',
    '/plan -p a\u200bb',
    '/plan -p a\u3164b',
    '/plan -p \ud800',
    '/plan -w $HOME',
    '/plan -p "a',
    '/plan -p "a"b',
    '/plan -p',
    '/plan -p ""',
    '/plan -p=',
    '/plan -p -d x',
    '/plan -p -- -destroy',
    '/plan network',
    '/plan -v',
    '/plan -pname',
    '/plan --all',
    '/plan -target=a.b',
    '/plan —project x',
    '/plan -p “a”',
    '/plan toString',
    '/plan __proto__=1',
    '/help me',
    '/unlock !',
    'tidegate plan ; rm -rf /',
    'tidegate `id`',
  ])('refuses %j', (body) => {
    expect(mistake(body).code).toBe('command-invalid');
  });

  it.each([
    '/plan -d ../x',
    '/plan -d /etc',
    '/plan -d a/../../b',
    '/plan -d .git',
    '/plan -d a//b',
    '/plan -d a/-b',
    '/plan -d "a\\b"',
    '/plan -d a\u0000',
    '/plan -d a\u202e',
  ])('refuses the folder of %j by name', (body) => {
    expect(mistake(body)).toMatchObject({
      code: 'path-refused',
      sentence: expect.stringContaining('The folder '),
    });
  });

  it('says what to write instead', () => {
    expect(mistake('/plan network').advice).toContain('`/plan -p network`');
    expect(mistake('/plan -target=a.b').advice).toContain('`/plan -- -target`');
    expect(mistake('/plan —project x').advice).toContain('two single dashes');
    expect(mistake('/plan -p “a”').advice).toContain('Curly quotes');
    expect(mistake('/plan -p "a\nb"').sentence).toBe('A quote is opened and not closed on the same line.');
  });
});

describe('tool arguments after --', () => {
  const extra = (text: string): readonly string[] => command(`/plan -- ${text}`).extra;

  it.each([
    ['-target=module.app', '-target=module.app'],
    ['--target=terraform_data.a', '-target=terraform_data.a'],
    ['-target terraform_data.a', '-target=terraform_data.a'],
    ['-target=module.x["k"].type.name[0]', '-target=module.x["k"].type.name[0]'],
    [`-target='module.x["a b"].t.n'`, '-target=module.x["a b"].t.n'],
    [`-target 'module.x["a b"].t.n'`, '-target=module.x["a b"].t.n'],
    ['-target=module.a[3].module.b.data.aws_ami.x', '-target=module.a[3].module.b.data.aws_ami.x'],
    ['-replace=aws_instance.web["10.0.0.0/8"]', '-replace=aws_instance.web["10.0.0.0/8"]'],
    ['-refresh=false', '-refresh=false'],
    ['-refresh true', '-refresh=true'],
    ['-refresh-only', '-refresh-only'],
    ['--destroy', '-destroy'],
    ['-parallelism=256', '-parallelism=256'],
    ['-parallelism 1', '-parallelism=1'],
    ['-lock-timeout=1h30m', '-lock-timeout=1h30m'],
    ['-compact-warnings', '-compact-warnings'],
  ])('takes %j', (text, element) => {
    expect(extra(text)).toEqual([element]);
  });

  it('takes several, and the repeatable ones more than once', () => {
    expect(extra('-target=a.b -target a.c -refresh=false')).toEqual([
      '-target=a.b',
      '-target=a.c',
      '-refresh=false',
    ]);
    expect(extra('')).toEqual([]);
  });

  it.each([
    '-var=a=b',
    '-var a=b',
    '-var-file=x',
    '-out=x',
    '-out x',
    '-state=x',
    '-chdir=x',
    '--chdir=..',
    '-plugin-dir=x',
    '-backup=x',
    '-generate-config-out=x',
    '-input=true',
    '-lock=false',
    '-json',
    '-detailed-exitcode',
    '-auto-approve',
    '-state-out=x',
    '-unknown',
  ])('refuses %j by name and lists what is allowed', (text) => {
    const problem = mistake(`/plan -- ${text}`);
    const name = /^--?([^= ]+)/.exec(text)?.[1] ?? '';
    expect(problem.code).toBe('argument-refused');
    expect(problem.sentence).toContain(`\`-${name}\``);
    expect(problem.advice).toContain('`-target=ADDRESS`');
    expect(problem.advice).toContain('`-parallelism=1..256`');
  });

  it.each([
    'module.x',
    '; rm',
    '-',
    '--',
    '---target=a.b',
    '-target',
    '-target=',
    '-target=a',
    '-target=module',
    '-target=module.',
    '-target=a.b.c',
    '-target=a.b[x]',
    '-target=a.b[-1]',
    '-target=a.b["x]',
    '-target=a.b["$(id)"]',
    '-target=a.b["%{if}"]',
    '-target=a.b["`id`"]',
    '-target=a.b["\u202e"]',
    '-target=a.b["\u0000"]',
    '-target=a.b;rm',
    '-target=a.b["a b"]',
    '-target=-destroy',
    '-target -destroy',
    `-target=a.${'b'.repeat(1100)}`,
    '-refresh',
    '-refresh=yes',
    '-refresh=true -refresh=false',
    '-destroy=true',
    '-destroy -destroy',
    '-refresh-only=x',
    '-parallelism=0',
    '-parallelism=257',
    '-parallelism=1e2',
    '-parallelism=٣',
    '-lock-timeout=5',
    '-lock-timeout=5d',
    '-lock-timeout=-5s',
  ])('refuses %j', (text) => {
    expect(mistake(`/plan -- ${text}`).code).toBe('argument-refused');
  });

  it.each(['apply', 'unlock', 'status'])('allows none for %s', (verb) => {
    const problem = mistake(`/${verb} -p a -- -target=a.b`);
    expect(problem.code).toBe('argument-refused');
    expect(problem.advice).not.toContain('ADDRESS');
  });
});

describe('for any text', () => {
  const pieces = fc.constantFrom(
    '/plan',
    '/apply',
    '/Plan',
    '/plna',
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
        const { selector, extra } = result.command;
        for (const value of [...selector.names, ...selector.dirs, ...selector.workspaces]) {
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
      }),
      extra: fc.uniqueArray(
        fc.constantFrom('-destroy', '-target=a.b["x y"]', '-replace=module.a[0].b.c', '-refresh=true'),
        { maxLength: 4 },
      ),
    });
    fc.assert(
      fc.property(commands, (asked) => {
        expect(command(commandText(asked))).toEqual(asked);
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
