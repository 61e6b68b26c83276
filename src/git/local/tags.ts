import { isUtf8 } from 'node:buffer';
import { type Sha, sha } from '../../domain/ids.ts';

const prefix = 'refs/tags/';
/** Git's own sign behind the name of a tag that is an object: the line says what that leads to in the end. */
const peeled = '^{}';
const line = /^([0-9a-f]{40})\t/;

/**
 * What `git ls-remote --tags` prints: a line for each tag, and a second one for each that is an object of its own. Names are as git
 * lets them be, which is without control characters, and need be no text; one that is none could be taken for another one.
 */
export const readTags = (printed: Buffer): ReadonlyMap<string, Sha> => {
  const tags = new Map<string, Sha>();
  for (let from = 0; from < printed.length; ) {
    const end = printed.indexOf(0x0a, from);
    const bytes = printed.subarray(from, end === -1 ? printed.length : end);
    from += bytes.length + 1;
    if (!isUtf8(bytes)) continue;
    const text = bytes.toString();
    const [head = '', object = ''] = line.exec(text) ?? [];
    const ref = text.slice(head.length);
    if (object === '' || !ref.startsWith(prefix)) continue;
    const name = ref.slice(prefix.length);
    // The second line of a tag comes right behind its first, and no name may hold `^`.
    tags.set(name.endsWith(peeled) ? name.slice(0, -peeled.length) : name, sha(object));
  }
  return tags;
};

/** What `git ls-remote --refs` prints: a line for each ref, its object and its full name. */
export const readPlaces = (printed: Buffer): ReadonlyMap<string, Sha> =>
  new Map(
    printed
      .toString()
      .split('\n')
      .flatMap((text) => {
        const [head = '', object = ''] = line.exec(text) ?? [];
        return object === '' ? [] : [[text.slice(head.length), sha(object)] as const];
      }),
  );
