import { notFound } from '../errors.ts';
import { blobBase64, hasTree, listTree, resolve } from '../git/read.ts';
import type { Repo } from '../state.ts';
import { type Html, markup } from './html.ts';

const lineLimit = 3_000;

/** A file as it is at a commit, with a name for each line (`#L7`). Throws `notFound` where there is none. */
export const filePage = async (repo: Repo, commit: string, path: string): Promise<Html> => {
  const sha = await resolve(repo.folder, commit);
  // Git takes these for a mistake of ours.
  if (path.split('/').some((part) => ['', '.', '..'].includes(part))) throw notFound();
  const isThere = sha !== null && (await hasTree(repo.folder, sha));
  const [item] = isThere ? await listTree(repo.folder, sha, path) : [];
  if (item?.kind !== 'blob' || item.path !== path) throw notFound();
  const text = Buffer.from(await blobBase64(repo.folder, item.id), 'base64').toString('utf8');
  const lines = text.replace(/\n$/, '').split('\n');
  const rows = lines
    .slice(0, lineLimit)
    .map(
      (line, index) =>
        markup`<tr class="same" id="L${index + 1}"><td class="n">${index + 1}</td><td class="t">${line === '' ? ' ' : line}</td></tr>`,
    );
  return markup`<h1><span class="path">${path}</span></h1><section class="card file"><div class="scroll"><table class="patch">${rows}</table></div>${lines.length > lineLimit ? markup`<p class="empty">${lines.length - lineLimit} more lines.</p>` : null}</section>`;
};
