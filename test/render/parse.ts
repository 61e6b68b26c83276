import rehypeRaw from 'rehype-raw';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkRehype from 'remark-rehype';
import { unified } from 'unified';

/** As much of a syntax tree as the tests look at; the packages' own types differ per node. */
export interface Node {
  readonly type: string;
  readonly value?: string;
  readonly url?: string;
  readonly lang?: string | null;
  readonly tagName?: string;
  readonly children?: readonly Node[];
}

const markdown = unified().use(remarkParse).use(remarkGfm);
const page = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(remarkRehype, { allowDangerousHtml: true })
  .use(rehypeRaw);

export const parse = (text: string): Node => markdown.parse(text) as Node;

/** The page a browser would make of it, unsanitized: nothing may depend on the sanitizer. */
export const toPage = (text: string): Node => page.runSync(page.parse(text)) as Node;

export const all = (node: Node, type: string): readonly Node[] => [
  ...(node.type === type || node.tagName === type ? [node] : []),
  ...(node.children ?? []).flatMap((child) => all(child, type)),
];

export const textOf = (node: Node): string =>
  node.type === 'comment' ? '' : (node.value ?? (node.children ?? []).map(textOf).join(''));

/** Text that GitHub looks through for names, numbers and addresses to link: all but code, links and comments. */
export const linkableText = (node: Node): string => {
  if (node.type === 'comment' || ['pre', 'code', 'a'].includes(node.tagName ?? '')) return '\u0000';
  // What stands on two lines is two texts.
  if (node.tagName === 'br') return '\n';
  return node.value ?? (node.children ?? []).map(linkableText).join('');
};
