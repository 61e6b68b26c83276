import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/domain/command.ts';
import { everything, verbs } from '../../src/domain/command.ts';
import { interpretComment } from '../../src/domain/grammar.ts';
import { command, mistake, read, rules } from './comments.ts';

const bare = (verb: Command['verb']): Command => ({
  verb,
  selector: everything,
  extra: [],
  ...(verb === 'trust' ? { commit: '0123456789ab' } : {}),
  ...(verb === 'import' ? { operation: { kind: 'import', address: 'a.b', id: 'c' } } : {}),
  ...(verb === 'state' ? { operation: { kind: 'state-rm', addresses: ['a.b'] } } : {}),
  ...(verb === 'suspend'
    ? { selector: { ...everything, names: ['a'] }, suspension: { lastsMs: 14_400_000, reason: 'it moves' } }
    : {}),
  ...(verb === 'approve' ? { override: { policy: 'no-buckets', reason: "it's public" } } : {}),
});
/** What a verb cannot do without. */
const words: Partial<Record<Command['verb'], string>> = {
  trust: ' 0123456789ab',
  approve: " no-buckets it's public",
  import: ' a.b c',
  state: ' rm a.b',
  suspend: ' -p a 4h it moves',
};
const needed = (verb: Command['verb']): string => words[verb] ?? '';

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
      expect(command(`${body}${needed(verb)}`), body).toEqual(bare(verb));
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
    ['/LGTM', 'capitals of somebody else'],
    ['TIDEGATE plan', 'a prefix in capitals'],
    ['/ plan', 'a slash alone'],
    ['plan', 'no slash'],
    ['//plan/', 'two edits'],
    ['terraform plan', 'a prefix that the operator does not have'],
    ['tidegate, can you help?', 'prose that starts with our name and a comma'],
    ['tidegates plan', 'a word near our name'],
    [`/lgtm ${'a'.repeat(4100)}`, 'a line over 4,096 characters that is not ours'],
    [`please ${'a'.repeat(4100)}`, 'a long sentence'],
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
    '/approve',
    '/approve no-issue',
    '/approve cancel',
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
    ['/PLAN', '/plan'],
    ['/APPLY -p a', '/apply'],
    ['/UNLOCK', '/unlock'],
  ])('answers %j, one edit away from ours', (body, meant) => {
    const problem = mistake(body);
    expect(problem.code).toBe('command-invalid');
    expect(problem.advice).toContain(`Did you mean \`${meant}\`?`);
  });

  it.each(['/plan', 'tidegate apply', '/PLAN'])('answers %j with a line over 4,096 characters', (start) => {
    const body = `${start} -p ${'a'.repeat(4100)}`;
    expect(mistake(body).sentence).toMatch(/^This command has 4,1\d\d characters; at most 4,096 are read\.$/);
    expect(read(body)).toMatchObject({ text: expect.stringMatching(/^.{1,110}…$/) });
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
      command(
        `/plan -p a --project b -p=c --project=d -d x/y/ --dir='p q' -w "prod eu" --workspace=w -l x/y --label=z`,
      ),
    ).toEqual({
      verb: 'plan',
      selector: {
        names: ['a', 'b', 'c', 'd'],
        dirs: ['x/y', 'p q'],
        workspaces: ['prod eu', 'w'],
        labels: ['x/y', 'z'],
      },
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
        labels: [],
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
    '/plan --everything',
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
