/** As much of a syntax tree as decoration looks at; the unified packages' own types differ per node. */
export interface Node {
  type: string;
  tagName?: string;
  value?: string;
  properties?: Record<string, unknown>;
  children?: Node[];
}

export const element = (
  tagName: string,
  properties: Record<string, unknown>,
  children: readonly Node[],
): Node => ({ type: 'element', tagName, properties, children: [...children] });

export const textNode = (value: string): Node => ({ type: 'text', value });

export const textOf = (node: Node): string => node.value ?? (node.children ?? []).map(textOf).join('');

/** Has the element that class? The sanitizer leaves lists and strings. */
export const hasClass = (node: Node, name: string): boolean => {
  const classes = node.properties?.['className'];
  return Array.isArray(classes) ? classes.includes(name) : classes === name;
};
