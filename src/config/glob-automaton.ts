/*
 * A glob as an automaton whose states are all followed at once (Thompson): for each character of a text each state is entered
 * at most once, so no glob of a stranger takes longer on any text than the length of the one times that of the other. A regular
 * expression that backtracks takes four times as long for each further name of `*a*` + `/`.
 */

const slash = 47;

/** What a state lets through to the state after it; `split` needs no character and goes to both of its ends. */
type State =
  | { readonly kind: 'char'; readonly code: number }
  | {
      readonly kind: 'set';
      readonly ranges: readonly (readonly [from: number, to: number])[];
      readonly not: boolean;
    }
  /** Any character, but for a slash unless `slashes`. */
  | { readonly kind: 'any'; readonly slashes: boolean }
  | { kind: 'split'; to: number; or: number };

/** A split with one end. */
const alone = -1;

const lets = (state: State, code: number): boolean => {
  switch (state.kind) {
    case 'char':
      return state.code === code;
    case 'any':
      return state.slashes || code !== slash;
    case 'set':
      return code !== slash && state.ranges.some(([from, to]) => from <= code && code <= to) !== state.not;
    case 'split':
      return false;
  }
};

/** `[a-z_]`, from its inside. */
const setOf = (inside: string): State => {
  const not = /^[!^]/.test(inside);
  const chars = not ? inside.slice(1) : inside;
  const ranges = [...chars.matchAll(/(.)-(.)|(.)/gs)].map(([, from, to, one]) => {
    const start = (from ?? one ?? '').charCodeAt(0);
    return [start, to === undefined ? start : to.charCodeAt(0)] as const;
  });
  return { kind: 'set', ranges, not };
};

/** What the sticky pattern finds at exactly that place. */
const partAt = (glob: string, at: number, pattern: RegExp): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(glob);
};

const bracket = /\[([!^]?[^/\]][^/\]]*)\]/y;
const braces = /\{([^{}]*,[^{}]*)\}/y;

const build = (glob: string): readonly State[] => {
  const states: State[] = [];
  const split = (): Extract<State, { kind: 'split' }> => {
    const state: Extract<State, { kind: 'split' }> = { kind: 'split', to: states.length + 1, or: alone };
    states.push(state);
    return state;
  };
  /** Goes on with whatever is built next, from wherever it stands in the list. */
  const jump = (): Extract<State, { kind: 'split' }> => split();
  const literal = (text: string): void => {
    for (let at = 0; at < text.length; at += 1) states.push({ kind: 'char', code: text.charCodeAt(at) });
  };
  const repeated = (body: () => void): void => {
    const start = states.length;
    const loop = split();
    body();
    const back = jump();
    back.to = start;
    loop.or = states.length;
  };
  const either = (ways: readonly (() => void)[]): void => {
    const ends = ways.map((way, index) => {
      const fork = index < ways.length - 1 ? split() : null;
      way();
      const end = jump();
      if (fork !== null) fork.or = states.length;
      return end;
    });
    for (const end of ends) end.to = states.length;
  };
  const name = () => {
    states.push({ kind: 'any', slashes: false });
    repeated(() => states.push({ kind: 'any', slashes: false }));
  };
  const names = () =>
    repeated(() => {
      name();
      literal('/');
    });
  const anything = () => repeated(() => states.push({ kind: 'any', slashes: true }));

  const sequence = (text: string): void => {
    let at = 0;
    while (at < text.length) {
      const inBraces = partAt(text, at, braces);
      const inBracket = partAt(text, at, bracket);
      if (inBraces !== null) {
        either((inBraces[1] ?? '').split(',').map((way) => () => sequence(way)));
        at += inBraces[0].length;
      } else if (inBracket !== null) {
        const [whole, inside = ''] = inBracket;
        either([() => states.push(setOf(inside)), () => literal(whole)]);
        at += whole.length;
      } else if (text.startsWith('/**/', at)) {
        literal('/');
        names();
        at += 4;
      } else if (text.startsWith('/**', at) && at + 3 === text.length) {
        // `prod/**` is the folder as well as what is in it; of `*/**` a file beside the folders is no part.
        const below = () => [literal('/'), anything()];
        either(text[at - 1] === '*' ? [below] : [() => {}, below]);
        at += 3;
      } else if (text.startsWith('**/', at)) {
        names();
        at += 3;
      } else if (text.startsWith('**', at)) {
        anything();
        at += 2;
      } else {
        if (text[at] === '*') repeated(() => states.push({ kind: 'any', slashes: false }));
        else if (text[at] === '?') states.push({ kind: 'any', slashes: false });
        else literal(text.charAt(at));
        at += 1;
      }
    }
  };
  // One `**` behind another says the same as one.
  sequence(glob.replace(/^\.\//, '').replace(/(?:^|(?<=\/))(?:\*\*\/)+(?=\*\*(?:\/|$))/g, ''));
  return states;
};

/** States that a text may stand in at one time, and what follows on which character, as far as it was asked for. */
interface Front {
  readonly states: readonly number[];
  readonly after: Map<number, Front>;
}

/** Fronts that are kept of one glob: most paths go the same few ways. */
const mostFronts = 256;

/** Does the glob match the whole text? Syntax as `globs.ts` says; whatever it refuses must not come here. */
export const compileAutomaton = (glob: string): ((text: string) => boolean) => {
  const states = build(glob);
  const end = states.length;
  const entered = new Int32Array(end + 1);
  let round = 0;
  let fronts = new Map<string, Front>();

  const enter = (into: number[], first: number): void => {
    const waiting = [first];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (entered[next] === round) continue;
      entered[next] = round;
      const state = states[next];
      if (state?.kind !== 'split') into.push(next);
      else if (state.or === alone) waiting.push(state.to);
      else waiting.push(state.to, state.or);
    }
  };
  const frontOf = (firsts: readonly number[]): Front => {
    round += 1;
    const into: number[] = [];
    for (const first of firsts) enter(into, first);
    const key = into.join();
    const known = fronts.get(key);
    if (known !== undefined) return known;
    // Begun anew: what a text of somebody's making fills is not kept for the next one.
    if (fronts.size >= mostFronts) fronts = new Map();
    const front = { states: into, after: new Map() };
    fronts.set(key, front);
    return front;
  };
  const step = (front: Front, code: number): Front => {
    const firsts = front.states.flatMap((index) => {
      const state = states[index];
      return state !== undefined && lets(state, code) ? [index + 1] : [];
    });
    const after = frontOf(firsts);
    front.after.set(code, after);
    return after;
  };

  const start = frontOf([0]);
  return (text) => {
    let front = start;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      front = front.after.get(code) ?? step(front, code);
      if (front.states.length === 0) return false;
    }
    return front.states.includes(end);
  };
};
