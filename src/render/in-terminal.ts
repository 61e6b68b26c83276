import { ownValue } from '../domain/own-value.ts';

const csi = '\u001b[';
const bold = (text: string): string => `${csi}1m${text}${csi}22m`;
const colours: Readonly<Record<string, number>> = { '+': 32, '-': 31, '!': 33, '@': 36, '#': 90 };

const entities: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
  '&quot;': '"',
  '&#39;': "'",
  '&nbsp;': ' ',
};

/** One line outside of a fence, without the marks that only a browser understands. */
const inline = (line: string, colour: boolean): string => {
  const heading = /^#{1,6}\s+(.*)$/.exec(line);
  const text = (heading?.[1] ?? line)
    .replaceAll(/<\/?[a-z][^<>]*>/gi, '')
    .replaceAll(/!?\[([^\]]*)\]\([^)\s]*\)/g, '$1')
    .replaceAll(/\*\*([^*]+)\*\*/g, (_, inner: string) => (colour ? bold(inner) : inner))
    .replaceAll(/\\([\\`*_{}[\]()#+\-.!|<>~&@:/])/g, '$1')
    .replaceAll(/&(?:lt|gt|amp|quot|#39|nbsp);/g, (entity) => ownValue(entities, entity) ?? entity);
  return heading !== null && colour ? bold(text) : text;
};

const painted = (line: string): string => {
  const code = ownValue(colours, line.trimStart().slice(0, 1));
  return code === undefined ? line : `${csi}${code}m${line}${csi}39m`;
};

/**
 * A comment of ours as a terminal shows it: the same words, without the marks of Markdown and HTML; what is folded away in a
 * browser stands there. With colours where asked for. Of control characters nothing comes through but those put in here.
 */
export const inTerminal = (markdown: string, colour: boolean): string => {
  const lines: string[] = [];
  let fence: string | null = null;
  const plain = markdown
    .replaceAll(/<!--.*?-->/gs, '')
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
  for (const line of plain.split('\n')) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1] ?? null;
    if (fence === null && mark !== null) {
      fence = mark;
      continue;
    }
    if (fence !== null && mark?.startsWith(fence) === true && line.trim() === mark) {
      fence = null;
      continue;
    }
    if (fence !== null) lines.push(colour ? painted(line) : line);
    else if (!/^\|?(?:\s*:?-+:?\s*\|)+\s*$/.test(line)) lines.push(inline(line, colour));
  }
  return `${lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()}\n`;
};
