import fc from 'fast-check';
import rehypeRaw from 'rehype-raw';
import { unified } from 'unified';
import { expect, test } from 'vitest';
import { createMarkdown } from '../../../src/hub/pages/markdown.ts';
import { hostile } from '../../render/hostile.ts';
import { attacks } from './attacks.ts';

const markdown = createMarkdown();
const context = {
  pullPath: '/acme/infra/pull/',
  hasPull: (number: number) => number === 4,
  hasAccount: (login: string) => login === 'ada',
};
const render = (text: string): string => markdown(text, context).html;

const allowed = new Set(
  'a b blockquote br code del details div em h1 h2 h3 h4 h5 h6 hr i input ins kbd li ol p pre q s samp section span strong sub summary sup table tbody td tfoot th thead tr tt ul var abbr cite dd dfn dl dt figcaption figure mark picture rp rt ruby small source strike time wbr caption'.split(
    ' ',
  ),
);

interface Element {
  readonly tagName?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly children?: readonly Element[];
}

// `raw` is a node of rehype's own that the packages' types do not know.
const rootOf = (html: string): Parameters<typeof parser.runSync>[0] =>
  JSON.parse(JSON.stringify({ type: 'root', children: [{ type: 'raw', value: html }] }));

const parser = unified().use(rehypeRaw);

/** The elements a browser would make of it, by the HTML standard's own algorithm. */
const elementsOf = (html: string): Element[] => {
  const flat = (node: Element): Element[] => [
    ...(node.tagName === undefined ? [] : [node]),
    ...(node.children ?? []).flatMap(flat),
  ];
  return flat(parser.runSync(rootOf(html)) as Element);
};

const expectInert = (html: string): void => {
  for (const { tagName, properties = {} } of elementsOf(html)) {
    expect(allowed).toContain(tagName);
    for (const [name, value] of Object.entries(properties)) {
      expect(name).not.toMatch(/^(?:on|style$|srcDoc|formAction|target$|ping$|src$|srcSet)/i);
      if (name === 'id' || name === 'name') expect(value).toMatch(/^user-content-/);
      if (name === 'href') expect(value).toMatch(/^(?:https?:|mailto:|ircs?:|xmpp:|[^:]*(?:[/?#]|$))/i);
    }
  }
};

test.each(attacks)('%j stays inert', (attack) => {
  expectInert(render(attack));
  expectInert(render(`text before\n\n${attack}\n\ntext after`));
});

test('so does any mixture of them', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(hostile(6), fc.constantFrom(...attacks)), { maxLength: 5 }), (parts) =>
      expectInert(render(parts.join(''))),
    ),
    { numRuns: 150 },
  );
});

test('folds, tables and task lists are there', () => {
  const html = render(
    '<details open><summary><b>x</b></summary>\n\n| a | b |\n|--:|---|\n| 1 | 2 |\n\n- [x] done\n\n</details>',
  );
  expect(html).toContain('<details open><summary><b>x</b></summary>');
  expect(html).toContain('<td align="right">1</td>');
  expect(html).toContain('type="checkbox"');
});

test('a diff is coloured by line', () => {
  expect(render('```diff\n+ a\n- <b>\n! c\n  d\n```')).toBe(
    '<pre><code class="language-diff"><span class="d-line d-add">+ a\n</span><span class="d-line d-del">- &#x3C;b>\n</span><span class="d-line d-chg">! c\n</span><span class="d-line">  d\n</span></code></pre>',
  );
});

test('a quote with a sign is an alert', () => {
  expect(render('> [!CAUTION]\n> Look at **it**.')).toContain(
    '<div class="alert alert-caution"><p class="alert-title">Caution</p>',
  );
  expect(render('> [!NONSENSE]\n> x')).toContain('<blockquote>');
});

test('references link where there is something, outside code', () => {
  expect(render('See #4, #5, @ada, @eve and `#4`.')).toBe(
    '<p>See <a href="/acme/infra/pull/4">#4</a>, #5, <strong class="mention">@ada</strong>, @eve and <code>#4</code>.</p>',
  );
});

test('a line end breaks the line', () => {
  expect(render('a\nb')).toBe('<p>a<br>\nb</p>');
});

test('pictures are links', () => {
  expect(render('![map](https://evil.example/a.png)')).toBe(
    '<p><a href="https://evil.example/a.png" rel="nofollow noopener noreferrer">[map]</a></p>',
  );
});
