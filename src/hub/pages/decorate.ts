import type { MarkdownContext } from './markdown.ts';
import { element, hasClass, type Node, textNode, textOf } from './tree.ts';

const diffClasses: readonly (readonly [RegExp, string])[] = [
  [/^\+/, 'd-add'],
  [/^-/, 'd-del'],
  [/^!/, 'd-chg'],
  [/^#/, 'd-note'],
  [/^@@/, 'd-hunk'],
];

/** One span per line of a `diff` block, coloured by its first character. */
const colourDiff = (code: Node): void => {
  const lines = textOf(code).replace(/\n$/, '').split('\n');
  code.children = lines.map((line) => {
    const found = diffClasses.find(([start]) => start.test(line));
    return element('span', { className: found === undefined ? ['d-line'] : ['d-line', found[1]] }, [
      textNode(`${line}\n`),
    ]);
  });
};

const alertNames: Readonly<Record<string, string>> = {
  NOTE: 'Note',
  TIP: 'Tip',
  IMPORTANT: 'Important',
  WARNING: 'Warning',
  CAUTION: 'Caution',
};

/** `> [!CAUTION]` on the first line makes a quote an alert. */
const alertOf = (quote: Node): Node | null => {
  const first = quote.children?.find((child) => child.tagName === 'p');
  const start = first?.children?.[0];
  const kind = /^\[!([A-Z]+)\]\s*$/.exec(start?.value ?? '')?.[1];
  const name = kind === undefined ? undefined : alertNames[kind];
  if (first?.children === undefined || kind === undefined || name === undefined) return null;
  const rest = first.children.slice(1);
  first.children = rest[0]?.tagName === 'br' ? rest.slice(1) : rest;
  return element('div', { className: ['alert', `alert-${kind.toLowerCase()}`] }, [
    element('p', { className: ['alert-title'] }, [textNode(name)]),
    ...(quote.children ?? []),
  ]);
};

const references = /(^|[^\w/])(@[a-z\d](?:[a-z\d-]{0,38})|#\d{1,9})(?![\w-])/gi;

/** `#4` and `@name` in plain text, where there is such a pull request or person. */
const linkReferences = (text: string, context: MarkdownContext): Node[] => {
  const nodes: Node[] = [];
  let from = 0;
  for (const match of text.matchAll(references)) {
    const [, before = '', reference = ''] = match;
    const name = reference.slice(1);
    const node = reference.startsWith('#')
      ? context.hasPull(Number(name))
        ? element('a', { href: `${context.pullPath}${name}` }, [textNode(reference)])
        : null
      : context.hasAccount(name)
        ? element('strong', { className: ['mention'] }, [textNode(reference)])
        : null;
    if (node === null) continue;
    const at = match.index + before.length;
    nodes.push(textNode(text.slice(from, at)), node);
    from = at + reference.length;
  }
  return [...nodes, textNode(text.slice(from))];
};

/** Pictures would be fetched from strangers; their place is kept by a link. */
const linkOfImage = (image: Node): Node => {
  const source = image.properties?.['src'];
  const alt = image.properties?.['alt'];
  const words = typeof alt === 'string' && alt !== '' ? alt : 'image';
  return typeof source === 'string'
    ? element('a', { href: source, rel: ['nofollow', 'noopener', 'noreferrer'] }, [textNode(`[${words}]`)])
    : textNode(`[${words}]`);
};

const plainInside = new Set(['a', 'code', 'pre']);

const visit = (node: Node, context: MarkdownContext, linkable: boolean): Node[] => {
  if (node.type === 'text') return linkable ? linkReferences(node.value ?? '', context) : [node];
  if (node.tagName === 'img') return [linkOfImage(node)];
  const inside = linkable && !plainInside.has(node.tagName ?? '');
  node.children = node.children?.flatMap((child) => visit(child, context, inside)) ?? [];
  if (node.tagName === 'a')
    node.properties = { ...node.properties, rel: ['nofollow', 'noopener', 'noreferrer'] };
  if (node.tagName === 'code' && hasClass(node, 'language-diff')) colourDiff(node);
  if (node.tagName === 'blockquote') return [alertOf(node) ?? node];
  // Wide tables scroll by themselves instead of widening the page.
  if (node.tagName === 'table') return [element('div', { className: ['scroll'] }, [node])];
  return [node];
};

/** Works on a sanitized tree: colours diffs, turns quotes into alerts, links references, takes pictures out. */
export const decorate = (tree: Node, context: MarkdownContext): void => {
  tree.children = tree.children?.flatMap((child) => visit(child, context, true)) ?? [];
};
