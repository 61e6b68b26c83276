/** What a program printed, as variables for the steps behind it; or why it is not that, as a phrase after "it ". */
export type Given = { readonly variables: Readonly<Record<string, string>> } | { readonly refused: string };

const longest = 32_768;
const mostNames = 200;

const checked = (variables: ReadonlyMap<string, string>, isFree: (name: string) => boolean): Given => {
  if (variables.size > mostNames) return { refused: `gives more than ${mostNames} variables` };
  for (const [name, value] of variables) {
    if (!isFree(name))
      return { refused: 'names a variable that cannot be set, or that the server decides itself' };
    if (value.length > longest || value.includes('\0'))
      return { refused: 'gives a value that is too long, or no text' };
  }
  return { variables: Object.fromEntries(variables) };
};

/** The whole of it is the value, without the line end behind it. */
export const givenValue = (name: string, printed: string, isFree: (name: string) => boolean): Given =>
  checked(new Map([[name, printed.replace(/\r?\n$/, '')]]), isFree);

const pair = /\s*([^=,\s]+)=(?:"((?:\\.|[^"\\])*)"|'([^']*)'|((?!["'])(?:\\.|[^,\\])*))\s*(?:,|$)/sy;

/** `A=1,B="2, 3"`, as Atlantis has it: a backslash takes the next character as it is. */
export const givenPairs = (printed: string, isFree: (name: string) => boolean): Given => {
  const text = printed.trim();
  const variables = new Map<string, string>();
  let at = 0;
  while (at < text.length) {
    pair.lastIndex = at;
    const found = pair.exec(text);
    if (found === null) return { refused: 'does not print `NAME=value,NAME=value`' };
    const [whole, name = '', double, single, bare] = found;
    const value = single ?? (double ?? bare ?? '').replace(/\\(.)/gs, '$1');
    if (variables.has(name)) return { refused: 'gives a variable twice' };
    variables.set(name, value);
    at += whole.length;
  }
  return checked(variables, isFree);
};
