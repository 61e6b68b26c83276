import { code, join, type Markdown, md, text } from './markdown.ts';
import type { BoardView } from './view.ts';
import { count, listed } from './words.ts';

type Noted = { readonly notes?: BoardView['notes'] | undefined };

/** "2 files of Terragrunt and 1 file of Pulumi are read by no runner"; null: there are none. */
export const unreadWords = ({ notes }: Noted): string | null => {
  const tools = notes?.unread?.tools ?? [];
  if (tools.length === 0) return null;
  const files = tools.map((one) => `${count(one.files, 'file')} of ${one.tool}`);
  const isOne = tools.length === 1 && tools[0]?.files === 1;
  return `${listed(files)} ${isOne ? 'is' : 'are'} read by no runner`;
};

/** Whoever relies on the checks should know what they are not about, and what ends it. */
export const unreadNote = (view: Noted): Markdown | null => {
  const words = unreadWords(view);
  const unread = view.notes?.unread ?? null;
  if (words === null || unread === null) return null;
  const firsts = unread.tools.map(({ first, files }) =>
    files === 1 ? code(first, 200) : md`${code(first, 200)} and ${text(count(files - 1, 'more file'))}`,
  );
  const told = md`**${text(words)}** of this server, so nothing was planned for ${unread.tools.length === 1 && unread.tools[0]?.files === 1 ? md`it` : md`them`}: ${join(firsts, ', ')}.`;
  switch (unread.answer) {
    case 'tell':
      return told;
    case 'fail':
      return md`${told} The people who run Tidegate do not let that pass (${code('unread: fail')}).`;
    case 'ask':
      return md`${told} This repository has no project at all. If that is right, a ${code('tidegate.yaml')} on the base branch with the two lines ${code('version: 1')} and ${code('projects: []')} says so; else list the projects there. The people who run Tidegate can add a runner, or ${code('unread: allow')}.`;
  }
};
