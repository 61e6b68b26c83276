/** What is at a path of a tree. */
export interface Entry {
  readonly kind: 'file' | 'folder' | 'link' | 'submodule';
  readonly id: string;
}

/** A tree, as links are followed in it. Paths are as Git stores them. */
export interface LinkedTree {
  readonly entries: ReadonlyMap<string, Entry>;
  /** Where links lead; one that is missing here cannot be read. */
  readonly links: ReadonlyMap<string, string>;
}

/** `missing`: inside, and nothing is there. `outside`: it leaves the repository, or nobody knows where it leads. */
export type Destination = { readonly path: string } | 'missing' | 'outside';

// As many as the kernel follows (path_resolution(7)).
const mostLinks = 40;

/**
 * Where a path leads, every link on the way followed as the kernel would: `..` behind a link goes up from where the link leads.
 *
 * @param from the folder that a relative path starts in; the empty text is the root
 */
export const follow = ({ entries, links }: LinkedTree, from: string, path: string): Destination => {
  if (path.startsWith('/')) return 'outside';
  const ahead = [...from.split('/'), ...path.split('/')].reverse();
  const at: string[] = [];
  let followed = 0;
  let missing = false;
  for (let step = ahead.pop(); step !== undefined; step = ahead.pop()) {
    if (step === '' || step === '.') continue;
    if (step === '..') {
      if (at.pop() === undefined) return 'outside';
      continue;
    }
    at.push(step);
    const here = at.join('/');
    const entry = entries.get(here);
    if (entry === undefined) missing = true;
    if (entry?.kind !== 'link') continue;
    const target = links.get(here);
    followed += 1;
    if (target === undefined || target === '' || target.startsWith('/') || followed > mostLinks)
      return 'outside';
    at.pop();
    ahead.push(...target.split('/').reverse());
  }
  const here = at.join('/');
  return missing && here !== '' && !entries.has(here) ? 'missing' : { path: here };
};

/** The folder that a path is in; the empty text is the root. */
export const folderOf = (path: string): string => {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
};

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
