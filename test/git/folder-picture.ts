import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/** What is in a folder, read without following links: path -> `-` or `x` and the text, `> target`, `/`. */
export const pictureOf = (folder: string): Record<string, string> => {
  const picture: Record<string, string> = {};
  const below = (relative: string): void => {
    for (const name of readdirSync(path.join(folder, relative)).sort()) {
      const at = relative === '' ? name : `${relative}/${name}`;
      const file = path.join(folder, at);
      const stat = lstatSync(file);
      if (stat.isSymbolicLink()) picture[at] = `> ${readlinkSync(file)}`;
      else if (stat.isDirectory()) {
        picture[at] = '/';
        below(at);
      } else if (stat.isFile())
        picture[at] = `${stat.mode & 0o100 ? 'x' : '-'} ${readFileSync(file, 'utf8')}`;
      else picture[at] = '?';
    }
  };
  below('');
  return picture;
};
