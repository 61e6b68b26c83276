import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isNode, type Node, parseSource, stringOf } from './architecture/source.ts';
import { all, type Node as Mark, parse, textOf } from './render/parse.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(`${root}test/threats.md`, 'utf8');
const read = (file: string): string | null =>
  existsSync(`${root}${file}`) ? readFileSync(`${root}${file}`, 'utf8') : null;

const threats = Array.from({ length: 49 }, (_, index) => `T${index + 1}`);
const pitfalls = Array.from({ length: 20 }, (_, index) => `P${index + 1}`);
const habits = Array.from({ length: 12 }, (_, index) => `A${index + 1}`);
const faults = Array.from({ length: 28 }, (_, index) => `F${index + 1}`);
/** What the third table holds. A row that goes is missed; one that comes is counted here. */
const advisories = { rows: 42, publicIds: 62 };
const issues = { first: 4, last: 30 };

interface Row {
  readonly id: string;
  readonly danger: string;
  readonly answer: Mark;
}

const rowsOf = (table: Mark): readonly Row[] =>
  (table.children ?? []).slice(1).map((row) => {
    const [id, danger, answer] = row.children ?? [];
    if (id === undefined || danger === undefined || answer === undefined)
      throw new Error(`a row has fewer than three cells: ${textOf(row)}`);
    return { id: textOf(id), danger: textOf(danger), answer };
  });

const tablesOf = (text: string) => all(parse(text), 'table').map(rowsOf);

/** Each of the ids once, and no other. */
const checkIds = (wanted: readonly string[], rows: readonly Row[]): readonly string[] => {
  const count = (id: string) => rows.filter((row) => row.id === id).length;
  return [
    ...wanted.filter((id) => count(id) !== 1).map((id) => `${id} is there ${count(id)} times, not once`),
    ...rows.filter(({ id }) => !wanted.includes(id)).map(({ id }) => `${id} is no id of this table`),
  ];
};

const publicId = /CVE-\d{4}-\d+|GHSA(?:-[0-9a-z]{4}){3}/g;

const checkAdvisories = (rows: readonly Row[]): readonly string[] => {
  const ids = rows.flatMap(({ id }) => id.split(', '));
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  const known = ids.join(' ').match(publicId)?.length ?? 0;
  return [
    ...twice.map((id) => `${id} is there twice`),
    ...(rows.length === advisories.rows && known === advisories.publicIds
      ? []
      : [
          `${rows.length} rows with ${known} public ids, not ${advisories.rows} with ${advisories.publicIds}`,
        ]),
  ];
};

/** The name at the left end of `test.each(table)`: that of the function which makes a test, or null. */
const makerOf = (node: unknown): string | null => {
  if (!isNode(node)) return null;
  if (node.type === 'Identifier') return typeof node['name'] === 'string' ? node['name'] : null;
  if (node.type === 'CallExpression') return makerOf(node['callee']);
  return node.type === 'MemberExpression' ? makerOf(node['object']) : null;
};

/** Each test of a file, with the groups around it: `group > test`, templates as they are written. */
const titlesIn = (file: string, text: string): readonly string[] => {
  const named = (node: Node, makers: readonly string[]) => {
    const title = Array.isArray(node['arguments']) ? stringOf(node['arguments'][0]) : null;
    const isMade = node.type === 'CallExpression' && makers.includes(makerOf(node['callee']) ?? '');
    return isMade && title !== null ? [{ title, start: node.start, end: Number(node['end']) }] : [];
  };
  const { nodes } = parseSource(file, text);
  const groups = nodes.flatMap((node) => named(node, ['describe']));
  return nodes
    .flatMap((node) => named(node, ['it', 'test', 'inCases']))
    .map(({ title, start }) =>
      [
        ...groups.filter((group) => group.start < start && start < group.end).map((group) => group.title),
        title,
      ].join(' > '),
    );
};

/** What a cell names: each file, with the titles behind it. */
const proofsOf = (answer: Mark) => {
  const proofs: { readonly file: string; readonly titles: string[] }[] = [];
  const stray: string[] = [];
  for (const { value = '' } of all(answer, 'inlineCode')) {
    const last = proofs.at(-1);
    if (value.endsWith('.test.ts')) proofs.push({ file: value, titles: [] });
    else if (last === undefined) stray.push(value);
    else last.titles.push(value);
  }
  return { proofs, stray };
};

type Read = (file: string) => string | null;

/** By file and text: the page is checked once for each way to break it. */
const titlesOf = new Map<string, readonly string[]>();
const titlesOnce = (file: string, text: string): readonly string[] => {
  const key = `${file}\n${text}`;
  const titles = titlesOf.get(key) ?? titlesIn(file, text);
  titlesOf.set(key, titles);
  return titles;
};

const checkProofs = ({ id, answer }: Row, readFile: Read): readonly string[] => {
  const { proofs, stray } = proofsOf(answer);
  return [
    ...stray.map((title) => `${id}: "${title}" has no file in front of it`),
    ...proofs.flatMap(({ file, titles }) => {
      const text = readFile(file);
      if (text === null) return [`${id}: there is no ${file}`];
      if (titles.length === 0) return [`${id}: no test of ${file} is named`];
      const there = titlesOnce(file, text);
      return titles.flatMap((title) => {
        const found = there.filter((one) => one === title || one.endsWith(` > ${title}`)).length;
        if (found === 1) return [];
        return [
          found === 0
            ? `${id}: ${file} has no test "${title}"`
            : `${id}: ${file} has ${found} tests "${title}": name the group as well`,
        ];
      });
    }),
  ];
};

