import rehypeRaw from 'rehype-raw';
import rehypeSanitize, { defaultSchema } from 'rehype-sanitize';
import rehypeStringify from 'rehype-stringify';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkRehype from 'remark-rehype';
import { unified } from 'unified';
import { decorate } from './decorate.ts';
import { type Html, trusted } from './html.ts';
import type { Node } from './tree.ts';

/** What the text around may link to. */
export interface MarkdownContext {
  /** Start of the addresses of pull requests, `/owner/name/pull/`. */
  readonly pullPath: string;
  hasPull(number: number): boolean;
  hasAccount(login: string): boolean;
}

/** Line ends inside a paragraph break the line in comments, other than in files. */
const breakLines = (node: Node): void => {
  if (node.children === undefined) return;
  node.children = node.children.flatMap((child): Node[] => {
    breakLines(child);
    if (child.type !== 'text' || !child.value?.includes('\n')) return [child];
    return child.value
      .split(/\r?\n/)
      .flatMap((line, index): Node[] => [
        ...(index === 0 ? [] : [{ type: 'break' }]),
        { type: 'text', value: line },
      ]);
  });
};

/**
 * GitHub's own rules for what may stay are the default of `rehype-sanitize`; they keep `details` and `summary`
 * and drop scripts, styles, forms and handlers. Decoration comes after it and adds elements of ours only.
 */
const toHtml = (text: string, context: MarkdownContext): string =>
  String(
    unified()
      .use(remarkParse)
      .use(remarkGfm)
      .use(() => (tree) => breakLines(tree))
      .use(remarkRehype, { allowDangerousHtml: true, clobberPrefix: '' })
      .use(rehypeRaw)
      .use(rehypeSanitize, defaultSchema)
      .use(() => (tree) => decorate(tree, context))
      .use(rehypeStringify)
      .processSync(text),
  );

const kept = 300;

/** Renders a comment's Markdown for a page. Results are kept: a page asks for the same texts every second. */
export const createMarkdown = (): ((text: string, context: MarkdownContext) => Html) => {
  const known = new Map<string, string>();
  return (text, context) => {
    const key = `${context.pullPath}\n${text}`;
    const html = known.get(key) ?? toHtml(text, context);
    known.delete(key);
    known.set(key, html);
    const [oldest] = known.keys();
    if (known.size > kept && oldest !== undefined) known.delete(oldest);
    return trusted(html);
  };
};
