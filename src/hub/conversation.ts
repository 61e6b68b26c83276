import { notFound } from './errors.ts';
import type { Conversation, Repo } from './state.ts';

/** The pull request or issue of that number; 404 where there is neither. */
export const conversationOf = (repo: Repo, number: number): Conversation => {
  const found = repo.pulls.get(number) ?? repo.issues.get(number);
  if (found === undefined) throw notFound();
  return found;
};
