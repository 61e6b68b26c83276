import { globProblem, matchesGlob } from '../globs.ts';

/*
 * Regular expressions of Atlantis as globs. Nothing runs them: a stranger's expression may take for ever. What people write about
 * branches and repositories is a name, a few names, or a beginning, and that a glob says as well; the rest is named and not guessed.
 */

/** A piece of an expression: itself, `.*` and the like, `.`, or a set of characters. */
type Token =
  | { readonly kind: 'text'; readonly text: string }
  /** `some`: one character or more. */
  | { readonly kind: 'any'; readonly some: boolean }
  | { readonly kind: 'name' }
  | { readonly kind: 'one' }
  | { readonly kind: 'set'; readonly set: string };

interface Alternative {
  readonly tokens: readonly Token[];
  readonly fromStart: boolean;
  readonly toEnd: boolean;
}

const mostAlternatives = 32;

const repositoryPattern = /^[A-Za-z0-9_.?*[\]-]+\/[A-Za-z0-9_.?*[\]-]+$/;

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
    if (found.startsWith('.') && repeats) tokens.push({ kind: 'any', some: found.endsWith('+') });
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

const any: Token = { kind: 'any', some: false };

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

/** Of one name or a part of it; null where a glob says more or less. */
const exactText = (token: Token): string | null => {
  if (token.kind === 'any') return token.some ? '?*' : '*';
  if (token.kind === 'name') return null;
  return plainText(token);
};

/**
 * `OWNER/REPOSITORY` globs for an id or `/expression/` of Atlantis that hold for exactly the same repositories of this host; none
 * where it is for another host. Null where it cannot be said so: one that says more would take from an entry before it what that asks.
 */
export const repositoryGlobs = (id: string, host: string): readonly string[] | null => {
  if (!id.startsWith('/')) {
    const [where = '', owner, name, ...more] = id.split('/');
    if (owner === undefined || name === undefined || more.length > 0) return null;
    return where.toLowerCase() === host ? [`${owner}/${name}`] : [];
  }
  const globs = read(id)?.flatMap(({ tokens, fromStart, toEnd }): readonly (string | null)[] => {
    if (tokens.length === 1 && tokens[0]?.kind === 'any') return ['*/*'];
    // Ids are a host, an owner and a repository.
    const texts = tokens.map(exactText);
    const text = texts.includes(null) ? null : texts.join('').replace(/\*+/g, '*');
    if (text === null) return [null];
    const [where = '', owner, name, ...more] = text.split('/');
    if (owner === undefined || more.length > 0) return [null];
    const isHere = matchesGlob(fromStart || where.startsWith('*') ? where : `*${where}`, host);
    // With one slash and no dot it may be an owner as well.
    const isHost = name !== undefined || fromStart || /[.?]/.test(where);
    if (!isHere) return isHost && /^[a-z0-9.?-]+$/i.test(where) ? [] : [null];
    const open = (part: string): string => (toEnd || part.endsWith('*') ? part : `${part}*`);
    if (name !== undefined) return [`${owner}/${open(name)}`];
    if (/^\?*\*$/.test(where) && /^\?*\*$/.test(owner)) return ['*/*'];
    // With one slash the rest may stand for two names, but behind the whole host and in front of nothing.
    const whole = owner.replace(/\?\*$/, '*');
    const isPlain = isHost && /^[^*]+$/.test(where) && /^[^*]*\*?$/.test(whole) && whole !== '';
    return isPlain && open(whole).endsWith('*') ? [`${open(whole)}/*`] : [null];
  });
  if (globs === undefined) return null;
  const good = globs.filter(
    (glob) => glob !== null && repositoryPattern.test(glob) && globProblem(glob) === null,
  );
  return good.length === globs.length ? [...new Set(good.filter((glob) => glob !== null))] : null;
};
