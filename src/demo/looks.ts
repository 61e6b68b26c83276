import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Person, ThreadCheck } from './person.ts';
import type { World } from './world.ts';

/** What is still missing, as a phrase; null when it was seen. */
export type Look = () => Promise<string | null>;

/** One thing that somebody does, and what has to be seen afterwards. */
export interface Chapter {
  readonly title: string;
  readonly act: () => Promise<void>;
  readonly missing: Look;
}

/** What can be looked for: on the pages, as `reader` sees them, and in state files. */
export const looksOf = (world: World, reader: Person) => {
  const board = async (number: number) =>
    (await reader.comments(number)).find(({ body }) => body.includes('tidegate:board'))?.body ?? '';
  const boardSays =
    (number: number, ...words: readonly string[]): Look =>
    async () => {
      const text = await board(number);
      const absent = words.find((word) => !text.includes(word));
      return absent === undefined ? null : `the comment on #${number} does not say ${JSON.stringify(absent)}`;
    };
  const boardLacks =
    (number: number, word: string): Look =>
    async () =>
      (await board(number)).includes(word) ? `the comment on #${number} says ${JSON.stringify(word)}` : null;
  const boardOfHead =
    (number: number, ...words: readonly string[]): Look =>
    async () => {
      const { head } = await reader.pull(number);
      return boardSays(number, head.sha.slice(0, 12), ...words)();
    };
  const all =
    (...looks: readonly Look[]): Look =>
    async () => {
      for (const look of looks) {
        const still = await look();
        if (still !== null) return still;
      }
      return null;
    };
  const state = (project: string) =>
    readFile(path.join(world.stateFolder, `${project}.tfstate`), 'utf8').catch(() => '');
  const stateHolds =
    (project: string, text: string): Look =>
    async () =>
      (await state(project)).includes(text)
        ? null
        : `the state of ${project} does not hold ${JSON.stringify(text)}`;
  const stateLacks =
    (project: string, text: string): Look =>
    async () =>
      (await state(project)).includes(text)
        ? `the state of ${project} still holds ${JSON.stringify(text)}`
        : null;
  const concluded = (runs: readonly ThreadCheck[], name: string, conclusion: string): boolean =>
    runs.find((run) => run.name === name)?.conclusion === conclusion;
  const check =
    (number: number, name: string, conclusion: string): Look =>
    async () =>
      concluded(await reader.checks(number), name, conclusion)
        ? null
        : `check ${name} of #${number} is not ${conclusion}`;
  const mergeCheck =
    (number: number, name: string, conclusion: string): Look =>
    async () => {
      const sha = (await reader.pull(number)).merge_commit_sha;
      return sha !== null && concluded(await reader.checksOn(sha), name, conclusion)
        ? null
        : `check ${name} of the merge of #${number} is not ${conclusion}`;
    };
  const isMerged =
    (number: number): Look =>
    async () =>
      (await reader.pull(number)).merged ? null : `#${number} is not merged`;
  const saidOn =
    (number: number, word: string): Look =>
    async () =>
      (await reader.comments(number)).some(
        ({ body }) => body.includes('tidegate:reply') && body.includes(word),
      )
        ? null
        : `nobody answered ${JSON.stringify(word)} on #${number}`;
  const hasButton =
    (number: number, name: string, label: string): Look =>
    async () =>
      reader.buttons(number, name).includes(label)
        ? null
        : `check ${name} of #${number} has no button ${label}`;
  return {
    boardSays,
    boardLacks,
    boardOfHead,
    all,
    stateHolds,
    stateLacks,
    check,
    mergeCheck,
    isMerged,
    saidOn,
    hasButton,
  };
};
