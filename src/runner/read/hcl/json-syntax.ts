const failure = (text: string): string | null => {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** Is all that is wrong with the beginning of a text that it ends? */
const mayGoOn = (beginning: string): boolean => {
  const message = failure(beginning);
  if (message === null || message.includes('end of JSON input')) return true;
  const position = /at position (\d+)/.exec(message)?.[1];
  return position !== undefined && Number(position) >= beginning.length;
};

/** The first key that an object has twice, in valid JSON. */
const repeatedKey = (text: string): { readonly key: string; readonly line: number } | null => {
  const open: (Set<string> | null)[] = [];
  for (const token of text.matchAll(/[{}[\]]|"(?:[^"\\]|\\.)*"(?=(\s*:)?)/g)) {
    const [written] = token;
    if (written === '{') open.push(new Set());
    else if (written === '[') open.push(null);
    else if (written === '}' || written === ']') open.pop();
    else if (token[1] !== undefined) {
      const key = String(JSON.parse(written));
      const keys = open.at(-1);
      if (keys?.has(key))
        return { key: key.slice(0, 100), line: text.slice(0, token.index).split('\n').length };
      keys?.add(key);
    }
  }
  return null;
};

/**
 * `JSON.parse` whose error says `FILE:LINE`. The engine gives no position for most errors, so the line is the
 * first one up to which the text can not be the beginning of valid JSON: no token of JSON spans lines.
 */
export const parseJson = (fileName: string, text: string): unknown => {
  if (failure(text) === null) {
    const twice = repeatedKey(text);
    if (twice === null) return JSON.parse(text);
    // Terraform reads both, `JSON.parse` the last one.
    throw new Error(`${fileName}:${twice.line}: the key ${JSON.stringify(twice.key)} is there twice`);
  }
  // With their line break, which a string can not hold.
  const ends = [...text.matchAll(/\n/g)].map((end) => end.index + 1).concat(text.length);
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (mayGoOn(text.slice(0, ends[middle]))) low = middle + 1;
    else high = middle;
  }
  throw new Error(`${fileName}:${low + 1}: this is not valid JSON`);
};
