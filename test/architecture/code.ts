import { roomOf } from './rooms.ts';
import { chainOf, isNode, type Node, type Source, stringOf } from './source.ts';

/** `path:line: sentence.` for each node that a rule finds. */
type Rule = (source: Source) => readonly string[];

const at = (source: Source, node: Node, sentence: string): string =>
  `${source.path}:${source.lineOf(node)}: ${sentence}.`;

const isLiteral = (node: unknown, value: unknown): boolean =>
  isNode(node) && node.type === 'Literal' && node['value'] === value;

const keyOf = (property: Node): string | null =>
  property['computed'] === true
    ? stringOf(property['key'])
    : (chainOf(property['key'])[0] ?? stringOf(property['key']));

/** `globalThis.x` and `global.x` are `x`. */
const plain = (chain: readonly string[]): readonly string[] =>
  chain[0] === 'globalThis' || chain[0] === 'global' ? chain.slice(1) : chain;

const startsWith = (chain: readonly string[], start: readonly string[]): boolean =>
  start.every((name, index) => chain[index] === name);

/** Promise 5: no user text reaches a shell. */
export const noShell: Rule = (source) =>
  source.nodes.flatMap((node) => {
    if (node.type === 'Property' && keyOf(node) === 'shell' && !isLiteral(node['value'], false))
      return [at(source, node, 'a command must not go through a shell: pass an argv array, without `shell`')];
    if (node.type !== 'ImportDeclaration' || !/^(node:)?child_process$/.test(stringOf(node['source']) ?? ''))
      return [];
    const specifiers: readonly unknown[] = Array.isArray(node['specifiers']) ? node['specifiers'] : [];
    const taken = specifiers.filter(isNode).flatMap((each) => chainOf(each['imported']));
    return taken
      .filter((name) => name === 'exec' || name === 'execSync')
      .map((name) =>
        at(source, node, `\`${name}\` starts a shell: use \`execFile\` or \`spawn\` with an argv array`),
      );
  });

const processNames = (source: Source): readonly Node[] =>
  source.nodes.filter(
    (node) => node.type === 'ImportDeclaration' && /^(node:)?process$/.test(stringOf(node['source']) ?? ''),
  );

/** The environment is read where the process begins, and handed on as checked settings. */
export const noEnvironment =
  (allowed: readonly string[]): Rule =>
  (source) => {
    if (allowed.includes(source.path)) return [];
    const remedy = 'read it in src/main.ts and hand on the checked setting';
    const destructured = source.nodes.filter(
      (node) =>
        node.type === 'VariableDeclarator' &&
        plain(chainOf(node['init'])).join('.') === 'process' &&
        isNode(node['id']) &&
        node['id'].type === 'ObjectPattern',
    );
    const direct = source.nodes.filter(
      (node) => node.type === 'MemberExpression' && plain(chainOf(node)).join('.') === 'process.env',
    );
    return [
      ...direct.map((node) =>
        at(
          source,
          node,
          `room \`${roomOf(source.path)}\` must not read the environment (process.env): ${remedy}`,
        ),
      ),
      ...destructured.map((node) =>
        at(source, node, `\`process\` must not be taken apart, for that hides what is used: ${remedy}`),
      ),
      ...processNames(source).map((node) =>
        at(source, node, 'import nothing from `node:process`: the global says the same and is checked'),
      ),
    ];
  };

const clocks: readonly (readonly string[])[] = [
  ['Date', 'now'],
  ['performance', 'now'],
  ['performance', 'timeOrigin'],
  ['process', 'hrtime'],
  ['process', 'uptime'],
  ['setTimeout'],
  ['setInterval'],
  ['AbortSignal', 'timeout'],
];

const namedInCode = (source: Source): readonly Node[] => {
  const called = source.nodes.filter((node) => node.type === 'CallExpression').map((node) => node['callee']);
  const members = source.nodes.filter((node) => node.type === 'MemberExpression');
  return [...new Set([...called.filter(isNode), ...members])];
};

