import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { vi } from 'vitest';
import type { Story } from './story.ts';

/** One call of the hub's API as this person; returns the parsed answer. Throws for a refusal. */
export const ask = async (
  story: Story,
  login: string,
  method: string,
  address: string,
  body?: unknown,
): Promise<unknown> => {
  const { hub, repository, tokens } = story.world;
  const response = await fetch(`${hub.apiUrl}/repos/${repository}${address}`, {
    method,
    headers: { authorization: `token ${tokens[login] ?? ''}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${address}: ${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
};

/** Puts a pull request into the queue of its base branch, as ada; throws for a refusal. */
export const enqueue = (story: Story, number: number): Promise<void> => story.ada.enqueue(number);

export const close = (story: Story, number: number) =>
  ask(story, 'margaret', 'PATCH', `/pulls/${number}`, { state: 'closed' });

export const reopen = (story: Story, number: number) =>
  ask(story, 'margaret', 'PATCH', `/pulls/${number}`, { state: 'open' });

/** A branch of that name with these files on top of `main`, and a pull request for it, both by ada; nothing is waited for. */
export const open = async (
  story: Story,
  branch: string,
  files: Readonly<Record<string, string>>,
): Promise<void> => {
  await story.ada.push(branch, files, `About ${branch}`);
  await story.ada.openPull(branch, `About ${branch}`);
};

/** One more commit on a branch that is there. */
export const push = (
  story: Story,
  branch: string,
  files: Readonly<Record<string, string>>,
  deletes: readonly string[] = [],
) => story.world.hub.pushFiles(story.world.repository, branch, { as: 'ada', files, deletes });

/** The row of a project in the board of a pull request, cells in order: name, add, change, replace, destroy, state, next. */
export const row = async (story: Story, number: number, name: string): Promise<string> => {
  const lines = (await story.board(number))?.split('\n') ?? [];
  return lines.find((line) => line.startsWith(`| \`${name}\` |`)) ?? `no row for ${name}`;
};

/** Text of the state file `NAME.tfstate` of `localBackend`; empty when there is none. */
export const stateOf = (story: Story, name: string): Promise<string> =>
  readFile(path.join(story.world.stateFolder, `${name}.tfstate`), 'utf8').catch(() => '');

/** Looks again until the check inside stops throwing; for what happens while something else still runs. */
export const eventually = <T>(look: () => Promise<T> | T): Promise<T> =>
  vi.waitFor(look, { timeout: 30_000, interval: 50 });
