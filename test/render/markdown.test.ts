import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  clip,
  code,
  fence,
  htmlCode,
  lines,
  link,
  marked,
  md,
  phrase,
  text,
  visible,
} from '../../src/render/markdown.ts';
import { hostile } from './hostile.ts';
import { all, linkableText, parse, textOf, toPage } from './parse.ts';

const gitHubLinks = /@[a-z\d]|#\d|GH-\d|:\/\/|www\./i;
const withoutBreaks = (words: string) => words.replaceAll('\u200b', '');

test('no content ends a fence', () => {
  fc.assert(
    fc.property(hostile(20), fc.constantFrom('diff' as const, 'text' as const), (content, language) => {
      const tree = parse(`before\n\n${fence(content, language)}\n\nafter`);
      expect(tree.children?.map(({ type }) => type)).toEqual(['paragraph', 'code', 'paragraph']);
      expect(tree.children?.[1]?.lang).toBe(language);
    }),
  );
});

test('a fence shows its content as it was', () => {
  const content = 'a\n```\n</details>\n~~~~\n  @ada #1 <b>';
  expect(parse(fence(content, 'text')).children?.[0]?.value).toBe(content);
});

test('a table keeps its cells, whatever they say', () => {
  fc.assert(
    fc.property(hostile(), hostile(), hostile(), (name, words, sentence) => {
      const table = `| A | B | C |\n|:--|:--|:--|\n| ${code(name)} | ${text(words)} | ${phrase(sentence)} |\n| last | row | here |\n`;
      const tree = parse(table);
      expect(tree.children?.map(({ type }) => type)).toEqual(['table']);
      const rows = all(tree, 'tableRow');
      expect(rows.map((row) => row.children?.length)).toEqual([3, 3, 3]);
      expect(rows[2] && textOf(rows[2])).toBe('lastrowhere');
    }),
  );
});

test('prose is one paragraph that says what was said, and nothing else', () => {
  fc.assert(
    fc.property(hostile(), (raw) => {
      const tree = toPage(text(raw));
      const said = visible(raw);
      expect(withoutBreaks(textOf(tree))).toBe(said);
      expect((tree.children ?? []).map(({ tagName }) => tagName)).toEqual(said === '' ? [] : ['p']);
      expect(all(tree, 'element').map(({ tagName }) => tagName)).toEqual(said === '' ? [] : ['p']);
      expect(linkableText(tree)).not.toMatch(gitHubLinks);
    }),
  );
});

test('code is one code element with the very text', () => {
  fc.assert(
    fc.property(hostile(), (raw) => {
      const said = visible(raw);
      const tree = toPage(`x ${code(raw)} y`);
      if (said === '') return;
      expect(all(tree, 'element').map(({ tagName }) => tagName)).toEqual(['p', 'code']);
      expect(withoutBreaks(textOf(all(tree, 'code')[0] ?? tree))).toBe(said);
      const summary = toPage(`<details><summary>${htmlCode(raw)}</summary>\n\n</details>`);
      expect(all(summary, 'element').map(({ tagName }) => tagName)).toEqual(['details', 'summary', 'code']);
      expect(textOf(all(summary, 'code')[0] ?? summary)).toBe(said);
    }),
  );
});

test('sentences have code where back-ticks are, and no other markup', () => {
  expect(phrase('No project matches `net*` in `a|b`.')).toBe(
    'No project matches `net*` in <code>a&#124;b</code>.',
  );
  fc.assert(
    fc.property(hostile(), (raw) => {
      const tree = toPage(`x ${phrase(raw)} y`);
      const tags = new Set(all(tree, 'element').map(({ tagName }) => tagName));
      tags.delete('p');
      tags.delete('code');
      expect([...tags]).toEqual([]);
      expect(linkableText(tree)).not.toMatch(gitHubLinks);
    }),
  );
});

test('a summary stays inside its fold', () => {
  fc.assert(
    fc.property(hostile(), hostile(), (name, content) => {
      const tree = toPage(
        `<details><summary>${htmlCode(name)}</summary>\n\n${lines(content)}\n\n${fence(content, 'text')}\n\n</details>\n\nafter`,
      );
      const top = (tree.children ?? []).filter(({ type }) => type === 'element');
      expect(top.map(({ tagName }) => tagName)).toEqual(['details', 'p']);
      expect(top[1] && textOf(top[1])).toBe('after');
      expect(all(tree, 'details')).toHaveLength(1);
      expect(all(tree, 'script')).toHaveLength(0);
    }),
  );
});

test('mentions, references and addresses make no link', () => {
  expect(text('ask @ada about #12, GH-3, https://a.example or www.b.example')).toMatchInlineSnapshot(
    `"ask &#64;&#8203;ada about &#35;&#8203;12, GH-&#8203;3, https:&#8203;//a.example or www&#8203;.b.example"`,
  );
});

test('what cannot be seen is shown', () => {
  expect(visible('a\u202eb\u0000c\u200bd\u{e0041}e')).toBe('a<U+202E>b<U+0000>c<U+200B>d<U+E0041>e');
  expect(visible('\u001b[31mred\u001b[0m')).toBe('red');
});

test('links go to the web or nowhere', () => {
  expect(link(md`#4`, 'https://github.com/acme/infra/pull/4')).toBe(
    '[#4](https://github.com/acme/infra/pull/4)',
  );
  expect(link(md`#4`, 'javascript:alert(1)')).toBe('#4');
  expect(link(md`#4`, 'not an address')).toBe('#4');
  fc.assert(
    fc.property(hostile(), (path) => {
      const links = all(toPage(`| A |\n|--|\n| ${link(md`#4`, `https://a.example/${path}`)} |`), 'a');
      expect(links).toHaveLength(1);
      expect(links[0] && textOf(links[0])).toBe('#4');
    }),
  );
});

test('a marker that is not plain is a bug', () => {
  expect(marked('tidegate:board:1:7', md`a`)).toBe('<!-- tidegate:board:1:7 -->\na');
  expect(() => marked('a --> b', md`a`)).toThrow(TypeError);
  expect(() => marked('a\nb', md`a`)).toThrow(TypeError);
});

test('a cut is seen', () => {
  expect(clip('abcdef', 4)).toBe('abc…');
  expect(clip('abcd', 4)).toBe('abcd');
  expect(clip('🙂🙂', 2)).toBe('🙂🙂');
});
