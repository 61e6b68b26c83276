import { isNode, type Node, type Source, stringOf, templateStart } from './source.ts';

export interface Import {
  /** As written; null where it is computed and cannot be known. */
  readonly specifier: string | null;
  /**
   * `type` is erased; `static` is loaded with the file; `dynamic` when its line is reached; `process`
   * is the entry of another process or thread, given as `new URL('./x.ts', import.meta.url)`.
   */
  readonly kind: 'type' | 'static' | 'dynamic' | 'process';
  /** Names taken, as the other module calls them. Empty for a whole module. */
  readonly names: readonly string[];
  readonly line: number;
}

const specifiersOf = (node: Node): readonly Node[] =>
  Array.isArray(node['specifiers']) ? node['specifiers'].filter(isNode) : [];

const nameOf = (specifier: Node): string => {
  const { imported, local } = specifier;
  const node = isNode(imported) ? imported : local;
  return isNode(node) && typeof node['name'] === 'string' ? node['name'] : 'default';
};

/** `import { type A, type B }` loads nothing either. */
const isErased = (node: Node): boolean => {
  if (node['importKind'] === 'type' || node['exportKind'] === 'type') return true;
  const specifiers = specifiersOf(node);
  return (
    specifiers.length > 0 &&
    specifiers.every((each) => each['importKind'] === 'type' || each['exportKind'] === 'type')
  );
};

const isMetaUrl = (node: unknown): boolean =>
  isNode(node) &&
  node.type === 'MemberExpression' &&
  isNode(node['object']) &&
  node['object'].type === 'MetaProperty';

const codeFile = /\.[cm]?[jt]s$/;

/** The entry of another process: its ending may be computed (`.ts` in a checkout, `.js` in dist). */
const processEntry = (node: Node): string | null => {
  const [first, second] = Array.isArray(node['arguments']) ? node['arguments'] : [];
  if (!isMetaUrl(second)) return null;
  const written = stringOf(first);
  if (written !== null) return codeFile.test(written) ? written : null;
  const start = templateStart(first);
  return start !== null && /\/[a-z0-9-]+$/.test(start.text) ? `${start.text}.ts` : null;
};

const importsOfNode = (node: Node): Omit<Import, 'line'> | null => {
  const whole = { names: [] };
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration': {
      const specifier = stringOf(node['source']);
      if (specifier === null) return null;
      const names = node.type === 'ImportDeclaration' ? specifiersOf(node).map(nameOf) : [];
      return { specifier, kind: isErased(node) ? 'type' : 'static', names };
    }
    case 'TSImportType':
      return { ...whole, specifier: stringOf(node['source'] ?? node['argument']), kind: 'type' };
    case 'TSExternalModuleReference':
      return { ...whole, specifier: stringOf(node['expression']), kind: 'static' };
    case 'ImportExpression':
      return { ...whole, specifier: stringOf(node['source']), kind: 'dynamic' };
    case 'CallExpression': {
      const { callee } = node;
      if (!isNode(callee) || callee.type !== 'Identifier' || callee['name'] !== 'require') return null;
      const [first] = Array.isArray(node['arguments']) ? node['arguments'] : [];
      return { ...whole, specifier: stringOf(first), kind: 'static' };
    }
    case 'NewExpression': {
      const { callee } = node;
      if (!isNode(callee) || callee['name'] !== 'URL') return null;
      const specifier = processEntry(node);
      return specifier === null ? null : { ...whole, specifier, kind: 'process' };
    }
    default:
      return null;
  }
};

/** Everything a file takes from elsewhere, types and other processes' entries included. */
export const importsOf = (source: Source): readonly Import[] =>
  source.nodes.flatMap((node) => {
    const found = importsOfNode(node);
    return found === null ? [] : [{ ...found, line: source.lineOf(node) }];
  });
