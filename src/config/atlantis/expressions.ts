import { globProblem } from '../globs.ts';

/*
 * Regular expressions of Atlantis as globs. Nothing runs them: a stranger's expression may take for ever. What people write about
 * branches and repositories is a name, a few names, or a beginning, and that a glob says as well; the rest is named and not guessed.
 */

/** A piece of an expression: itself, `.*` and the like, `.`, or a set of characters. */
type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'name' }
  | { readonly kind: 'one' }
  | { readonly kind: 'set'; readonly set: string };

interface Alternative {
  readonly tokens: readonly Token[];
  readonly fromStart: boolean;
  readonly toEnd: boolean;
}

const mostAlternatives = 32;

/** `a|b` outside of brackets; null where they do not match. */
const alternativesIn = (text: string): readonly string[] | null => {
  const parts: string[] = [];
  let part = '';
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '\\') {
      part += char + text.charAt(at + 1);
      at += 1;
      continue;
    }
    if (char === '(' || char === '[') depth += 1;
    if (char === ')' || char === ']') depth -= 1;
    if (char === '|' && depth === 0) {
      parts.push(part);
      part = '';
    } else part += char;
  }
  return depth === 0 ? [...parts, part] : null;
};

/** Writes out `(a|b)`, one group after another; null where there are too many, or one is repeated or special. */
const withoutGroups = (text: string): readonly string[] | null => {
  const done: string[] = [];
  const open = [text];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const found = /^((?:\\.|[^()\\])*)\((\?:)?((?:\\.|[^()\\])*)\)(?![*+?{])(.*)$/s.exec(next);
    if (found === null) {
      if (/(?:^|[^\\])[()]/.test(next)) return null;
      done.push(next);
      continue;
    }
    const [, before = '', , inside = '', after = ''] = found;
    if (inside.startsWith('?')) return null;
    for (const one of alternativesIn(inside) ?? []) open.push(before + one + after);
    if (open.length + done.length > mostAlternatives) return null;
  }
  return done;
};

const tokensOf = (text: string): readonly Token[] | null => {
  const tokens: Token[] = [];
  const pattern = /\.[*+]|\[\^\/\][*+]|\\[dw][*+]?|\[[\w-]+\][*+]?|\\[-./_@+]|[A-Za-z0-9_/@ -]|\./y;
  while (pattern.lastIndex < text.length) {
    const [found] = pattern.exec(text) ?? [];
    if (found === undefined) return null;
    const repeats = /[*+]$/.test(found) && found.length > 1;
    if (found.startsWith('.') && repeats) tokens.push({ kind: 'any' });
    else if (repeats) tokens.push({ kind: 'name' });
    else if (found === '.') tokens.push({ kind: 'one' });
    else if (found === '\\d') tokens.push({ kind: 'set', set: '[0-9]' });
    else if (found === '\\w') tokens.push({ kind: 'set', set: '[a-zA-Z0-9_]' });
    else if (found.startsWith('[')) tokens.push({ kind: 'set', set: found });
    else tokens.push({ kind: 'text', text: found.startsWith('\\') ? found.slice(1) : found });
  }
  return tokens;
};

/** What stands between the slashes of `/expression/`, alternative by alternative; null where it is not one that we take apart. */
const read = (text: string): readonly Alternative[] | null => {
  const body = /^\/(.{1,500})\/$/s.exec(text)?.[1];
  const parts = body === undefined ? null : alternativesIn(body);
  if (parts === null || parts === undefined) return null;
  const whole: string[] = [];
  for (const part of parts) {
    const written = withoutGroups(part);
    if (written === null) return null;
    whole.push(...written);
  }
  if (whole.length > mostAlternatives) return null;
  const read: Alternative[] = [];
  for (const one of whole) {
    const tokens = tokensOf(one.replace(/^\^/, '').replace(/\$$/, ''));
    if (tokens === null) return null;
    read.push({ tokens, fromStart: one.startsWith('^'), toEnd: one.endsWith('$') });
  }
  return read;
};

const any: Token = { kind: 'any' };

const plainText = (token: Exclude<Token, { kind: 'any' }>): string =>
  token.kind === 'text' ? token.text : token.kind === 'set' ? token.set : token.kind === 'one' ? '?' : '*';

/** Any text, slashes included, at the start, in the middle or at the end of a glob. */
const joined = (parts: readonly string[]): readonly string[] => {
  const [first = '', ...rest] = parts;
  return rest.reduce<readonly string[]>(
    (globs, part, index) => {
      const isLast = index === rest.length - 1;
      return globs.flatMap((glob) => {
        if (glob === '' && part === '') return isLast ? ['**'] : [''];
        if (glob === '') return [part.startsWith('/') ? `**${part}` : `**/*${part}`];
        if (part === '') return glob.endsWith('/') ? [`${glob}**`] : [`${glob}*`, `${glob}*/**`];
        return [`${glob}*${part}`, `${glob}*/**/*${part}`];
      });
    },
    [first],
  );
};

/** Globs that hold for the names of branches for which a `/expression/` does; null where it cannot be said so. */
export const branchGlobs = (expression: string): readonly string[] | null => {
  const globs = read(expression)?.flatMap(({ tokens, fromStart, toEnd }) => {
    const all = [...(fromStart ? [] : [any]), ...tokens, ...(toEnd ? [] : [any])];
    const parts = [''];
    let wasAny = false;
    for (const token of all) {
      if (token.kind !== 'any') parts.push((parts.pop() ?? '') + plainText(token));
      else if (!wasAny) parts.push('');
      wasAny = token.kind === 'any';
    }
    return joined(parts);
  });
  if (globs === undefined || globs.length > mostAlternatives) return null;
  return globs.every((glob) => globProblem(glob) === null) ? [...new Set(globs)] : null;
};

/** `OWNER/REPOSITORY` globs for an id or `/expression/` of Atlantis; null where it cannot be said so. */
export const repositoryGlobs = (id: string): readonly string[] | null => {
  if (!id.startsWith('/')) {
    const [, owner, name, ...more] = id.split('/');
    return owner === undefined || name === undefined || more.length > 0 ? null : [`${owner}/${name}`];
  }
  const globs = read(id)?.map(({ tokens, toEnd }) => {
    // Branches are text, ids are names: behind the host comes an owner, then a repository.
    const text = tokens.map((token) => (token.kind === 'any' ? '*' : plainText(token))).join('');
    if (text === '*') return '*/*';
    const [, owner, name, ...more] = text.split('/');
    if (owner === undefined || more.length > 0) return null;
    if (name === undefined) return owner === '*' ? '*/*' : null;
    return `${owner}/${toEnd || name.endsWith('*') ? name : `${name}*`}`;
  });
  if (globs === undefined) return null;
  const good = globs.filter(
    (glob) => glob !== null && /^[A-Za-z0-9_.?*[\]-]+\/[A-Za-z0-9_.?*[\]-]+$/.test(glob),
  );
  return good.length === globs.length ? [...new Set(good.filter((glob) => glob !== null))] : null;
};