const checkWords = ({ id, danger, answer }: Row): readonly string[] => {
  // Line by line, so that what is said of one thing does not count for another.
  const text = (answer.children ?? []).map((one) => (one.type === 'html' ? '\n' : textOf(one))).join('');
  const isProved = proofsOf(answer).proofs.length > 0;
  const isLater = /\blater: /.test(text);
  const isNone = /^does not apply: \S/.test(text);
  const numbers = [...text.matchAll(/\bissue (\d+)\b/g)].map((found) => Number(found[1]));
  return [
    ...(danger.trim() === '' ? [`${id}: it does not say what the danger is`] : []),
    ...(isProved || isLater || isNone ? [] : [`${id}: neither proved nor later nor without a place here`]),
    ...(isNone && (isProved || isLater) ? [`${id}: it does not apply, and yet it does`] : []),
    ...(isLater && !/^later: issue \d/m.test(text) ? [`${id}: later, and by no issue`] : []),
    ...numbers
      .filter((number) => number < issues.first || number > issues.last)
      .map((number) => `${id}: issue ${number} is none that will come`),
  ];
};

const complaintsOf = (text: string, readFile: Read = read): readonly string[] => {
  const [first = [], second = [], third = [], fourth = [], fifth = [], ...more] = tablesOf(text);
  return [
    ...(more.length > 0 ? ['there are more than five tables'] : []),
    ...checkIds(threats, first),
    ...checkIds(faults, second),
    ...checkAdvisories(third),
    ...checkIds(pitfalls, fourth),
    ...checkIds(habits, fifth),
    ...[...first, ...second, ...third, ...fourth, ...fifth].flatMap((row) => [
      ...checkProofs(row, readFile),
      ...checkWords(row),
    ]),
  ];
};

test('every danger has a test that exists, an issue that can come, or a reason', () => {
  expect(complaintsOf(page)).toEqual([]);
});

describe('a page that is broken is found out', () => {
  const lineOf = (id: string): string => page.split('\n').find((line) => line.startsWith(`| ${id} `)) ?? '';
  const without = (id: string): string => page.replace(`${lineOf(id)}\n`, '');
  /** The page with another answer in that row. */
  const answering = (id: string, answer: string): string =>
    page.replace(lineOf(id), () => `| ${id} | A danger | ${answer} |`);

  test.each([
    ['a threat is missing', without('T48'), 'T48 is there 0 times, not once'],
    ['a fault is missing', without('F1'), 'F1 is there 0 times, not once'],
    ['a habit is missing', without('A12'), 'A12 is there 0 times, not once'],
    ['a pitfall is missing', without('P20'), 'P20 is there 0 times, not once'],
    ['a threat is there twice', page.replace('| T2 |', '| T1 |'), 'T1 is there 2 times, not once'],
    ['an id is made up', page.replace('| F28 |', '| F29 |'), 'F29 is no id of this table'],
    ['an advisory is missing', without('CVE-2026-33532'), '41 rows with 61 public ids, not 42 with 62'],
    [
      'an advisory is there twice',
      page.replace('| Digger #2009 |', '| MSR 2026 |'),
      'MSR 2026 is there twice',
    ],
    ['a file is not there', answering('T1', '`test/no.test.ts`: `a`'), 'T1: there is no test/no.test.ts'],
    [
      'a title is not there',
      answering('T1', '`test/flow/gate.test.ts`: `starts no tool`'),
      'T1: test/flow/gate.test.ts has no test "starts no tool"',
    ],
    [
      'a title is that of a group',
      answering('T1', '`test/flow/gate.test.ts`: `the gate`'),
      'T1: test/flow/gate.test.ts has no test "the gate"',
    ],
    [
      'a title could be either of two',
      answering('T1', '`test/sandbox/artifact.test.ts`: `%s`'),
      'T1: test/sandbox/artifact.test.ts has 2 tests "%s": name the group as well',
    ],
    [
      'a file is named without a test',
      answering('T1', '`test/flow/gate.test.ts`'),
      'T1: no test of test/flow/gate.test.ts is named',
    ],
    [
      'a test is named without a file',
      answering('T1', '`a`, later: issue 4'),
      'T1: "a" has no file in front of it',
    ],
    ['an issue is over', answering('T1', 'later: issue 3'), 'T1: issue 3 is none that will come'],
    ['an issue is far off', answering('T1', 'later: issue 31'), 'T1: issue 31 is none that will come'],
    ['no issue is named', answering('T1', 'later: some day'), 'T1: later, and by no issue'],
    ['nothing is said', answering('T1', 'trust us'), 'T1: neither proved nor later nor without a place here'],
    [
      'no reason is given',
      answering('T1', 'does not apply:'),
      'T1: neither proved nor later nor without a place here',
    ],
    [
      'it is said not to apply, and to come',
      answering('T1', 'does not apply: never<br>later: issue 4'),
      'T1: it does not apply, and yet it does',
    ],
    [
      'no danger is told',
      page.replace(/\| T45 \| [^|]+ \|/, '| T45 | |'),
      'T45: it does not say what the danger is',
    ],
  ])('%s', (_what, text, complaint) => {
    expect(text).not.toBe(page);
    expect(complaintsOf(text)).toContainEqual(complaint);
  });

  test('a test that is gone, or only spoken of, proves nothing', () => {
    const gone: Read = (file) => {
      const title = 'two spend: one gets it';
      const text = read(file);
      return file === 'test/store/races.test.ts' ? `// test('${title}')\n${text?.replace(title, 'x')}` : text;
    };
    expect(complaintsOf(page, gone)).toEqual([
      'F14: test/store/races.test.ts has no test "two spend: one gets it"',
    ]);
  });
});
