import { ManifestUnreadable } from './document.ts';

/** A line that ends a document; what else stands on it may only be a comment. */
const separator = /^---[^\n]*$/gm;

const isComment = (line: string): boolean => /^---\s*(?:#.*)?$/.test(line);

/** Nothing but empty lines and comments. */
const isBlank = (text: string): boolean => /^(?:[^\S\n]*(?:#[^\n]*)?(?:\n|$))*$/.test(text);

/** The documents of a manifest, without those that hold nothing. */
export const splitDocuments = (manifest: string): readonly string[] => {
  const text = manifest.replaceAll('\r\n', '\n').replace(/^\uFEFF/, '');
  const documents: string[] = [];
  let from = 0;
  for (const match of text.matchAll(separator)) {
    if (!isComment(match[0]))
      throw new ManifestUnreadable('Something stands behind the `---` that ends a document.');
    documents.push(text.slice(from, match.index));
    from = match.index + match[0].length + 1;
  }
  documents.push(text.slice(from));
  return documents.filter((document) => !isBlank(document));
};
