import { expect } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { ask, enqueue, open, push } from '../support/acts.ts';
import type { Story } from '../support/story.ts';
import { bases } from './bases.ts';
import type { Act, Cell } from './cells.ts';

type Files = Readonly<Record<string, string>>;

/** A pull request of the story, and what is known of it without asking anybody. */
export interface Player {
  readonly number: number;
  readonly branch: string;
  readonly files: Files;
  /** What the state holds once its head is applied; empty where nothing is to be. */
  marker: string;
  isDraft: boolean;
  isApproved: boolean;
  isBehind: boolean;
}

export const network = (input: string): string =>
  `resource "terraform_data" "vpc" {\n  input = "${input}"\n}\n`;
const extra = (name: string): Files => ({
  [`network/${name}.tf`]: `resource "terraform_data" "${name}" {}\n`,
});

/** The first changes a resource, the second adds one to the same project. */
export const player = (number: number): Player => ({
  number,
  branch: number === 1 ? 'change' : 'second',
  files: number === 1 ? { 'network/main.tf': network('two') } : extra('second'),
  marker: number === 1 ? '"two"' : '"second"',
  isDraft: false,
  isApproved: false,
  isBehind: false,
});

/** Forges tell whole seconds: nobody agreed to a plan that was shown in the second of the merge. */
const read = () => createSystemClock().sleep(1_100);

const merge = async (story: Story, cell: Cell, { number }: Player, login: string): Promise<void> => {
  if (cell[0] === 'merge') await read();
  await ask(story, login, 'PUT', `/pulls/${number}/merge`, { merge_method: bases[cell[1]].method });
};

/** One act of somebody's; what follows is not waited for. */
export const act = async (
  story: Story,
  cell: Cell,
  what: Act,
  who: Player,
  all: readonly Player[],
): Promise<void> => {
  const { world, ada, grace } = story;
  const base = async (files: Files): Promise<void> => {
    await world.hub.pushFiles(world.repository, 'main', { files, as: 'margaret' });
    for (const other of all) other.isBehind = true;
  };
  switch (what) {
    case 'open':
      return open(story, who.branch, who.files);
    case 'draft':
      await ada.push(who.branch, who.files, 'Not yet');
      await world.hub.openPull(world.repository, {
        as: 'ada',
        head: who.branch,
        base: 'main',
        title: 'Not yet',
        draft: true,
      });
      who.isDraft = true;
      return;
    case 'ready':
      who.isDraft = false;
      return world.hub.setDraft(world.repository, who.number, 'ada', false);
    case 'note':
      who.marker = '';
      return open(story, who.branch, { 'README.md': 'Words.\n' });
    case 'apply':
    case 'plan':
      await ada.comment(who.number, `/${what}`);
      return;
    case 'approve':
      who.isApproved = true;
      return grace.approve(who.number);
    case 'push':
      who.marker = '"three"';
      who.isApproved = false;
      await push(story, who.branch, { 'network/main.tf': network('three') });
      return;
    case 'base-inside':
      return base(extra('base'));
    case 'base-outside':
      return base({ 'docs/words.md': 'Elsewhere.\n' });
    case 'update':
      who.isBehind = false;
      await ask(story, 'ada', 'PUT', `/pulls/${who.number}/update-branch`, {});
      return;
    case 'merge':
      await merge(story, cell, who, 'ada');
      break;
    case 'force':
      await merge(story, cell, who, 'margaret');
      break;
    case 'queue':
      if (cell[0] === 'merge') await read();
      await enqueue(story, who.number);
      return;
    case 'no-merge':
      await expect(merge(story, cell, who, 'ada')).rejects.toThrow('405');
      return;
    case 'no-queue':
      await expect(enqueue(story, who.number)).rejects.toThrow();
      return;
    default: {
      const never: never = what;
      return never;
    }
  }
  for (const other of all) other.isBehind = true;
};