/** Time comes from a Clock, so that a test can say what time it is. */
export const noTime =
  (home: string): Rule =>
  (source) => {
    if (source.path.startsWith(home)) return [];
    const remedy = `take a \`Clock\` (src/clock/port.ts) as an argument`;
    const room = roomOf(source.path);
    const used = namedInCode(source).flatMap((node) => {
      const chain = plain(chainOf(node));
      const clock = clocks.find((each) => each.length === chain.length && startsWith(chain, each));
      return clock === undefined
        ? []
        : [at(source, node, `room \`${room}\` must not ask \`${clock.join('.')}\`: ${remedy}`)];
    });
    const now = source.nodes.filter(
      (node) =>
        (node.type === 'NewExpression' || node.type === 'CallExpression') &&
        plain(chainOf(node['callee'])).join('.') === 'Date' &&
        Array.isArray(node['arguments']) &&
        node['arguments'].length === 0,
    );
    return [
      ...used,
      ...now.map((node) =>
        at(source, node, `room \`${room}\` must not ask the time with \`Date()\`: ${remedy}`),
      ),
    ];
  };

/** Rooms that do not touch the world have no use for its globals; a file that is a process of its own hears and answers by one. */
export const noWorldGlobals =
  (pureRooms: readonly string[], processes: readonly string[] = []): Rule =>
  (source) => {
    const room = roomOf(source.path);
    if (!pureRooms.includes(room) || processes.includes(source.path)) return [];
    return namedInCode(source).flatMap((node) => {
      const chain = plain(chainOf(node));
      const isWorld =
        (chain[0] === 'process' && chain.length === 2) ||
        chain.join('.') === 'fetch' ||
        chain.join('.') === 'WebSocket';
      return isWorld
        ? [
            at(
              source,
              node,
              `room \`${room}\` must not touch the world (\`${chain.join('.')}\`): give the work to an adapter and take its port`,
            ),
          ]
        : [];
    });
  };

const held = new Set(['skip', 'only', 'todo', 'skipIf', 'runIf', 'fails']);

/** A test that does not run proves nothing, and one that runs alone hides the others. */
export const noHeldTests: Rule = (source) =>
  source.nodes.flatMap((node) => {
    const remedy = 'let it run, or delete it';
    if (node.type === 'MemberExpression') {
      const chain = chainOf(node);
      const last = chain.at(-1) ?? '';
      return chain.length > 1 && held.has(last)
        ? [at(source, node, `\`${chain.join('.')}\` holds a test back: ${remedy}`)]
        : [];
    }
    const key = node.type === 'Property' ? keyOf(node) : null;
    return key !== null && held.has(key) && isLiteral(node['value'], true)
      ? [at(source, node, `\`${key}: true\` holds a test back: ${remedy}`)]
      : [];
  });

const isReExport = (node: Node): boolean =>
  node.type === 'ExportAllDeclaration' ||
  (node.type === 'ExportNamedDeclaration' && !isNode(node['declaration']));

/** A file of nothing but other files' names hides where things live. */
export const noBarrel: Rule = (source) => {
  const [first] = source.body;
  const passesOn = source.body.every((node) => isReExport(node) || node.type === 'ImportDeclaration');
  return first !== undefined && passesOn && source.body.some(isReExport)
    ? [at(source, first, 'this file only passes on what others export: import from where it is written')]
    : [];
};

/**
 * A table that is an object literal answers to `constructor` and the like. Whoever looks something up in one by a key from elsewhere
 * uses `ownValue`, or makes it a Map. Written out are names that are asked for with `Object.hasOwn` in the same file.
 */
export const noTableByAnyKey: Rule = (source) => {
  const tables = new Set(
    [...source.text.matchAll(/const (\w+): Readonly<Record<string, [^=]*> = \{/g)].flatMap(
      ([, name]) => name ?? [],
    ),
  );
  return source.nodes.flatMap((node) => {
    if (node.type !== 'MemberExpression' || node['computed'] !== true) return [];
    const [name, ...rest] = chainOf(node['object']);
    if (name === undefined || rest.length > 0 || !tables.has(name) || stringOf(node['property']) !== null)
      return [];
    return source.text.includes(`Object.hasOwn(${name},`)
      ? []
      : [at(source, node, `\`${name}\` is looked up by any key: use \`ownValue\`, or make it a Map`)];
  });
};
