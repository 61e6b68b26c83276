import { checksOf } from '../checks.ts';
import type { Annotation, CheckRun, Pull } from '../state.ts';
import { type Html, markup } from './html.ts';
import { pullPath } from './layout.ts';

const placeOf = ({ path, start_line: from, end_line: to }: Annotation): string =>
  `${path}:${from}${to === from ? '' : `-${to}`}`;

const words = ({ title, message }: Annotation): Html =>
  markup`${title === null ? null : markup`<b>${title}</b>`}<pre>${message}</pre>`;

/** What a check says of lines, below the rest of what it says. */
export const annotationList = (pull: Pull, { annotations }: CheckRun): Html | null =>
  annotations.length === 0
    ? null
    : markup`<ul class="annotations">${annotations.map(
        (one) =>
          markup`<li class="${one.annotation_level}"><a href="${pullPath(pull)}/files">${placeOf(one)}</a> ${words(one)}</li>`,
      )}</ul>`;

export interface Said {
  readonly by: string;
  readonly annotation: Annotation;
}

/** What the newest checks of the head commit say of lines, by file. */
export const saidOfFiles = (pull: Pull): ReadonlyMap<string, readonly Said[]> =>
  Map.groupBy(
    checksOf(pull.repo, pull.head.sha).flatMap(({ name, annotations }) =>
      annotations.map((annotation) => ({ by: name, annotation })),
    ),
    ({ annotation }) => annotation.path,
  );

/** One of them below the line that it ends on. */
export const annotationRow = ({ by, annotation }: Said): Html =>
  markup`<tr class="said ${annotation.annotation_level}"><td class="n"></td><td class="n"></td><td class="t"><small>${by}</small> ${words(annotation)}</td></tr>`;

/** Those that are not in what the pull request changes. */
export const annotationsBeside = (said: readonly Said[]): Html | null =>
  said.length === 0
    ? null
    : markup`<section class="card"><h2>On other lines</h2><ul class="annotations">${said.map(
        ({ by, annotation }) =>
          markup`<li class="${annotation.annotation_level}"><span class="path">${placeOf(annotation)}</span> <small>${by}</small> ${words(annotation)}</li>`,
      )}</ul></section>`;
