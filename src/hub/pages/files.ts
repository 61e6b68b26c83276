import type { PullFile } from '../state.ts';
import { annotationRow, annotationsBeside, type Said } from './annotations.ts';
import { type Html, markup } from './html.ts';

const lineLimit = 3_000;

interface Line {
  readonly look: 'add' | 'del' | 'same' | 'hunk';
  readonly before: number | null;
  readonly after: number | null;
  readonly text: string;
}

/** Lines of a patch with their numbers on both sides. */
const patchLines = (patch: string): readonly Line[] => {
  let before = 0;
  let after = 0;
  return patch.split('\n').map((text): Line => {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(text);
    if (hunk !== null) {
      before = Number(hunk[1]);
      after = Number(hunk[2]);
      return { look: 'hunk', before: null, after: null, text };
    }
    if (text.startsWith('+')) return { look: 'add', before: null, after: after++, text };
    if (text.startsWith('-')) return { look: 'del', before: before++, after: null, text };
    // `\ No newline at end of file` is no line of either side.
    if (text.startsWith('\\')) return { look: 'hunk', before: null, after: null, text };
    return { look: 'same', before: before++, after: after++, text };
  });
};

const row = ({ look, before, after, text }: Line, said: readonly Said[]): Html =>
  markup`<tr class="${look}"><td class="n">${before}</td><td class="n">${after}</td><td class="t">${text === '' ? ' ' : text}</td></tr>${said.map(annotationRow)}`;

const saidAt = (said: readonly Said[], line: number | null): readonly Said[] =>
  said.filter(({ annotation }) => annotation.end_line === line);

const fileCard = (file: PullFile, index: number, said: readonly Said[]): Html => {
  const lines = file.patch === null ? [] : patchLines(file.patch);
  const name = file.previousPath === null ? file.path : `${file.previousPath} → ${file.path}`;
  return markup`<section class="card file" id="file-${index + 1}"><h2><span class="path">${name}</span> <small>${file.status}</small> <span class="counts"><b class="plus">+${file.additions}</b> <b class="minus">−${file.deletions}</b></span></h2>
${
  lines.length === 0
    ? markup`<p class="empty">No lines to show.</p>`
    : markup`<div class="scroll"><table class="patch">${lines.slice(0, lineLimit).map((line) => row(line, saidAt(said, line.after)))}</table></div>`
}${lines.length > lineLimit ? markup`<p class="empty">${lines.length - lineLimit} more lines.</p>` : null}</section>`;
};

/** What the pull request changes, file by file, and what checks say of lines. */
export const filesView = (
  files: readonly PullFile[],
  said: ReadonlyMap<string, readonly Said[]> = new Map(),
): Html => {
  const shown = new Set(
    files.flatMap(({ path, patch }) =>
      patch === null
        ? []
        : patchLines(patch).flatMap(({ after }) => (after === null ? [] : [`${after} ${path}`])),
    ),
  );
  const beside = [...said.values()]
    .flat()
    .filter(({ annotation: { path, end_line: line } }) => !shown.has(`${line} ${path}`));
  return files.length === 0
    ? markup`<p class="empty">No file changes.</p>${annotationsBeside(beside)}`
    : markup`<ol class="files">${files.map((file, index) => markup`<li><a href="#file-${index + 1}">${file.path}</a> <b class="plus">+${file.additions}</b> <b class="minus">−${file.deletions}</b></li>`)}</ol>${files.map((file, index) => fileCard(file, index, said.get(file.path) ?? []))}${annotationsBeside(beside)}`;
};
